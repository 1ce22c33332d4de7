"""What NORMALIZE finds in one input: all that the plan, the report and the naming of other files' genes need."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from . import remarks
from .own_files import reading
from .problems import Problem
from .remarks import Remark
from .whole_files import write_text


@dataclasses.dataclass(frozen=True)
class Nuclei:
    """What ``cells_per_spot`` of ``auto`` can use in a section of spots.

    Attributes
    ----------
    total
        Nuclei counted in all spots together; None where the counts of mRNA are used.
    problem
        Why ``auto`` cannot be used; empty where it can.
    """

    total: int | None = None
    problem: str = ""


@dataclasses.dataclass(frozen=True)
class Findings:
    """The findings of one input; of an input that cannot be used, only the first three are set.

    Attributes
    ----------
    kind
        ``bulk``, ``reference`` or ``section``.
    id
        Name of the input in the plan.
    problem
        Why the input cannot be used; None where it can.
    remarks
        What a reader of the report should know of it.
    summary
        A line for the log.
    shape
        Numbers of observations (samples, cells or spots) and of genes.
    unit, units
        What the values were and what was done with them: in words, and as in ``uns["units"]``.
    matrix
        Where in the file the values were found.
    observations
        Names of the samples of a bulk; empty for other kinds.
    filled
        Number of observations that have any expression.
    nuclei
        Of a section; None for other kinds.
    spot_micrometers
        Of a section: diameter of a spot or side of a bin; None where it is not known.
    types
        Number of cells of each cell type.
    files
        Name and SHA-256 of each file of the user: the matrix and, perhaps, its metadata.
    genes, gene_ids
        Names of the genes, and their Ensembl identifiers, empty where unknown; None where the file has none.
    """

    kind: str
    id: str
    problem: Problem | None = None
    remarks: list[Remark] = dataclasses.field(default_factory=list)
    summary: str = ""
    shape: tuple[int, int] = (0, 0)
    unit: str = ""
    units: Mapping[str, str | float] = dataclasses.field(default_factory=dict)
    matrix: str = ""
    observations: list[str] = dataclasses.field(default_factory=list)
    filled: int = 0
    nuclei: Nuclei | None = None
    spot_micrometers: float | None = None
    types: dict[str, int] = dataclasses.field(default_factory=dict)
    files: list[dict[str, str]] = dataclasses.field(default_factory=list)
    genes: list[str] = dataclasses.field(default_factory=list)
    gene_ids: list[str] | None = None

    def write(self, path: Path) -> None:
        """Write the findings as JSON."""
        record = dataclasses.asdict(self) | {"remarks": remarks.as_records(self.remarks)}
        write_text(path, json.dumps(record, ensure_ascii=False) + "\n")

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read what :meth:`write` wrote."""
        with reading(path):
            record = json.loads(path.read_text(encoding="utf-8"))
        return cls(
            **record
            | {
                "problem": record["problem"] and Problem(**record["problem"]),
                "remarks": remarks.from_records(record["remarks"]),
                "shape": tuple(record["shape"]),
                "nuclei": record["nuclei"] and Nuclei(**record["nuclei"]),
            }
        )


@dataclasses.dataclass(frozen=True)
class Join:
    """How many genes a bulk or section, by kind and id, shares with a reference."""

    kind: str
    id: str
    reference: str
    shared: int
