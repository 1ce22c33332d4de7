#!/usr/bin/env python3
"""Check a samplesheet and every file that it names, and plan the samples.

Problems of the input do not fail this command: they stand in the plan, all of them, and the workflow stops on them.
"""

import json
import logging
from pathlib import Path

from bulk2space.command import parser, run
from bulk2space.plan import Options, make_plan

log = logging.getLogger("check_samplesheet")


def main() -> None:
    """Check and plan."""
    options = parser(__doc__)
    options.add_argument("--samplesheet", type=Path, required=True)
    options.add_argument(
        "--files", type=Path, required=True, help="JSON list of {path, staged}; staged null: not found"
    )
    options.add_argument("--celltype-key", default=Options.celltype_key, help="column of obs with the cell types")
    options.add_argument("--cells-per-spot", type=int, default=Options.cells_per_spot)
    options.add_argument(
        "--cell-ratio", type=float, default=Options.cell_ratio, help="generated cells per reference cell"
    )
    options.add_argument("--min-shared-genes", type=int, help="100 for bulk and spots, 20 for images when left out")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content")
    options.add_argument("--truth", type=Path, help="folder with what is known of the samples")
    options.add_argument("--output", type=Path, required=True)
    args = options.parse_args()

    files = {entry["path"]: Path(entry["staged"]) for entry in json.loads(args.files.read_text()) if entry["staged"]}
    plan = make_plan(
        args.samplesheet,
        files,
        Options(
            celltype_key=args.celltype_key,
            cells_per_spot=args.cells_per_spot,
            cell_ratio=args.cell_ratio,
            min_shared_genes=args.min_shared_genes,
            mrna_content=args.mrna_content,
            truth=args.truth,
        ),
    )
    log.info("%d samples, %d problems", len(plan.samples), len(plan.problems))
    args.output.write_text(json.dumps(plan.as_dict(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    run(main)
