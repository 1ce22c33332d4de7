#!/usr/bin/env python3
"""Join the samplesheet with what was found in its inputs: the samples of the run, and every problem.

Problems do not fail this command. They are written into the plan, all of them, and the workflow stops on them.
"""

import logging
from argparse import Namespace
from pathlib import Path

from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.findings import Findings
from bulk2space.inputs.sheet.checked import Checked
from bulk2space.inputs.sheet.plan import Options
from bulk2space.inputs.sheet.planning import make_plan
from bulk2space.report import inputs, multiqc

log = logging.getLogger("plan_samples")


def main() -> None:
    """Read the findings, write the plan and the report's parts on the inputs."""
    args = arguments()
    findings = [Findings.read(path) for path in args.findings]
    options = Options(
        cells_per_spot=args.cells_per_spot,
        cell_ratio=args.cell_ratio,
        max_cells=args.max_cells,
        min_shared_genes=args.min_shared_genes,
        validate_genes=args.validate_genes,
        mrna_content=args.mrna_content,
        truth=args.truth,
        samples_per_task=args.samples_per_task,
        report_samples=args.report_samples,
        skip_cells=args.skip_cells,
        write_spatialdata=args.write_spatialdata,
    )
    by_name = {(found.kind, found.id): found for found in findings}
    plan = make_plan(args.samplesheet, by_name, Checked.read(args.checked).problems, options)
    plan.remarks += collected(args.samplesheet.name)
    log.info("%d samples, %d problems", len(plan.samples), len(plan.problems))

    usable = [found for found in findings if not found.problem]
    for name, part in inputs.parts(usable, plan.joins).items():
        multiqc.write(part, args.report, name)
    multiqc.write_order([sample.id for sample in plan.samples], args.report)
    plan.write(args.output)


def arguments() -> Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--samplesheet", type=Path, required=True)
    options.add_argument("--checked", type=Path, required=True, help="checked.json of the samplesheet")
    options.add_argument("--findings", type=Path, nargs="*", default=[], help="<id>.<kind>.json of each input")
    options.add_argument(
        "--cells-per-spot", type=int, help="where the samplesheet gives no number; if not given, by the spots' area"
    )
    options.add_argument(
        "--cell-ratio", type=float, default=Options.cell_ratio, help="generated cells per reference cell"
    )
    options.add_argument(
        "--max-cells", type=int, default=Options.max_cells, help="most cells that are generated for a sample"
    )
    options.add_argument("--min-shared-genes", type=int, help="if not given, 100 for bulk and spots and 20 for images")
    options.add_argument("--validate-genes", action="store_true", help="whether genes of images are held out")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content")
    options.add_argument("--truth", type=Path, help="folder with the ground truth of samples")
    options.add_argument(
        "--samples-per-task", type=int, help="most samples of a task; if not given, chosen from their number"
    )
    options.add_argument(
        "--report-samples", type=int, default=Options.report_samples, help="most samples with chapters in the report"
    )
    options.add_argument("--skip-cells", action="store_true", help="whether no cells are generated")
    options.add_argument("--write-spatialdata", action="store_true", help="whether sections become SpatialData stores")
    options.add_argument("--output", type=Path, required=True, help="plan.json")
    options.add_argument("--report", type=Path, required=True, help="folder for the report's parts on the inputs")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
