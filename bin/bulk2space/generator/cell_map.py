"""One UMAP of generated cells and reference: stored with the cells, drawn by the report, opened by scanpy."""

import warnings

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors
from sklearn.utils.sparsefuncs import mean_variance_axis

from ..contract.expression import shared_genes
from ..contract.keys import CellMap, Obsm, Uns

MOST_CELLS = 3000  # of either source; more are slow, and hide one another
MOST_GENES = 2000  # most variable genes
MOST_COMPONENTS = 30  # principal components
NEIGHBOURS, MINIMUM_DISTANCE = 15, 0.3  # of UMAP; its default, and enough to keep islands from becoming points


def add(cells: ad.AnnData, reference: ad.AnnData, *, seed: int, rng: np.random.Generator) -> None:
    """Add ``obsm["X_umap"]`` to generated cells, and to ``uns`` the same of the reference's.

    At most MOST_CELLS of either have a place; the others have NaN, and plots leave them out.

    Parameters
    ----------
    cells, reference
        Cells with ``X`` = log expression.
    seed
        Of the principal components and of UMAP.
    rng
        Draws the cells that have a place.
    """
    genes = shared_genes(reference, cells)
    of_reference, of_cells = _drawn(reference.n_obs, rng), _drawn(cells.n_obs, rng)
    layout, n_genes, n_components = _layout(reference[of_reference, genes], cells[of_cells, genes], seed)
    places = np.full((cells.n_obs, 2), np.nan, dtype=np.float32)
    places[of_cells] = layout[len(of_reference) :]
    cells.obsm[Obsm.UMAP] = places
    known = pd.DataFrame(layout[: len(of_reference)], columns=["umap_1", "umap_2"])
    known.insert(0, "cell", reference.obs_names[of_reference].astype(str))
    cells.uns[Uns.CELL_MAP] = {
        CellMap.REFERENCE: known,
        CellMap.N_GENES: n_genes,
        CellMap.N_COMPONENTS: n_components,
        CellMap.NEIGHBOURS: NEIGHBOURS,
        CellMap.MINIMUM_DISTANCE: MINIMUM_DISTANCE,
    }


def _drawn(number: int, rng: np.random.Generator) -> np.ndarray:
    """Return row numbers of at most MOST_CELLS cells, drawn at random, in the order of the file."""
    return np.arange(number) if number <= MOST_CELLS else np.sort(rng.choice(number, MOST_CELLS, replace=False))


def _layout(reference: ad.AnnData, cells: ad.AnnData, seed: int) -> tuple[np.ndarray, int, int]:
    """Return positions (reference cells, then generated cells × 2) and the numbers of genes and components used."""
    from umap import UMAP  # takes seconds to import, and most samples of a cohort have no such map

    known = sp.csr_matrix(reference.X)
    variable = np.sort(np.argsort(-mean_variance_axis(known, axis=0)[1], kind="stable")[:MOST_GENES])
    values = sp.vstack([known[:, variable], sp.csr_matrix(cells.X)[:, variable]]).toarray()
    components = PCA(min(MOST_COMPONENTS, *values.shape), svd_solver="randomized", random_state=seed)
    points = components.fit_transform(values)
    umap = UMAP(
        n_neighbors=NEIGHBOURS, min_dist=MINIMUM_DISTANCE, random_state=seed, n_jobs=1, precomputed_knn=_nearest(points)
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)  # of new cells, which are none
        warnings.filterwarnings("ignore", "Graph is not fully connected", UserWarning)  # types are islands
        return umap.fit_transform(points), len(variable), points.shape[1]


def _nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest points of each and their distances, itself first: exact, where UMAP's own search compiles."""
    number = min(NEIGHBOURS, len(points))
    distance, place = NearestNeighbors(n_neighbors=number).fit(points).kneighbors(points)
    return place, distance
