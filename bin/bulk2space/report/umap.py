"""Figure of reference and generated cells in one UMAP."""

import warnings

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from matplotlib.figure import Figure
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors

from ..contract.expression import shared_genes
from ..contract.keys import Obs
from .drawing import Drawing
from .gene_moments import moments
from .style import COLOURS, RASTERISE_FROM, colours_of, dots, figure, type_legend

MOST_CELLS = 3000  # of either source; more are slow, and hide one another
MOST_GENES = 2000  # most variable genes
MOST_COMPONENTS = 30  # principal components
NEIGHBOURS, MINIMUM_DISTANCE = 15, 0.3  # of UMAP; its default, and enough to keep islands from becoming points
REFERENCE, GENERATED = "reference", "generated"
AREA_OF_ALL_DOTS, SMALLEST_DOT, LARGEST_DOT = 6000, 1.5, 9  # square points
SOURCE_COLOURS = {REFERENCE: "#B0B0B0", GENERATED: COLOURS[0]}


def draw(
    reference: ad.AnnData,
    cells: ad.AnnData,
    *,
    sample: str,
    colours: dict[str, str],
    seed: int,
    rng: np.random.Generator,
) -> Drawing:
    """Draw reference and generated cells in one UMAP, coloured by source and by type.

    Parameters
    ----------
    reference, cells
        Cells with ``X`` = log expression.
    sample, colours
        Name in the heading; colour by type.
    seed
        Of the principal components and of UMAP.
    rng
        Draws the cells that are shown and the order in which they are drawn.
    """
    genes = shared_genes(reference, cells)
    reference = _at_most(reference, MOST_CELLS, rng)[:, genes]
    cells = _at_most(cells, MOST_CELLS, rng)[:, genes]
    layout, n_genes, n_components = _layout(reference, cells, seed)
    table = pd.DataFrame(
        {
            "cell": [*reference.obs_names, *cells.obs_names],
            "source": [REFERENCE] * reference.n_obs + [GENERATED] * cells.n_obs,
            "cell_type": [*reference.obs[Obs.CELL_TYPE].astype(str), *cells.obs[Obs.CELL_TYPE].astype(str)],
            "umap_1": layout[:, 0],
            "umap_2": layout[:, 1],
        }
    )
    drawn = _draw_panels(table, rng.permutation(len(table)), sample, colours)
    caption = (
        "Each dot is a cell. Good: generated cells and those of the reference overlap. Alarming: islands of generated "
        "cells alone. Types that the bulk lacks have cells of the reference only. UMAP is a map on which cells with "
        f"similar expression lie close together. This one is made of {n_components} principal components of the "
        f"{n_genes:,} most variable genes, with {NEIGHBOURS} neighbours and a minimum distance of {MINIMUM_DISTANCE}. "
        f"It shows at most {MOST_CELLS:,} cells of the reference and as many generated ones."
    )
    return Drawing("umap", "Shared UMAP", caption, drawn, table)


def _draw_panels(table: pd.DataFrame, order: np.ndarray, sample: str, colours: dict[str, str]) -> Figure:
    """Draw the cells (table: source, cell_type, umap_1, umap_2) twice, coloured by source and by type.

    They are drawn in a random order, so that neither source hides the other.
    """
    area = float(np.clip(AREA_OF_ALL_DOTS / len(table), SMALLEST_DOT, LARGEST_DOT))
    shuffled = table.iloc[order]
    drawn = figure(sample, "Reference and generated cells", height=4.9)
    left, right = drawn.subplots(1, 2)
    for axes, column, palette in ((left, "source", SOURCE_COLOURS), (right, "cell_type", colours)):
        axes.scatter(
            shuffled["umap_1"],
            shuffled["umap_2"],
            c=colours_of(shuffled[column], palette),
            s=area,
            linewidths=0,
            alpha=0.8,
            rasterized=len(table) > RASTERISE_FROM,
        )
        axes.set(xticks=[], yticks=[], xlabel="UMAP 1 (arbitrary units)", ylabel="UMAP 2 (arbitrary units)")
        axes.set_aspect("equal", adjustable="datalim")
    left.set_title("reference or generated")
    right.set_title("cell types of both")
    sizes = table["source"].value_counts()
    left.legend(handles=dots({f"{name} ({sizes.get(name, 0):,})": c for name, c in SOURCE_COLOURS.items()}), loc="best")
    present = set(table["cell_type"])
    type_legend(right, {name: colour for name, colour in colours.items() if name in present})
    return drawn


def _layout(reference: ad.AnnData, cells: ad.AnnData, seed: int) -> tuple[np.ndarray, int, int]:
    """Return positions (reference cells, then generated cells × 2) and the numbers of genes and components used."""
    from umap import UMAP  # takes seconds to import, and most samples of a cohort have no such map

    variance = moments(reference.X, np.ones(reference.n_obs))[1]
    variable = np.sort(np.argsort(-variance, kind="stable")[:MOST_GENES])
    values = sp.vstack([sp.csr_matrix(reference.X)[:, variable], sp.csr_matrix(cells.X)[:, variable]]).toarray()
    components = PCA(min(MOST_COMPONENTS, *values.shape), svd_solver="randomized", random_state=seed)
    points = components.fit_transform(values)
    umap = UMAP(
        n_neighbors=NEIGHBOURS, min_dist=MINIMUM_DISTANCE, random_state=seed, n_jobs=1, precomputed_knn=_nearest(points)
    )
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "precomputed_knn", UserWarning)  # of new cells, which are none
        return umap.fit_transform(points), len(variable), points.shape[1]


def _nearest(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the nearest points of each and their distances, itself first: exact, where UMAP's own search compiles."""
    number = min(NEIGHBOURS, len(points))
    distance, place = NearestNeighbors(n_neighbors=number).fit(points).kneighbors(points)
    return place, distance


def _at_most(adata: ad.AnnData, most: int, rng: np.random.Generator) -> ad.AnnData:
    """Return at most ``most`` cells, drawn at random, in the order of the file."""
    if adata.n_obs <= most:
        return adata
    return adata[np.sort(rng.choice(adata.n_obs, most, replace=False))]
