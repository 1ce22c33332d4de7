"""Write docs/benchmarks.md with its figures, and docs/scale.md, from the pages of tables in docs/benchmarks."""

from ..page import scale, summary
from .common import options


def main() -> None:
    """Read the options; write the pages."""
    docs = options(__doc__).parse_args().docs
    if not summary.refresh(docs):
        raise SystemExit(f"ERROR: --docs: {docs / 'benchmarks'} lacks some of the pages {', '.join(summary.PAGES)}")
    scale.refresh(docs)


if __name__ == "__main__":
    main()
