"""The data sets that benchmarks read, and the options that name their folder and that of the results."""

import argparse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]


def options(text: str) -> argparse.ArgumentParser:
    """Return a parser with a benchmark's description, the folder of the data sets and that of the results."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the data sets")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the tables")
    return parser


def path(folder: Path, name: str = "sc_pbmc3k_10x.h5ad") -> Path:
    """Return the path of a data set; end the benchmark with a sentence if it is not in the folder."""
    found = folder / name
    if not found.exists():
        raise SystemExit(f"ERROR: --data: {found} is not there, name the folder with the benchmark's data sets")
    return found
