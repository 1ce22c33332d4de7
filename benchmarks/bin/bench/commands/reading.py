"""Measure how long reading a large reference takes, and how much memory.

A simulated reference of 30 000 genes × 20 000 cells is written once, as csv.gz and as 10x h5, and kept in the cache.
Each row of the table is a process of its own. The last rows compare the pipeline's reader of tables with pandas on the
first genes of the same table, because pandas cannot read the whole table in the memory of a laptop. Keeps reading.csv.
"""

from collections.abc import Iterator
from pathlib import Path

from ..cases import large_table
from ..cases.large_table import FIRST_GENES, H5, N_FIRST_GENES, TABLE
from ..runner.start import ROOT, module
from .common import keep, options

WHAT = (
    ("reading the table", "table", TABLE),
    ("reading and normalising it (NORMALIZE)", "normalised", TABLE),
    ("reading the same counts as 10x h5", "h5", H5),
    (f"the first {N_FIRST_GENES} genes: our reader", "table", FIRST_GENES),
    (f"the first {N_FIRST_GENES} genes: pandas", "pandas", FIRST_GENES),
)


def main() -> None:
    """Make what is missing, time each reader in a process of its own, print and keep the table."""
    parser = options(__doc__)
    parser.add_argument("--genes", type=int, default=30_000)
    parser.add_argument("--cells", type=int, default=20_000)
    parser.add_argument("--cache", type=Path, default=ROOT / ".cache" / "bench-io")
    args = parser.parse_args()
    folder = args.cache / f"{args.genes}x{args.cells}"
    large_table.write(folder, args.genes, args.cells)
    table = keep(measured(folder), args.results / "reading.csv")
    ours, pandas = table["seconds"].iloc[-2:]
    print(f"pandas takes {pandas / ours:.1f} times as long as our reader on the same table")


def measured(folder: Path) -> Iterator[dict]:
    """Yield time and peak memory of each reader."""
    for words, how, name in WHAT:
        used = module("bench.rivals.readers", how, folder / name)
        size = (folder / name).stat().st_size / 1e6
        yield {"what": words, "file, MB": size, "seconds": float(used.said), "peak memory, GiB": used.peak / 1024}


if __name__ == "__main__":
    main()
