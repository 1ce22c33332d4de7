"""What docs/failures.md says that a user reads; the tests hold it against what is shown."""

import re
from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "failures.md"


def rows() -> dict[str, list[str]]:
    """Return the cells of the tables' rows by their first cell, the name of the failure."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines]
    return {first: others for first, *others in cells if first not in ("failure", "---")}


def said(failure: str) -> str:
    """Return the sentence of a failure as a regular expression; … stands for anything on the line."""
    (sentence,) = re.findall("`([^`]*)`", rows()[failure][-1])
    return ".*".join(map(re.escape, sentence.split("…")))
