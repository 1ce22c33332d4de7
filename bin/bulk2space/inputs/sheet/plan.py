"""What a plan holds: samples, how their inputs join, remarks, and every problem (planning.py makes it)."""

import dataclasses
import json
from collections.abc import Mapping
from pathlib import Path

from ...contract import remarks
from ...contract.findings import Join
from ...contract.problems import Problem
from ...contract.remarks import Remark
from ...contract.whole_files import write_text


@dataclasses.dataclass(frozen=True)
class Options:
    """Parameters of the run that the plan depends on.

    Attributes
    ----------
    cells_per_spot
        Cells of a spot where a row gives no number; None: by the spot's area.
    cell_ratio
        Generated cells per cell of the reference.
    max_cells
        Most cells that are generated for a sample.
    min_shared_genes
        The smallest number of genes that an input shares with its reference; None: `FEWEST_SHARED_GENES` of its kind.
    validate_genes
        Whether genes of imaged sections are held out and predicted.
    mrna_content
        The user's table of the mRNA content of each type.
    truth
        Folder with the ground truth of samples.
    samples_per_task
        Most samples that go through one task; None: chosen from their number.
    report_samples
        Most samples on which the report has chapters.
    skip_cells
        Whether no cells are generated.
    write_spatialdata
        Whether sections are also written as SpatialData stores.
    """

    cells_per_spot: int | None = None
    cell_ratio: float = 1.0
    max_cells: int = 50_000
    min_shared_genes: int | None = None
    validate_genes: bool = False
    mrna_content: Path | None = None
    truth: Path | None = None
    samples_per_task: int | None = None
    report_samples: int = 12
    skip_cells: bool = False
    write_spatialdata: bool = False


@dataclasses.dataclass(frozen=True)
class Sample:
    """One sample of the run.

    Attributes
    ----------
    id
        Its name.
    bulk, bulk_column
        Id of its bulk, and the column in it.
    reference
        Id of its reference.
    section, platform
        Id of its section and ``spot`` or ``image``; None without a section.
    cells_per_spot, cells_by
        Number of cells of a spot on average, and ``number`` or ``auto``: whether every spot gets that number.
    n_cells
        How many cells are generated.
    condition
        As the samplesheet has it; None where it is empty.
    covariates
        As the samplesheet has them, by column: a number, a word, or None where the cell is empty.
    chapters
        Whether the report has chapters on the sample.
    cohort
        Name of the cohort in which the report shows the sample beside others; None where it is in none.
    """

    id: str
    bulk: str
    bulk_column: str
    reference: str
    section: str | None
    platform: str | None
    cells_per_spot: int
    cells_by: str
    n_cells: int
    condition: str | None
    covariates: Mapping[str, float | str | None] = dataclasses.field(default_factory=dict)
    chapters: bool = True
    cohort: str | None = None


@dataclasses.dataclass(frozen=True)
class Chunk:
    """Samples that go through one task.

    Attributes
    ----------
    id
        Name of the task: that of its only sample, or bulk and reference with the samples' places among those of both.
    samples
        Ids of the samples.
    """

    id: str
    samples: list[str]


@dataclasses.dataclass(frozen=True)
class Input:
    """One input that was read, as its findings describe it (contract/findings.py), and its paths in the samplesheet."""

    kind: str
    id: str
    shape: tuple[int, int]
    unit: str
    units: Mapping[str, str | float]
    matrix: str
    paths: list[str]
    files: list[dict[str, str]]


@dataclasses.dataclass
class Plan:
    """The plan of a run; it can be carried out if it has no problems.

    Attributes
    ----------
    problems
        What a user has to mend.
    remarks
        What a user should know.
    summary
        Lines for the log.
    samples, chunks
        The samples, and which of them go through one task.
    colours
        Colours of the cell types, by reference and type.
    inputs, joins
        The inputs, and the genes that they share.
    """

    problems: list[Problem] = dataclasses.field(default_factory=list)
    remarks: list[Remark] = dataclasses.field(default_factory=list)
    summary: list[str] = dataclasses.field(default_factory=list)
    samples: list[Sample] = dataclasses.field(default_factory=list)
    chunks: list[Chunk] = dataclasses.field(default_factory=list)
    colours: dict[str, dict[str, str]] = dataclasses.field(default_factory=dict)
    inputs: list[Input] = dataclasses.field(default_factory=list)
    joins: list[Join] = dataclasses.field(default_factory=list)

    def write(self, path: Path) -> None:
        """Write the plan as JSON."""
        record = dataclasses.asdict(self) | {"remarks": remarks.as_records(self.remarks)}
        write_text(path, json.dumps(record, indent=2, ensure_ascii=False) + "\n")
