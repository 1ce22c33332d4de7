"""The samples of one task: those that share bulk and reference come together, so that both are read once."""

import dataclasses
import json
from collections.abc import Iterable, Mapping
from pathlib import Path

from .comparisons import factors


@dataclasses.dataclass(frozen=True)
class TaskSample:
    """One sample of a task.

    Attributes
    ----------
    id
        Name of the sample in the results.
    bulk_column
        Name of the sample in the bulk.
    n_cells
        How many cells are generated.
    condition
        As the samplesheet has it.
    covariates
        As the samplesheet has them, by column: a number, a word, or None where the cell is empty.
    chapters
        Whether the report has chapters on the sample.
    cohort
        Name of the cohort in which the report shows the sample beside others; None where it is in none.
    umap
        Whether its generated cells are laid out in a UMAP with the reference.
    """

    id: str
    bulk_column: str = ""
    n_cells: int = 0
    condition: str | None = None
    covariates: Mapping[str, float | str | None] = dataclasses.field(default_factory=dict)
    chapters: bool = True
    cohort: str | None = None
    umap: bool = False


def factors_of(samples: Iterable[TaskSample]) -> dict[str, dict[str, float | str | None]]:
    """Return condition and covariates of samples, by sample and name, in their order."""
    return {sample.id: factors(sample.condition, sample.covariates) for sample in samples}


def read_samples(path: Path) -> list[TaskSample]:
    """Read the samples of a task: a JSON list of their attributes."""
    return [TaskSample(**record) for record in json.loads(path.read_text(encoding="utf-8"))]
