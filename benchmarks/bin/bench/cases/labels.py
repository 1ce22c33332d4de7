"""What each process of the pipeline asks of a machine: read from its label, for its first attempt."""

import re
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[4]
MODULES = ROOT / "modules" / "local"
ATTEMPTS = 3  # the first and two more, each with its multiple of the memory (maxRetries in conf/base.config)


class Asked(NamedTuple):
    """What a label asks for: its name, CPUs, memory in GiB and hours."""

    label: str
    cpus: int
    gib: int
    hours: int


def of_processes() -> dict[str, Asked]:
    """Return what each process asks for."""
    config = (ROOT / "conf" / "base.config").read_text()
    found = {}
    for label, block in re.findall(r"withLabel: (\w+) \{(.*?)\n    \}", config, re.DOTALL):
        numbers = [re.search(pattern, block) for pattern in (r"cpus\s*=.*?(\d+)", r"(\d+)\.GB", r"(\d+)\.h")]
        if all(numbers):
            found[label] = Asked(label, *(int(number[1]) for number in numbers if number))
    return {process: found[labels[0]] for process, labels in labels_of_processes().items()}


def labels_of_processes() -> dict[str, list[str]]:
    """Return the labels of each process."""
    texts = [path.read_text() for path in sorted(MODULES.rglob("main.nf"))]
    return {re.findall(r"process (\w+)", text)[0]: re.findall(r"label '(\w+)'", text) for text in texts}


def declared(process: str, known: dict) -> str:
    """Return the name under which a module declares a process of the workflow: NORMALIZE for NORMALIZE_BULK."""
    return process if process in known else process.rpartition("_")[0]
