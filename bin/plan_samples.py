#!/usr/bin/env python3
"""Join what a samplesheet asks for with what was found in its inputs: samples, and every problem.

Problems do not fail this command: they stand in the plan, all of them, and the workflow stops on them.
"""

import json
import logging
from pathlib import Path

from bulk2space.contract.command import parser, run
from bulk2space.inputs.plan import Options, make_plan
from bulk2space.report import multiqc

log = logging.getLogger("plan_samples")


def main() -> None:
    """Read the findings, write the plan."""
    options = parser(__doc__)
    options.add_argument("--samplesheet", type=Path, required=True)
    options.add_argument("--checked", type=Path, required=True, help="checked.json of the samplesheet")
    options.add_argument("--findings", type=Path, nargs="*", default=[], help="<id>.<kind>.json of each input")
    options.add_argument("--cells-per-spot", type=int, default=Options.cells_per_spot)
    options.add_argument(
        "--cell-ratio", type=float, default=Options.cell_ratio, help="generated cells per reference cell"
    )
    options.add_argument("--min-shared-genes", type=int, help="100 for bulk and spots, 20 for images when left out")
    options.add_argument("--validate-genes", action="store_true", help="whether genes of images are left out")
    options.add_argument("--mrna-content", type=Path, help="table cell_type,mrna_content")
    options.add_argument("--truth", type=Path, help="folder with what is known of the samples")
    options.add_argument("--output", type=Path, required=True, help="plan.json")
    options.add_argument("--report", type=Path, required=True, help="folder for the report's parts on the inputs")
    args = options.parse_args()

    findings = {}
    for path in args.findings:
        found = json.loads(path.read_text())
        findings[found["kind"], found["id"]] = found
    plan = make_plan(
        args.samplesheet,
        findings,
        json.loads(args.checked.read_text())["problems"],
        Options(
            cells_per_spot=args.cells_per_spot,
            cell_ratio=args.cell_ratio,
            min_shared_genes=args.min_shared_genes,
            validate_genes=args.validate_genes,
            mrna_content=args.mrna_content,
            truth=args.truth,
        ),
    )
    log.info("%d samples, %d problems", len(plan.samples), len(plan.problems))
    usable = [found for found in findings.values() if not found["problem"]]
    parts = {"inputs_table": multiqc.inputs_table(usable, plan.joins), "inputs_remarks": multiqc.inputs_remarks(usable)}
    for name, part in parts.items():
        if part:
            multiqc.write(part, args.report, name)
    args.output.write_text(json.dumps(plan.as_dict(), indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    run(main)
