"""What the report shows of one sample: its files as read."""

from dataclasses import dataclass, field
from pathlib import Path

import anndata as ad
import pandas as pd

from ..contract import tables
from ..contract.io import open_h5ad, read_h5ad
from ..contract.keys import Obs
from ..contract.problems import InputError
from ..contract.stored import Readable, Stored
from ..contract.tables import REGIONS, SPATIAL_GENES, TYPE_PAIRS


@dataclass(frozen=True, kw_only=True)
class Section:
    """A section and the cells placed on it.

    Attributes
    ----------
    measured
        The section as measured.
    placed
        The cells placed on it. Those of an image may be opened with ``backed="r"``. Of a section of spots, both are
        read block by block.
    spots
        spots.csv; None for an image.
    expected
        spots.h5ad, the expected expression of the spots; None for an image.
    """

    measured: Readable
    placed: Readable
    spots: pd.DataFrame | None = None
    expected: Stored | None = None


@dataclass(frozen=True, kw_only=True)
class Patterns:
    """What a section says.

    Attributes
    ----------
    genes, pairs
        genes_in_space.csv and type_pairs.csv.
    regions
        regions.csv; None for a section without regions.
    """

    genes: pd.DataFrame
    pairs: pd.DataFrame
    regions: pd.DataFrame | None = None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """One sample's files.

    Attributes
    ----------
    name, condition, seed
        Its id and condition in the samplesheet; the seed of the run.
    chapters
        Whether the report has chapters on it. Without, the report shows it in tables only.
    cohort
        Name of the cohort in which the report shows it beside others; None where it is in none.
    colours
        Colour of every cell type of the run, the reference's among them.
    reference_name, reference, markers, training
        The annotated single-cell reference with its name and its tables markers.csv and, where a network was trained,
        training.csv.
    proportions, cells
        proportions.csv of the sample; its generated cells, None where none were generated.
    verdict
        verdict.csv of the sample.
    section
        Its section with the placed cells; None where it has none.
    patterns
        What its section says; None without a section.
    held_out_genes
        genes.csv, for an image with held-out genes.
    truth
        Tables of the ground truth by name: ``proportions``, ``spots``, ``image``.
    """

    name: str
    condition: str = ""
    seed: int = 0
    chapters: bool = True
    cohort: str | None = None
    colours: dict[str, str]
    reference_name: str
    reference: ad.AnnData
    markers: pd.DataFrame
    training: pd.DataFrame | None = None
    proportions: pd.DataFrame
    cells: ad.AnnData | None
    verdict: pd.DataFrame
    section: Section | None = None
    patterns: Patterns | None = None
    held_out_genes: pd.DataFrame | None = None
    truth: dict[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def types(self) -> list[str]:
        """Cell types of the reference, sorted."""
        return types_of(self.reference)

    @property
    def own_colours(self) -> dict[str, str]:
        """Colour of each cell type of the reference."""
        return {name: self.colours[name] for name in self.types}


def types_of(reference: ad.AnnData) -> list[str]:
    """Return the cell types of a reference, sorted."""
    return sorted(reference.obs[Obs.CELL_TYPE].astype(str).unique())


def read_section(measured: Path, placed: Path, spots: Path | None, expected: Path | None, sample: str) -> Section:
    """Read a section with its placed cells and, of one of spots, the sample's rows of spots.csv and its spots.h5ad.

    Sections of spots and the predicted expression of an image may be larger than the memory. They are read only where
    they are drawn.
    """
    if spots:
        table = read_rows(tables.SPOTS, spots, sample)
        of_spots = Stored(expected) if expected else None
        return Section(measured=Stored(measured), placed=Stored(placed), spots=table, expected=of_spots)
    return Section(measured=read_h5ad(measured), placed=open_h5ad(placed))


def read_patterns(folder: Path, sample: str) -> Patterns:
    """Read what the section of a sample says."""
    files = {table: folder / f"{sample}.{table.name}" for table in (SPATIAL_GENES, TYPE_PAIRS, REGIONS)}
    regions = REGIONS.read(files[REGIONS]) if files[REGIONS].exists() else None
    return Patterns(
        genes=SPATIAL_GENES.read(files[SPATIAL_GENES]), pairs=TYPE_PAIRS.read(files[TYPE_PAIRS]), regions=regions
    )


def read_rows(table: tables.Table, path: Path, sample: str) -> pd.DataFrame:
    """Read the rows of a table that are about this sample.

    Raises
    ------
    InputError
        If there are none.
    """
    every = table.read(path)
    rows = every[every["sample"] == sample]
    if rows.empty:
        raise InputError(f"{path.name}: column sample has no '{sample}', give the table of this sample")
    return rows.reset_index(drop=True)
