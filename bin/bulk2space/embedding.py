"""UMAP in plain NumPy (McInnes, Healy & Melville 2018, arXiv:1802.03426) for one picture of a few thousand cells.

The same graph, loss and sampling as umap-learn, with every epoch's edges moved at once. umap-learn compiles itself for
15 to 40 seconds in each process; a picture of a thousand cells takes about three here.
"""

import numpy as np
import scipy.sparse as sp
from scipy.optimize import curve_fit
from sklearn.decomposition import PCA
from sklearn.neighbors import NearestNeighbors


def principal_components(values: np.ndarray, *, components: int, seed: int) -> np.ndarray:
    """Return the leading principal components of cells × genes as cells × components (float64)."""
    components = min(components, min(values.shape) - 1)
    return PCA(components, svd_solver="randomized", random_state=seed).fit_transform(values.astype(np.float64))


def fuzzy_graph(points: np.ndarray, *, neighbors: int) -> sp.coo_matrix:
    """Build UMAP's weighted neighbour graph.

    Parameters
    ----------
    points
        Cells × dimensions.
    neighbors
        Size of a neighbourhood, without the cell itself.

    Returns
    -------
    Symmetric cells × cells matrix with weights in (0, 1]: the probability that an edge exists from either side.
    """
    neighbors = min(neighbors, len(points) - 1)
    distances, indices = NearestNeighbors(n_neighbors=neighbors).fit(points).kneighbors()
    # Local connectivity 1: each cell is tied with weight 1 to its nearest neighbour.
    excess = np.maximum(distances - distances[:, :1], 0)
    # The kernel's width makes the weights of a neighbourhood sum to log2(neighbors); bisection, all cells at once.
    low, high = np.zeros(len(points)), np.full(len(points), excess.max() + 1.0)
    for _ in range(48):
        width = (low + high) / 2
        too_wide = np.exp(-excess / width[:, None]).sum(axis=1) > np.log2(neighbors)
        high, low = np.where(too_wide, width, high), np.where(too_wide, low, width)
    weights = np.exp(-excess / np.maximum(high, 1e-3 * distances.mean() + 1e-12)[:, None])
    rows = np.repeat(np.arange(len(points)), indices.shape[1])
    directed = sp.csr_matrix((weights.ravel(), (rows, indices.ravel())), shape=(len(points), len(points)))
    return sp.coo_matrix(directed + directed.T - directed.multiply(directed.T))


def curve(min_dist: float, spread: float = 1.0) -> tuple[float, float]:
    """Return a and b of 1 / (1 + a d^2b), fitted to a flat top of ``min_dist`` and an exponential fall."""
    distance = np.linspace(0, 3 * spread, 300)
    target = np.where(distance < min_dist, 1.0, np.exp(-(distance - min_dist) / spread))
    (a, b), _ = curve_fit(lambda d, a, b: 1 / (1 + a * d ** (2 * b)), distance, target)
    return float(a), float(b)


def umap(
    points: np.ndarray,
    *,
    neighbors: int = 15,
    min_dist: float = 0.3,
    epochs: int = 300,
    negatives: int = 5,
    rng: np.random.Generator,
) -> np.ndarray:
    """Lay out cells in two dimensions.

    Parameters
    ----------
    points
        Cells × dimensions, for instance principal components; the first two columns start the layout.
    neighbors, min_dist, epochs, negatives
        UMAP's own parameters: neighbourhood, closeness allowed in the layout, passes over the edges, repelled cells
        drawn for each edge.
    rng
        Source of the sampling; the same generator state gives the same layout.

    Returns
    -------
    Cells × 2 (float64), arbitrary units.
    """
    graph = fuzzy_graph(points, neighbors=neighbors)
    a, b = curve(min_dist)
    start = points[:, :2] - points[:, :2].mean(axis=0)
    layout = 10 * start / np.abs(start).max() + rng.normal(scale=1e-3, size=(len(points), 2))
    chance = graph.data / graph.data.max()
    for epoch in range(epochs):
        drawn = rng.random(len(chance)) < chance
        head, tail = graph.row[drawn], graph.col[drawn]
        step = layout[head] - layout[tail]
        square = np.maximum((step**2).sum(axis=1), 1e-12)
        pull = -2 * a * b * square ** (b - 1) / (1 + a * square**b)
        force = np.clip(pull[:, None] * step, -4, 4)

        away_from = rng.integers(len(points), size=(len(head), negatives))
        apart = layout[head][:, None] - layout[away_from]
        square = (apart**2).sum(axis=2)
        push = 2 * b / ((0.001 + square) * (1 + a * square**b))
        force += np.clip(push[..., None] * apart, -4, 4).sum(axis=1)

        # Only heads move: the graph is symmetric, so each cell is head of all its edges.
        rate = 1 - epoch / epochs
        for axis in range(2):
            layout[:, axis] += rate * np.bincount(head, weights=force[:, axis], minlength=len(points))
    return layout
