"""Write docs/scale.md: what a large run costs, and needs on a cluster, by the lines of the benchmarks' pages.

Nothing is run. The tables come from the pages in docs/benchmarks.
"""

from ..page import scale as page
from .common import add_sizes, options


def main() -> None:
    """Read the options; write the page."""
    parser = options(__doc__)
    add_sizes(parser, page.ROWS, page.REFERENCES, page.SECTIONS)
    parser.add_argument("--nodes", type=int, default=page.NODES, help="machines of the cluster")
    parser.add_argument("--cpus", type=int, default=page.CPUS, help="CPUs of a machine")
    args = parser.parse_args()
    wanted = (args.rows, args.references, args.sections)
    if not page.refresh(args.docs, wanted=wanted, nodes=args.nodes, cpus=args.cpus):
        raise SystemExit(f"ERROR: --docs: {args.docs / 'benchmarks'} lacks some of the pages {', '.join(page.NEEDED)}")
    print((args.docs / "scale.md").read_text())


if __name__ == "__main__":
    main()
