"""What the check of a samplesheet finds (check.py makes it): its problems, and its inputs that can be read."""

import dataclasses
import json
from pathlib import Path
from typing import Self

from ...contract.own_files import reading
from ...contract.problems import Problem
from ...contract.whole_files import write_text
from .sources import ReadableSource


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
        write_text(path, json.dumps(dataclasses.asdict(self), indent=2, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote."""
        with reading(path):
            record = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            [Problem(**problem) for problem in record["problems"]],
            [ReadableSource(**source) for source in record["sources"]],
        )
