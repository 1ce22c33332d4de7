#!/usr/bin/env python3
"""Check a samplesheet and list the distinct inputs that it names.

Problems do not fail this command. They are written into the output, all of them, and the workflow stops on them once it
knows those of the inputs too.
"""

import json
import logging
from pathlib import Path

from bulk2space.contract.command import parser, run
from bulk2space.inputs.sheet.check import check

log = logging.getLogger("check_samplesheet")


def main() -> None:
    """Check the rows, list the inputs."""
    options = parser(__doc__)
    options.add_argument("--samplesheet", type=Path, required=True)
    options.add_argument("--found", type=Path, required=True, help="JSON list of the samplesheet's paths that exist")
    options.add_argument("--output", type=Path, required=True, help="checked.json")
    args = options.parse_args()

    checked = check(args.samplesheet, json.loads(args.found.read_text()))
    log.info("%d inputs, %d problems", len(checked.sources), len(checked.problems))
    checked.write(args.output)


if __name__ == "__main__":
    run(main)
