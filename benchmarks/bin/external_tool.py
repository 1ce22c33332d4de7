#!/usr/bin/env python3
"""Estimate the composition of spots or bulk samples by a tool of other authors, in that tool's own environment."""

import argparse
from pathlib import Path

import anndata as ad
from bench.rivals import external


def main() -> None:
    """Read reference and section; write the table of proportions."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tool", choices=list(external.TOOLS), required=True)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad, or a file of bulk")
    options.add_argument("--output", type=Path, required=True, help="spots.csv")
    args = options.parse_args()
    found = external.proportions(args.tool, ad.read_h5ad(args.reference), ad.read_h5ad(args.section))
    found.to_csv(args.output, index=False, float_format="%.8g")


if __name__ == "__main__":
    main()
