#!/usr/bin/env python3
"""Read one input file, check and normalise it, and write it as the pipeline's own h5ad."""

import logging
from pathlib import Path

from bulk2space import door
from bulk2space.command import parser, run
from bulk2space.io import write_h5ad

log = logging.getLogger("normalize")


def main() -> None:
    """Normalise a bulk, a reference or a section."""
    options = parser(__doc__)
    options.add_argument("kind", choices=["bulk", "reference", "section"])
    options.add_argument("--matrix", type=Path, required=True, help="expression: h5ad, or a table of genes in rows")
    options.add_argument("--meta", type=Path, help="cell types of a reference, coordinates of a section")
    options.add_argument("--celltype-key", default="cell_type", help="column of obs with the cell types")
    options.add_argument("--platform", choices=["spot", "image"], help="kind of section")
    options.add_argument("--output", type=Path, required=True)
    args = options.parse_args()

    if args.kind == "bulk":
        adata = door.bulk(args.matrix)
    elif args.kind == "reference":
        adata = door.reference(args.matrix, args.meta, celltype_key=args.celltype_key)
    else:
        adata = door.section(args.matrix, args.meta, platform=args.platform, celltype_key=args.celltype_key)
    log.info("%s: %d × %d genes, %s", args.matrix.name, *adata.shape, dict(adata.uns["units"]))
    for note in adata.uns["notes"]:
        log.warning(note)
    write_h5ad(adata, args.output)


if __name__ == "__main__":
    run(main)
