"""Print what a list of packages needs, with all it needs in turn: versions and hashes as the lock file has them.

    python3 pins.py requirements.lock report.txt [base.txt]

leaves out what the second list brings. The lock says by whom each package is needed (`# via`): nothing is resolved
anew.
"""

import re
import sys
from pathlib import Path


def pins(lock: str) -> dict[str, str]:
    """Return the entry of each package in a lock file: name, version, hashes and who needs it."""
    entries = re.split(r"^(?=[a-z0-9])", lock, flags=re.MULTILINE)[1:]
    return {entry.split("==")[0]: entry for entry in entries}


def needed(names: set[str], entries: dict[str, str]) -> set[str]:
    """Return packages with all that they need.

    Raises
    ------
    KeyError
        If the lock lacks one of the names.
    """
    found = {name for name in names if entries[name]}
    users = {name: set(re.findall(r"^ +#(?: via)? +([a-z0-9-]+)$", entries[name], re.MULTILINE)) for name in entries}
    while more := {name for name in entries if name not in found and users[name] & found}:
        found |= more
    return found


def names(listed: str) -> set[str]:
    """Return the packages of a list: one a line, with remarks behind #."""
    return {name for line in listed.splitlines() if (name := line.split("#")[0].strip())}


def main() -> None:
    """Print the entries of the first list that the others do not bring."""
    entries = pins(Path(sys.argv[1]).read_text(encoding="utf-8"))
    first, *others = [needed(names(Path(file).read_text(encoding="utf-8")), entries) for file in sys.argv[2:]]
    for name in sorted(first.difference(*others)):
        print(entries[name], end="")


if __name__ == "__main__":
    main()
