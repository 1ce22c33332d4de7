#!/usr/bin/env python3
"""Print the known vulnerabilities of the pinned packages, by pip-audit; without a list of them, the age of the lock."""

import json
import re
import subprocess
import sys
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-dev.lock"]
PIP_AUDIT = [str(ROOT / ".venv/bin/uv"), "tool", "run", "pip-audit==2.10.1"]
OPTIONS = ["--format", "json", "--progress-spinner", "off", "--disable-pip", "--no-deps"]


def pins(lock: Path) -> list[str]:
    """Return the lock's packages as ``name==version``."""
    return re.findall(r"^[a-z0-9][^ ;=]*==[^ ;\\]+", lock.read_text(encoding="utf-8"), flags=re.MULTILINE)


def audited(packages: list[str]) -> list[dict]:
    """Return what pip-audit says of each package: name, version, and vulns, or skip_reason where it knows nothing."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(packages))
        file.flush()
        done = subprocess.run([*PIP_AUDIT, *OPTIONS, "-r", file.name], capture_output=True, text=True, check=False)
    return json.loads(done.stdout)["dependencies"] if done.stdout.startswith("{") else []


def age(lock: Path) -> int:
    """Return the days since the lock was last written: by its commit, else by its file."""
    command = ["git", "-C", str(ROOT), "log", "-1", "--format=%cs", "--", str(lock)]
    day = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    today = datetime.now(UTC).date()
    return (today - (date.fromisoformat(day) if day else date.fromtimestamp(lock.stat().st_mtime))).days


def report(lock: Path) -> tuple[list[str], bool]:
    """Return lines about a lock, and whether one of its packages has a known vulnerability."""
    packages = pins(lock)
    probe = audited(packages[:1])  # a list that is out of reach is so for all packages
    if not probe or "skip_reason" in probe[0]:
        return [
            f"{lock.name}: no list of known vulnerabilities can be reached; the lock is {age(lock)} days old"
        ], False
    found = audited(packages)
    if len(found) < len(packages):
        return [f"{lock.name}: pip-audit answered for {len(found)} of {len(packages)} packages; run it again"], True
    bad = [f"  {each['name']} {each['version']}: {vuln['id']}" for each in found for vuln in each.get("vulns", [])]
    unknown = [f"  {each['name']}: not checked, {each['skip_reason']}" for each in found if "skip_reason" in each]
    checked = len(found) - len(unknown)
    return [f"{lock.name}: {len(bad)} known vulnerabilities in {checked} packages", *bad, *unknown], bool(bad)


if __name__ == "__main__":
    reports = [report(lock) for lock in LOCKS]
    print("\n".join(line for lines, _bad in reports for line in lines))
    sys.exit(any(bad for _lines, bad in reports))
