"""New latent positions of each cell type, of no single cell: a normal distribution fitted to the type's cells.

Also run in the environment of another tool: it needs NumPy alone.
"""

import numpy as np


def positions(
    means: np.ndarray, variances: np.ndarray, totals: np.ndarray, codes: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Return as many new positions and totals as there are cells, of the same types in the same order.

    Position and logarithm of the total are drawn together, because deep cells lie elsewhere than shallow ones. The
    positions' covariance is that of the cells' means plus the mean of their own variances: the total variance.

    Parameters
    ----------
    means, variances
        Posterior of each cell's latent position, cells × dimensions.
    totals
        Counts of each cell, above 0, (cells,).
    codes
        Type of each cell, (cells,).
    rng
        Source of the draws.
    """
    known = np.column_stack([means, np.log(totals)])  # cells × (dimensions + 1)
    own = np.column_stack([variances, np.zeros(len(totals))])
    drawn = np.empty_like(known, dtype=float)
    for code in np.unique(codes):
        cells = np.flatnonzero(codes == code)
        spread = np.cov(known[cells].T, bias=True) + np.diag(own[cells].mean(axis=0))
        drawn[cells] = rng.multivariate_normal(known[cells].mean(axis=0), spread, len(cells), method="eigh")
    return drawn[:, :-1], np.exp(drawn[:, -1])
