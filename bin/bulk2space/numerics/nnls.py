"""Many small non-negative least squares problems at once."""

import logging

import numpy as np
from array_api_compat import array_namespace, device

log = logging.getLogger(__name__)


def nnls_gram(gram: np.ndarray, inner: np.ndarray, *, max_iterations: int = 500) -> np.ndarray:
    """Solve many non-negative least squares problems at once by block principal pivoting.

    Minimises ``xᵀGx/2 - bᵀx`` over ``x ≥ 0`` for every row b (Kim and Park 2011, SIAM J. Sci. Comput. 33:3261). All
    variables that violate a condition change sides together. Where that does not reduce their number, they change one
    at a time, which guarantees that the search ends. The arrays may be those of NumPy or of PyTorch.

    Parameters
    ----------
    gram
        ``C Cᵀ``, types × types, or one for each problem, problems × types × types.
    inner
        ``C x`` of each problem, problems × types.

    Returns
    -------
    Coefficients, problems × types.
    """
    xp = array_namespace(inner)
    problems, n = inner.shape
    one = xp.eye(n, dtype=xp.float64, device=device(inner))
    gram = xp.broadcast_to(xp.astype(gram, xp.float64), (problems, n, n))
    # unit diagonal, and a ridge far below the data's noise, so that equal profiles still have one solution
    root = xp.sqrt(xp.linalg.diagonal(gram))
    root = xp.where(root > 0, root, xp.ones_like(root))
    gram = gram / (root[:, :, None] * root[:, None, :]) + 1e-12 * one
    inner = inner / root

    x, dual = xp.zeros_like(inner), -inner
    passive = xp.zeros_like(inner, dtype=xp.bool)
    fewest = xp.full_like(inner[:, 0], n + 1, dtype=xp.int64)
    patience = xp.full_like(fewest, 3)
    number = xp.arange(n, device=device(inner))
    tolerance = 1e-10 * (xp.max(xp.abs(inner), axis=1, keepdims=True) + 1e-300)
    for _ in range(max_iterations):
        wrong = xp.where(passive, x < -tolerance, dual < -tolerance)
        count = xp.sum(wrong, axis=1)
        (active,) = xp.nonzero(count)
        if not len(active):
            break
        better = count[active] < fewest[active]
        fewest[active] = xp.where(better, count[active], fewest[active])
        patience[active] = xp.where(better, 3, patience[active] - 1)
        last = xp.max(xp.where(wrong[active], number, -1), axis=1)
        single = number == last[:, None]
        chosen = passive[active] ^ xp.where(patience[active][:, None] >= 0, wrong[active], single)
        passive[active] = chosen

        masked = xp.where(chosen[:, :, None] & chosen[:, None, :], gram[active], one)
        right = xp.where(chosen, inner[active], xp.zeros_like(inner[active]))
        x[active] = xp.linalg.solve(masked, right[:, :, None])[:, :, 0]
        dual[active] = (gram[active] @ x[active][:, :, None])[:, :, 0] - inner[active]
    else:
        log.warning("%d of %d non-negative fits did not converge", len(active), problems)
    return xp.maximum(x, xp.zeros_like(x)) / root
