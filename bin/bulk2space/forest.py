"""Scores of cells for spots (step 2, spots): how well a single cell fits into the mixture that a spot measured.

All scorers share one interface, so that a baseline is swapped in by name: ``fit(cells, rng)`` returns the scorer and
``score(spots, cells, pairs)`` a value in 0..1 for each pair. ``cells`` and ``spots`` are :class:`Expression` over the
same marker genes. A scorer whose ``exhaustive`` is false needs only the pairs of a shortlist.
"""

import contextlib
import io
import logging
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple, Protocol

import anndata as ad
import numpy as np
import scipy.sparse as sp
from sklearn.utils.extmath import randomized_svd

from .expression import TARGET_SUM, linear

if TYPE_CHECKING:
    from deepforest import CascadeForestClassifier

log = logging.getLogger(__name__)

PSEUDO_SPOTS = 500
CELLS_PER_PSEUDO_SPOT = 10  # the paper's k
DEEPEST_SPOT, THINNED_SPOT = 25_000, 20_000  # UMI: a deeper pseudo-spot is thinned to the second figure
BLOCK = 50_000  # pairs whose features are dense at a time


class Expression(NamedTuple):
    """Marker genes of cells or spots.

    Attributes
    ----------
    values
        Counts, or linear expression where counts are unknown, rows × marker genes.
    library
        Sum of the same values over all genes shared by cells and section, (rows,).
    types
        Index of the cell type of each row, (rows,); None for spots.
    """

    values: sp.csr_matrix
    library: np.ndarray
    types: np.ndarray | None = None

    def log(self) -> np.ndarray:
        """Return log1p of values per 10 000 of the library, rows × genes, float32; empty rows are zero."""
        factors = np.divide(TARGET_SUM, self.library, out=np.zeros(len(self.library)), where=self.library > 0)
        return np.log1p(sp.diags_array(factors) @ self.values).toarray().astype(np.float32)


def marker_expression(adata: ad.AnnData, shared: list[str], genes: list[str], *, counts: bool) -> Expression:
    """Cut a file to the marker genes; the library is the sum over all shared genes.

    Parameters
    ----------
    adata
        Cells or section.
    shared
        Genes that cells and section have in common.
    genes
        Marker genes among them.
    counts
        Whether to take counts; else expression per 10 000, so that both sides have one unit.
    """
    values = sp.csr_matrix(adata.layers["counts"]) if counts else linear(adata)
    library = np.asarray(values[:, adata.var_names.get_indexer(shared)].sum(axis=1), dtype=float).ravel()
    return Expression(values[:, adata.var_names.get_indexer(genes)], library)


class Pairs(NamedTuple):
    """Pairs of a spot and a cell, by their row numbers, each (pairs,)."""

    spot: np.ndarray
    cell: np.ndarray


class Scorer(Protocol):
    """What the mapping asks of a scorer."""

    exhaustive: bool

    def fit(self, cells: Expression, rng: np.random.Generator) -> "Scorer":
        """Learn from the cells alone."""

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the scores in 0..1 of the pairs, (pairs,)."""


class MarkerSpace:
    """Principal components of standardised log markers, in which cells, spots and pseudo-spots are compared.

    Each gene is standardised among the cells, among the spots and among the pseudo-spots separately: what a platform
    does to a gene (efficiency, ambient level, depth) is the same in all its rows and drops out.

    Parameters
    ----------
    components
        Largest number of principal components; fewer where there are fewer cells or genes.

    Attributes
    ----------
    axes_ : genes × components
    """

    def __init__(self, *, components: int = 30):
        self.components = components
        self._seen: list[tuple[Expression, np.ndarray]] = []

    def fit(self, cells: Expression) -> "MarkerSpace":
        """Find the components of the cells."""
        self._seen.clear()
        self.axes_ = principal_axes(standardize(cells.log()), components=self.components)
        return self

    def transform(self, rows: Expression) -> np.ndarray:
        """Return the rows' coordinates, rows × components, standardised among these rows.

        The last few are kept: scores of the same spots and cells are asked for in many portions.
        """
        for seen, coordinates in self._seen:
            if seen is rows:
                return coordinates
        coordinates = standardize(rows.log()) @ self.axes_
        self._seen = [*self._seen[-2:], (rows, coordinates)]
        return coordinates


def standardize(values: np.ndarray) -> np.ndarray:
    """Return z-scores of each column; constant columns become zero."""
    centred = values - values.mean(axis=0)
    spread = centred.std(axis=0)
    return np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 1e-6)


def principal_axes(values: np.ndarray, *, components: int) -> np.ndarray:
    """Return the first principal axes of standardised values, columns × components.

    There are fewer where rows or columns are few, and always one at least.
    """
    number = max(1, min(components, *(size - 1 for size in values.shape)))
    return randomized_svd(values, number, random_state=0)[2].T.astype(np.float32)


def unit_rows(values: np.ndarray) -> np.ndarray:
    """Scale each row to length 1; rows of zeros stay zero."""
    length = np.linalg.norm(values, axis=1, keepdims=True)
    return np.divide(values, length, out=np.zeros_like(values), where=length > 0)


def pseudo_spots(
    cells: Expression, *, number: int, size: int, rng: np.random.Generator, thin: bool = True
) -> tuple[np.ndarray, Expression]:
    """Draw pseudo-spots: sums of cells taken at random (paper, Methods, "Deep forest for spot recommendation").

    Parameters
    ----------
    cells
        Generated cells.
    number, size
        How many pseudo-spots, of how many cells.
    rng
        Random generator.
    thin
        Whether values are counts, so that a pseudo-spot of more than 25 000 UMI is thinned (binomially) to 20 000
        expected ones.

    Returns
    -------
    Row numbers of the members, number × size, and the pseudo-spots' expression.
    """
    n_cells = len(cells.library)
    members = np.sort(np.argsort(rng.random((number, n_cells)), axis=1)[:, :size], axis=1)
    sums = sp.csr_matrix(
        (np.ones(members.size), members.ravel(), np.arange(number + 1) * members.shape[1]),
        shape=(number, n_cells),
    )
    values, library = sp.csr_matrix(sums @ cells.values, dtype=np.float64), sums @ cells.library
    deep = library > DEEPEST_SPOT
    if thin and deep.any():
        keep = np.where(deep, THINNED_SPOT / np.maximum(library, 1), 1.0)
        chance = np.repeat(keep, np.diff(values.indptr))
        values.data = rng.binomial(np.rint(values.data).astype(np.int64), chance).astype(np.float64)
        values.eliminate_zeros()
        library = library * keep
        log.info("%d of %d pseudo-spots thinned to %d UMI", deep.sum(), number, THINNED_SPOT)
    return members, Expression(values, library)


def training_pairs(
    members: np.ndarray, types: np.ndarray, *, same_type: bool, rng: np.random.Generator
) -> tuple[Pairs, np.ndarray]:
    """Pair each pseudo-spot with its members (label 1) and with as many other cells (label 0).

    Parameters
    ----------
    members
        Rows of the member cells, pseudo-spots × members.
    types
        Cell types of all cells, (cells,).
    same_type
        Whether the other cell has the member's type, so that states are learnt and not types.
    rng
        Random generator.

    Returns
    -------
    Pairs and labels. A negative that happens to be a member of its pseudo-spot, as in a type of one cell, is left out.
    """
    spot = np.repeat(np.arange(len(members)), members.shape[1])
    positive = members.ravel()
    if same_type:
        order = np.argsort(types, kind="stable")
        sizes = np.bincount(types)
        first = np.cumsum(sizes) - sizes
        own = types[positive]
        negative = order[first[own] + (rng.random(len(positive)) * sizes[own]).astype(int)]
    else:
        negative = rng.integers(len(types), size=len(positive))
    other = ~np.isin(spot * len(types) + negative, spot * len(types) + positive)
    pairs = Pairs(np.concatenate([spot, spot[other]]), np.concatenate([positive, negative[other]]))
    return pairs, np.repeat([1, 0], [len(positive), other.sum()])


def pair_features(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return ``[spot; cell; spot − cell]`` for each pair, pairs × 3·features, float32."""
    spot, cell = spots[pairs.spot], cells[pairs.cell]
    return np.hstack([spot, cell, spot - cell]).astype(np.float32)


def pair_features_and_cosine(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return ``[spot; cell; spot − cell; cosine]`` for each pair, pairs × (3·features + 1), float32.

    A tree that cuts one axis at a time hardly finds the angle between two vectors; given it, the forest improves on it.
    """
    cosine = pair_cosine(spots, cells, pairs)
    return np.hstack([pair_features(spots, cells, pairs), cosine[:, None]]).astype(np.float32)


def pair_cosine(spots: np.ndarray, cells: np.ndarray, pairs: Pairs) -> np.ndarray:
    """Return the cosine of each pair, (pairs,)."""
    return np.einsum("pc,pc->p", unit_rows(spots)[pairs.spot], unit_rows(cells)[pairs.cell])


class DeepForest:
    """Cascade forest on ``[spot; cell; spot − cell; cosine]`` in the space of marker components (the default).

    Trained on pseudo-spots with negatives of the member's own type, since the quotas decide on types already. The
    cascade is kept small (two layers of two forests, 25 trees each, that stop at 20 samples): on held-out genes it does
    as well as a larger one, and it trains in seconds.

    Parameters
    ----------
    threads
        CPU threads.

    Attributes
    ----------
    space_ : MarkerSpace
    forest_ : CascadeForestClassifier
    """

    exhaustive = False

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "DeepForest":
        """Train on pairs of pseudo-spots and cells; ``counts`` allows thinning of deep pseudo-spots."""
        self.space_ = MarkerSpace().fit(cells)
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=True, rng=rng)
        features = pair_features_and_cosine(self.space_.transform(pseudo), self.space_.transform(cells), pairs)
        self.forest_ = cascade(
            rng,
            threads=self.threads,
            max_layers=2,
            n_estimators=1,
            n_trees=25,
            min_samples_leaf=20,
        )
        fit_quietly(self.forest_, features, labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability of membership for each pair, (pairs,)."""
        spot, cell = self.space_.transform(spots), self.space_.transform(cells)
        return predict(self.forest_, pair_features_and_cosine, spot, cell, pairs)


class PublishedForest:
    """Cascade forest on ``[spot; cell; spot − cell]`` of the markers' values themselves, as published.

    Multi-grained scanning is not in the deep-forest package and is left out. Negatives are cells of any type.

    Attributes
    ----------
    forest_ : CascadeForestClassifier
    """

    exhaustive = True

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "PublishedForest":
        """Train on pairs of pseudo-spots and cells; ``counts`` allows thinning of deep pseudo-spots."""
        members, pseudo = pseudo_spots(cells, number=PSEUDO_SPOTS, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts)
        pairs, labels = training_pairs(members, cells.types, same_type=False, rng=rng)
        self.forest_ = cascade(rng, threads=self.threads)
        fit_quietly(self.forest_, pair_features(dense(pseudo), dense(cells), pairs), labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the forest's probability of membership for each pair, (pairs,)."""
        return predict(self.forest_, pair_features, dense(spots), dense(cells), pairs)


class Cosine:
    """Cosine similarity in the space of marker components, moved to 0..1.

    Attributes
    ----------
    space_ : MarkerSpace
    """

    exhaustive = False

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Cosine":
        """Find the marker components of the cells."""
        self.space_ = MarkerSpace().fit(cells)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return (1 + cosine) / 2 for each pair, (pairs,)."""
        cosine = pair_cosine(self.space_.transform(spots), self.space_.transform(cells), pairs)
        return np.clip((1 + cosine) / 2, 0, 1)


class Random:
    """Random scores: what the quotas alone give.

    Attributes
    ----------
    rng_ : numpy.random.Generator
    """

    exhaustive = True

    def __init__(self, *, threads: int = 1):
        self.threads = threads

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Random":
        """Keep the generator."""
        self.rng_ = rng
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return uniform random numbers, (pairs,)."""
        return self.rng_.random(len(pairs.spot))


SCORERS = {"deep_forest": DeepForest, "published": PublishedForest, "cosine": Cosine, "random": Random}


def cascade(rng: np.random.Generator, *, threads: int, **overrides) -> "CascadeForestClassifier":
    """Return the cascade forest with the paper's parameters ("Model configuration"), or others where given."""
    from deepforest import CascadeForestClassifier  # a second to import: not needed by the other scorers

    published = {
        "bin_subsample": 200_000,
        "bin_type": "percentile",
        "max_layers": 20,
        "criterion": "gini",
        "n_estimators": 2,
        "n_tolerant_rounds": 2,
        "delta": 1e-5,
        # the package's own trees grow to full depth several times more slowly; no parameter differs
        "backend": "sklearn",
    }
    seed = int(rng.integers(2**31 - 1))
    return CascadeForestClassifier(**(published | overrides), n_jobs=threads, random_state=seed, verbose=0)


def fit_quietly(forest: "CascadeForestClassifier", features: np.ndarray, labels: np.ndarray) -> None:
    """Fit a cascade forest; what the package prints goes nowhere."""
    with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
        # with few trees a pair in ten thousand is in every bag: it has no out-of-bag vote, and that is harmless
        warnings.filterwarnings("ignore", message="Some inputs do not have OOB scores")
        forest.fit(features, labels)
    log.info("deep forest: %d pairs × %d features, %d layers", *features.shape, forest.n_layers_)


def predict(
    forest: "CascadeForestClassifier",
    features: Callable[[np.ndarray, np.ndarray, Pairs], np.ndarray],
    spots: np.ndarray,
    cells: np.ndarray,
    pairs: Pairs,
) -> np.ndarray:
    """Return the probability of label 1 for each pair, computing features by blocks of pairs.

    Rounded to six digits: threads add up the trees in any order, so that later digits differ between runs.
    """
    scores = np.empty(len(pairs.spot))
    for start in range(0, len(scores), BLOCK):
        part = Pairs(pairs.spot[start : start + BLOCK], pairs.cell[start : start + BLOCK])
        scores[start : start + BLOCK] = forest.predict_proba(features(spots, cells, part))[:, 1]
    return np.round(scores, 6)


def dense(rows: Expression) -> np.ndarray:
    """Return the values themselves, rows × genes, float32."""
    return rows.values.toarray().astype(np.float32)
