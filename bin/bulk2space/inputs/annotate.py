"""Cell types for a reference without any: Leiden clusters, as in the paper's annotation-free test."""

import warnings

import anndata as ad
import numpy as np
import scanpy as sc
import scipy.sparse as sp

RESOLUTION = 0.2  # of the clustering: low, for few and broad types
VARIABLE_GENES = 2000  # most variable genes that the components are made of
COMPONENTS = 30  # principal components that distances are measured in
NEIGHBORS = 15  # nearest cells that a cell is linked with
FEWEST_CELLS = 3  # fewer cells are one cluster


def leiden(log_expression: sp.csr_matrix, *, seed: int) -> np.ndarray:
    """Cluster cells (Traag et al. 2019) on principal components of their variable genes.

    Parameters
    ----------
    log_expression
        log1p of counts per 10 000, cells × genes.
    seed
        Of the components and the clustering.

    Returns
    -------
    Names of the clusters, (cells,): ``cluster 1`` is the largest.
    """
    cells = ad.AnnData(log_expression)
    if cells.n_obs < FEWEST_CELLS:
        return np.full(cells.n_obs, "cluster 1", dtype=object)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # scanpy warns of its own future
        sc.pp.highly_variable_genes(cells, n_top_genes=min(VARIABLE_GENES, cells.n_vars))
        sc.pp.pca(cells, n_comps=min(COMPONENTS, cells.n_obs - 1, cells.n_vars - 1), random_state=seed)
        sc.pp.neighbors(cells, n_neighbors=min(NEIGHBORS, cells.n_obs - 1), random_state=seed)
        sc.tl.leiden(cells, resolution=RESOLUTION, flavor="igraph", n_iterations=-1, directed=False, random_state=seed)
    numbers = cells.obs["leiden"].astype(int).to_numpy()
    order = np.argsort(-np.bincount(numbers), kind="stable")
    rank = np.empty_like(order)
    rank[order] = np.arange(1, len(order) + 1)
    return np.array([f"cluster {number}" for number in rank[numbers]], dtype=object)
