#!/usr/bin/env python3
"""Write docs/benchmarks.md and its figures from the tables of a benchmark run."""

import argparse
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import page  # noqa: E402


def main() -> None:
    """Take the run's folder from the command line."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("run", type=Path, help="folder with cells.csv, settings.json and perhaps proportions.csv")
    args = options.parse_args()
    if not (args.run / "cells.csv").exists():
        raise SystemExit(f"ERROR: {args.run}: has no cells.csv, run make bench first")
    docs = ROOT / "docs"
    page.write(args.run, ROOT / "benchmarks/results", docs / "benchmarks.md", docs / "images")


if __name__ == "__main__":
    main()
