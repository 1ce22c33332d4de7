"""The check of a samplesheet: what is wrong with its rows, and which of its inputs can be read."""

import dataclasses
import json
from collections.abc import Collection
from pathlib import Path
from typing import Self

from ..contract.problems import InputError, Problem
from .row_rules import row_problems
from .samplesheet import read_rows
from .sources import ReadableSource, readable


@dataclasses.dataclass(frozen=True)
class Checked:
    """What CHECK_SAMPLESHEET finds.

    Attributes
    ----------
    problems
        Everything that is wrong with the samplesheet itself.
    sources
        The distinct inputs that can be read, for the workflow.
    """

    problems: list[Problem]
    sources: list[ReadableSource]

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        path.write_text(json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote."""
        record = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            [Problem(**problem) for problem in record["problems"]],
            [ReadableSource(**source) for source in record["sources"]],
        )


def check(sheet: Path, found: Collection[str]) -> Checked:
    """Check a samplesheet.

    Parameters
    ----------
    sheet
        The samplesheet.
    found
        The paths in it that exist.
    """
    try:
        rows = read_rows(sheet)
    except InputError as problem:
        return Checked([Problem.of(problem)], [])
    return Checked(row_problems(rows, sheet.name, found), readable(rows, found))
