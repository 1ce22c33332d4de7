#!/usr/bin/env python3
"""Place generated cells in the fitted spots of a section: numbers of cells, scores, assignment, locations."""

import argparse
import dataclasses
from pathlib import Path

from bulk2space.composition.composition_file import read_fitted
from bulk2space.contract import provenance, remarks, tables
from bulk2space.contract.colours import palette
from bulk2space.contract.command import add_code, collected, parser, run
from bulk2space.contract.expression import has_counts
from bulk2space.contract.file_colours import of_cells
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Layers, Uns
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.contract.stored import COUNTS, LOGS, Stored, rows_of, write_by_rows
from bulk2space.spots import bulk_and_section
from bulk2space.spots.expected import composed, factors_of
from bulk2space.spots.expected_file import expected_spots
from bulk2space.spots.placing import FileNames, Inputs, place
from bulk2space.spots.scorer_choice import AUTO
from bulk2space.spots.scorers import SCORERS
from bulk2space.spots.settings import Settings


def main() -> None:
    """Read cells, reference and section; write the placed cells and the table of compositions."""
    args = arguments()
    inputs = Inputs(
        read_h5ad(args.cells),
        read_h5ad(args.reference),
        Stored(args.section),
        tables.PROPORTIONS.read(args.proportions),
        read_mrna_content(args.mrna_content),
        read_fitted(args.fitted),
        FileNames(args.cells.name, args.reference.name, args.section.name, args.fitted.name),
    )
    settings = Settings(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Settings)})
    placed = place(inputs, settings)
    placed.spatial.uns[Uns.REMARKS] = remarks.dumps([*inputs.fitted.remarks, *collected(args.sample)])
    record = provenance.of_step(args, inputs.cells.uns, inputs.section.uns)
    placed.spatial.uns[Uns.PROVENANCE] = record
    matrices = {LOGS: rows_of(inputs.cells.X, placed.rows)}
    if has_counts(inputs.cells):
        matrices[COUNTS] = rows_of(inputs.cells.layers[Layers.COUNTS], placed.rows)
    write_by_rows(placed.spatial, matrices, args.output)
    tables.SPOTS.write(placed.table, args.table)
    if args.expected:
        write_expected(args, inputs, record)


def write_expected(args: argparse.Namespace, inputs: Inputs, record: str) -> None:
    """Write the expected expression of the spots beside the measured one."""
    section, reference, ranking = inputs.section, inputs.reference, tables.MARKERS.read(args.markers)
    found = composed(tables.SPOTS.read(args.table), section.obs_names)
    factors = factors_of(section, reference, found, seed=args.seed, sample=args.sample)
    of_types, fitted = palette(found.types) | of_cells(inputs.cells), inputs.fitted
    expected = expected_spots(section, reference, ranking, found, factors, fitted.genes, of_types, fitted.diameter)
    expected.uns[Uns.PROVENANCE] = record
    write_h5ad(expected, args.expected)


def arguments() -> argparse.Namespace:
    """Return the options; refuse those out of range."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--fitted", type=Path, required=True, help="composition.h5ad of the section")
    options.add_argument("--proportions", type=Path, required=True, help="proportions.csv of the sample")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument(
        "--composition", choices=bulk_and_section.COMPOSITIONS, default="both", help="whose proportions are placed"
    )
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--scorer", choices=[AUTO, *SCORERS], default=AUTO, help="how to score pairs")
    options.add_argument("--max-cell-reuse", type=int, default=10, help="how often a cell may be placed")
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    add_code(options)
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    options.add_argument("--table", type=Path, required=True, help="spots.csv")
    options.add_argument("--expected", type=Path, help="spots.h5ad: the expected expression of every spot")
    args = options.parse_args()
    if args.max_cell_reuse < 1:
        raise InputError(f"--max-cell-reuse {args.max_cell_reuse}: a cell is used at least once")
    return args


if __name__ == "__main__":
    run(main)
