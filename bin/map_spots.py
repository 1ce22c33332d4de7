#!/usr/bin/env python3
"""Place generated cells in the spots of a section: composition of each spot, scores, assignment, locations."""

import argparse
import dataclasses
from pathlib import Path

from bulk2space.composition.bulk import METHODS
from bulk2space.contract import remarks, tables
from bulk2space.contract.colours import palette
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.expression import has_counts
from bulk2space.contract.file_colours import of_cells
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Layers, Uns
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.contract.stored import COUNTS, LOGS, Stored, rows_of, write_by_rows
from bulk2space.spots import bulk_and_section, cells_per_spot
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
        tables.MARKERS.read(args.markers),
        tables.PROPORTIONS.read(args.proportions),
        read_mrna_content(args.mrna_content),
        FileNames(args.cells.name, args.reference.name, args.section.name),
    )
    settings = Settings(**{field.name: getattr(args, field.name) for field in dataclasses.fields(Settings)})
    placed = place(inputs, settings)
    placed.spatial.uns[Uns.REMARKS] = remarks.dumps(collected(args.sample))
    matrices = {LOGS: rows_of(inputs.cells.X, placed.rows)}
    if has_counts(inputs.cells):
        matrices[COUNTS] = rows_of(inputs.cells.layers[Layers.COUNTS], placed.rows)
    write_by_rows(placed.spatial, matrices, args.output)
    tables.SPOTS.write(placed.table, args.table)
    if args.expected:
        write_expected(args, inputs, placed.genes)


def write_expected(args: argparse.Namespace, inputs: Inputs, fitted: list[str]) -> None:
    """Write the expected expression of the spots beside the measured one."""
    section, reference = inputs.section, inputs.reference
    found = composed(tables.SPOTS.read(args.table), section.obs_names)
    factors = factors_of(section, reference, found, seed=args.seed, sample=args.sample)
    of_types = palette(found.types) | of_cells(inputs.cells)
    write_h5ad(expected_spots(section, reference, inputs.ranking, found, factors, fitted, of_types), args.expected)


def arguments() -> argparse.Namespace:
    """Return the options; refuse those out of range."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="proportions.csv of the sample")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--markers-per-type", type=int, default=100, help="number of best genes to use per type")
    options.add_argument("--method", choices=METHODS, default="negative_binomial", help="how spots are fitted")
    options.add_argument(
        "--composition", choices=bulk_and_section.COMPOSITIONS, default="both", help="whose proportions are placed"
    )
    options.add_argument(
        "--smoothing", type=float, help="weight of a spot's neighbours, 0 to 1 (default: by left-out genes)"
    )
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content (default: from counts)")
    options.add_argument("--cells-per-spot", type=int, default=10, help="cells of every spot, or of an average one")
    options.add_argument("--cells-by", choices=cells_per_spot.WAYS, default="number", help="auto: by nuclei or counts")
    options.add_argument("--scorer", choices=[AUTO, *SCORERS], default=AUTO, help="how to score pairs")
    options.add_argument("--max-cell-reuse", type=int, default=10, help="how often a cell may be placed")
    options.add_argument("--spot-diameter", type=float, help="in coordinate units (default: from the section)")
    options.add_argument("--sample", required=True, help="sample id")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    options.add_argument("--table", type=Path, required=True, help="spots.csv")
    options.add_argument("--expected", type=Path, help="spots.h5ad: the expected expression of every spot")
    args = options.parse_args()
    if args.cells_per_spot < 1:
        raise InputError(f"--cells-per-spot {args.cells_per_spot}: a spot holds at least one cell")
    if args.max_cell_reuse < 1:
        raise InputError(f"--max-cell-reuse {args.max_cell_reuse}: a cell is used at least once")
    if args.smoothing is not None and not 0 <= args.smoothing <= 1:
        raise InputError(f"--smoothing {args.smoothing:g}: the weight of a spot's neighbours lies between 0 and 1")
    if args.spot_diameter is not None and not args.spot_diameter > 0:
        raise InputError(f"--spot-diameter {args.spot_diameter}: a diameter is larger than zero")
    return args


if __name__ == "__main__":
    run(main)
