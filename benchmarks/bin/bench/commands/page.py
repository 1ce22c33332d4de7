"""Write docs/benchmarks.md and its figures from the pages of tables in docs/benchmarks."""

from ..page import summary
from .common import options


def main() -> None:
    """Read the options; write the page."""
    docs = options(__doc__).parse_args().docs
    if not summary.refresh(docs):
        raise SystemExit(f"ERROR: --docs: {docs / 'benchmarks'} lacks some of the pages {', '.join(summary.PAGES)}")


if __name__ == "__main__":
    main()
