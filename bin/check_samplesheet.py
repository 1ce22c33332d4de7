#!/usr/bin/env python3
"""Check a samplesheet and list the distinct inputs that it names.

Problems do not fail this command: they stand in the output, all of them, and the workflow stops on them once it knows
those of the inputs too.
"""

import json
import logging
from pathlib import Path

from bulk2space.contract.command import parser, run
from bulk2space.contract.problems import InputError
from bulk2space.inputs.samplesheet import read_rows, row_problems
from bulk2space.inputs.sources import readable

log = logging.getLogger("check_samplesheet")


def main() -> None:
    """Check the rows, list the inputs."""
    options = parser(__doc__)
    options.add_argument("--samplesheet", type=Path, required=True)
    options.add_argument("--found", type=Path, required=True, help="JSON list of the sheet's paths that exist")
    options.add_argument("--output", type=Path, required=True, help="checked.json")
    args = options.parse_args()

    found = json.loads(args.found.read_text())
    try:
        rows = read_rows(args.samplesheet)
        checked = {
            "problems": row_problems(rows, args.samplesheet.name, found),
            "sources": readable(rows, found),
        }
    except InputError as problem:
        checked = {"problems": [str(problem)], "sources": []}
    log.info("%d inputs, %d problems", len(checked["sources"]), len(checked["problems"]))
    args.output.write_text(json.dumps(checked, indent=2, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    run(main)
