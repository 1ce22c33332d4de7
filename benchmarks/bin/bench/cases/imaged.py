"""Imaged sections of which some genes are predicted and compared with their measurement."""

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp
from bulk2space.contract.keys import Obs
from bulk2space.images.mappers import CANDIDATES
from bulk2space.images.validate import folds

from .data_sets import path

SECTION = "img_starmap_v1_1020"
PAIR = "sc_hypothalamus_ref_merfishgenes", "img_merfish_hypothalamus_rctd"  # reference and section
JUDGED = "img_osmfish_ssctx"
PANEL = 150  # measured genes of a section that is cut into halves
PANELS = (20, 50, PANEL, 500)
SEEDS = range(5)  # of the benchmark of trust
FEWER_SEEDS = range(3)  # of the pair of two laboratories
FEWEST_SEEDS = range(2)  # of all other sets
MOST_CELLS = 1_000  # of a half of the set kept for judging
SPREAD_OF_GENE_FACTORS, DEPTH = 0.7, 0.3  # of a distorted reference: sd of log factors, proportion of molecules kept
FEWEST_LEFT = 0.1  # smallest proportion of a type's cells that an unequal reference keeps
CASES = ("halves", "distorted", "thinned", "unequal")
FIVE_FOLD = "five-fold"
TUNING, KEPT = "tuning", "judging"
DEFAULT, PUBLISHED, DRAWN = "default", "published", "default, drawn counts"
SHUFFLED, MEAN_OF_ALL = "shuffled neighbours", "mean of all"
SINGLE = tuple(CANDIDATES)
"""Ways to map: those above, and the pipeline's single mappers."""


class Setting(NamedTuple):
    """A section and a reference that the mapping is judged on.

    Attributes
    ----------
    section
        Name of the data set.
    case
        One of :data:`CASES`, or :data:`FIVE_FOLD`.
    panel
        Measured genes; 0 where a fifth of the genes is held out at a time.
    generated
        Whether cells are generated from the reference, as in the pipeline, or the reference's own cells are mapped.
    seed
        Of the split and of all that is drawn.
    """

    section: str
    case: str
    panel: int
    generated: bool
    seed: int

    @property
    def name(self) -> str:
        """Name of the set: all settings that differ in their seed alone."""
        panel = f", {self.panel} genes" if self.panel else ""
        return f"{self.section}, {self.case}{panel}{', generated' if self.generated else ''}"

    @property
    def role(self) -> str:
        """Whether the set took part in choices."""
        return KEPT if self.section == JUDGED else TUNING


class Task(NamedTuple):
    """What a mapper is given, and what it is judged by.

    Attributes
    ----------
    cells
        Counts of the reference, cells × genes.
    types
        Their types, (cells,).
    section
        Counts of the section, imaged cells × genes.
    truth
        Types of the imaged cells, (imaged cells,); None where unknown.
    measured
        Columns that the mapper may use.
    predicted
        Columns to predict.
    sources, reference
        Of generated cells: the reference cells that they were drawn from, (cells,), and the reference, whose genes are
        the columns. None where the cells are those of a reference.
    """

    cells: np.ndarray
    types: np.ndarray
    section: np.ndarray
    truth: np.ndarray | None
    measured: np.ndarray
    predicted: np.ndarray
    sources: np.ndarray | None = None
    reference: ad.AnnData | None = None


def settings(*, judging: bool) -> list[Setting]:
    """Return all settings; ``judging`` adds the set kept for judging."""
    found = [
        Setting(SECTION, case, panel, generated, seed)
        for case in CASES
        for panel in PANELS
        for generated in (False, True)
        for seed in FEWEST_SEEDS
    ]
    found += [Setting(PAIR[1], FIVE_FOLD, 0, generated, seed) for generated in (False, True) for seed in FEWER_SEEDS]
    kept = [Setting(JUDGED, FIVE_FOLD, 0, generated, seed) for generated in (False, True) for seed in FEWEST_SEEDS]
    return found + (kept if judging else [])


def named(settings: list[Setting], texts: list[str] | None) -> list[Setting]:
    """Return the settings whose set has one of some texts in its name; all where there are none."""
    return [one for one in settings if texts is None or any(text in one.name for text in texts)]


def data_sets(settings: list[Setting]) -> list[str]:
    """Return the names of the data sets that settings need."""
    sections = dict.fromkeys(setting.section for setting in settings)
    return [name for section in sections for name in (PAIR if section == PAIR[1] else (section,))]


def lacking(mapper: str) -> str:
    """Return the name of the default without a mapper."""
    return f"{DEFAULT} without {mapper}"


def tasks(data: Path, setting: Setting) -> list["Task"]:
    """Return the tasks of a setting, with the reference's own cells."""
    if setting.section == SECTION:
        return [halves(data, setting.seed, setting.case, panel=setting.panel)]
    if setting.section == PAIR[1]:
        return list(held_out_genes(*shared_columns(data), setting.seed))
    return list(held_out_genes(*judged_halves(data, setting.seed), setting.seed))


def judged_halves(data: Path, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return counts and types of both halves of the set kept for judging, at most MOST_CELLS of each."""
    counts, types = read(data, JUDGED)
    one, other = (half[:MOST_CELLS] for half in np.array_split(np.random.default_rng(seed).permutation(len(counts)), 2))
    return counts[one], types[one], counts[other], types[other]


@cache
def read(data: Path, name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Return the counts of a data set, dense, and types where there are any."""
    adata = ad.read_h5ad(path(data, name))
    types = adata.obs[Obs.CELL_TYPE].to_numpy(dtype=str) if Obs.CELL_TYPE in adata.obs else None
    return sp.csr_matrix(adata.X).toarray(), types


def halves(data: Path, seed: int, case: str, name: str = SECTION, *, panel: int = PANEL) -> Task:
    """Split the cells of a section into a reference with all genes and a section with a random panel.

    Parameters
    ----------
    data
        Folder of the data sets.
    seed
        Seed of the split and of what the case draws.
    case
        ``halves`` leaves the reference as it is. ``distorted`` multiplies its genes by log-normal factors and thins its
        counts. ``thinned`` thins the section's counts. ``unequal`` keeps another proportion of each type's cells.
    name
        A data set with many genes and with types.
    panel
        How many genes are measured.
    """
    counts, types = read(data, name)
    rng = np.random.default_rng(seed)
    first, second = np.array_split(rng.permutation(len(counts)), 2)
    measured = np.sort(rng.permutation(counts.shape[1])[:panel])
    if case == "unequal":
        names, codes = np.unique(types, return_inverse=True)
        first = first[rng.random(len(first)) < rng.uniform(FEWEST_LEFT, 1, len(names))[codes[first]]]
    cells = counts[first]
    if case == "distorted":
        factors = np.exp(rng.normal(0, SPREAD_OF_GENE_FACTORS, counts.shape[1]))
        cells = rng.binomial(np.rint(cells * factors).astype(np.int64), DEPTH).astype(float)
    section = counts[second]
    if case == "thinned":
        section = rng.binomial(np.rint(section).astype(np.int64), DEPTH).astype(float)
    others = np.setdiff1d(np.arange(counts.shape[1]), measured)
    return Task(cells, types[first], section, types[second], measured, others)


def held_out_genes(
    cells: np.ndarray, types: np.ndarray, section: np.ndarray, truth: np.ndarray | None, seed: int
) -> Iterator[Task]:
    """Yield five tasks, each of which holds out a fifth of the genes; parameters are those of :class:`Task`."""
    genes = np.arange(cells.shape[1])
    for part in folds(genes, np.random.default_rng(seed)):
        yield Task(cells, types, section, truth, np.setdiff1d(genes, part), part)


def shared_columns(data: Path) -> tuple[np.ndarray, np.ndarray, np.ndarray, None]:
    """Return counts and types of the pair's reference and counts of its section, in the genes that both have."""
    names = [ad.read_h5ad(path(data, name), backed="r").var_names for name in PAIR]
    genes = names[0].intersection(names[1])
    (cells, types), (section, _) = (read(data, name) for name in PAIR)
    return cells[:, names[0].get_indexer(genes)], types, section[:, names[1].get_indexer(genes)], None
