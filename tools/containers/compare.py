"""Compare all tables of two runs: every number and word is equal, but for the time that something took."""

import sys
from pathlib import Path

import pandas as pd

TIMES = ["seconds"]


def tables(folder: Path) -> dict[str, pd.DataFrame]:
    """Return the tables of a run's results, as text."""
    files = (file for file in folder.rglob("*.csv") if "pipeline_info" not in file.parts)
    found = {str(file.relative_to(folder)): pd.read_csv(file, dtype=str, keep_default_na=False) for file in files}
    return {name: found[name].drop(columns=TIMES, errors="ignore") for name in sorted(found)}


def main() -> None:
    """Compare, and say so."""
    here, there = (tables(Path(folder)) for folder in sys.argv[1:])
    if not here or here.keys() != there.keys():
        sys.exit(f"These tables are in one run only: {sorted(here.keys() ^ there.keys()) or 'there are none'}")
    different = [name for name in here if not here[name].equals(there[name])]
    if different:
        sys.exit(f"{len(different)} of {len(here)} tables differ: {', '.join(different)}")
    print(f"All {len(here)} tables are equal, in {sys.argv[1]} and {sys.argv[2]}")


if __name__ == "__main__":
    main()
