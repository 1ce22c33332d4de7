#!/usr/bin/env python3
"""Read one input, check and normalise it, and write it as the pipeline's own h5ad.

A problem of the input does not fail this command. It is written into the findings, and the workflow stops on it
together with those of the other inputs.
"""

import dataclasses
import json
import logging
from argparse import Namespace
from pathlib import Path

import anndata as ad
from bulk2space.contract import provenance, remarks
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.findings import Findings
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Uns
from bulk2space.contract.problems import InputError, Problem, of_parameter
from bulk2space.inputs import door, findings
from bulk2space.inputs.metadata import read_gene_map
from bulk2space.inputs.unchanged import unchanged
from bulk2space.inputs.unit.units import UNITS

log = logging.getLogger("normalize")

MAX_CELLS = 2_000  # of a type: docs/benchmarks/atlas.md has what more of them gain


def main() -> None:
    """Normalise a bulk, a reference or a section; write it and what was found."""
    args = arguments()
    try:
        with unchanged(args.matrix, args.meta, args.gene_map, args.gene_lengths):
            adata = normalized(args)
    except InputError as problem:
        log.error(problem)
        Findings(args.kind, args.id, Problem.of(problem)).write(args.findings)
        return
    noted = collected(args.id)
    adata.uns[Uns.REMARKS] = remarks.dumps(noted)
    files = provenance.checksums(args.matrix, args.meta)
    adata.uns[Uns.PROVENANCE] = provenance.of_input(args.kind, files)
    found = findings.describe(args.kind, args.id, adata, noted, platform=args.platform)
    found = dataclasses.replace(found, files=files)
    log.info("%s: %s", args.id, found.summary)
    write_h5ad(adata, args.output)
    found.write(args.findings)


def arguments() -> Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("kind", choices=["bulk", "reference", "section"])
    options.add_argument("--id", required=True, help="name of the input in the plan")
    options.add_argument("--matrix", type=Path, required=True, help="file or folder of the expression")
    options.add_argument("--meta", type=Path, help="cell types of a reference, coordinates of a section")
    options.add_argument("--platform", choices=["spot", "image"], help="kind of section")
    options.add_argument("--section", help="name of the section in a file that holds several")
    options.add_argument("--reference-findings", type=Path, help="findings of the reference, whose gene names are used")
    options.add_argument("--gene-map", type=Path, help="table gene_id,gene_name of names to change")
    options.add_argument("--gene-lengths", type=Path, help="gene lengths in bases, to turn a bulk's counts into TPM")
    options.add_argument(
        "--columns", type=Path, help="JSON list of a bulk's columns that are samples; if not given, all"
    )
    options.add_argument("--units", choices=["auto", *UNITS], default="auto", help="unit of the values")
    options.add_argument("--celltype-key", default=door.Labels.celltype_key, help="column of the cell types")
    options.add_argument("--batch-key", help="column of the libraries")
    options.add_argument("--min-cells", type=int, default=door.Labels.min_cells, help="fewest cells of a type")
    options.add_argument("--min-cells-action", choices=["drop", "merge"], default=door.Labels.min_cells_action)
    options.add_argument(
        "--max-cells-per-type", type=int, default=MAX_CELLS, help="most cells of a type, drawn at random"
    )
    options.add_argument("--annotate", choices=["leiden"], help="how to find cell types where there are none")
    options.add_argument("--keep-unknown", action="store_true", help="whether 'unknown', 'doublet' and so on are types")
    options.add_argument("--combat", action="store_true", help="remove differences between libraries by ComBat")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="h5ad")
    options.add_argument("--findings", type=Path, required=True, help="JSON of what was found")
    return options.parse_args()


def normalized(args: Namespace) -> ad.AnnData:
    """Send the input through its door."""
    with of_parameter("gene_map"):
        gene_map = read_gene_map(args.gene_map) if args.gene_map else None
    naming = door.Naming(known=findings.read_genes(args.reference_findings), gene_map=gene_map)
    units = None if args.units == "auto" else args.units
    if args.kind == "bulk":
        lengths = args.gene_lengths
        columns = json.loads(args.columns.read_text(encoding="utf-8")) if args.columns else None
        return door.bulk(args.matrix, columns=columns, naming=naming, units=units, lengths=lengths)
    if args.kind == "section":
        return door.section(
            args.matrix,
            args.meta,
            platform=args.platform,
            celltype_key=args.celltype_key,
            naming=naming,
            units=units,
            name=args.section,
        )
    labels = door.Labels(
        celltype_key=args.celltype_key,
        batch_key=args.batch_key,
        min_cells=args.min_cells,
        min_cells_action=args.min_cells_action,
        annotate=args.annotate is not None,
        keep_unknown=args.keep_unknown,
        max_cells=args.max_cells_per_type,
    )
    return door.reference(
        args.matrix, args.meta, labels=labels, naming=naming, units=units, combat=args.combat, seed=args.seed
    )


if __name__ == "__main__":
    run(main)
