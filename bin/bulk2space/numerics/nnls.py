"""Many small non-negative least squares problems at once."""

import logging

import numpy as np

log = logging.getLogger(__name__)


def nnls_gram(gram: np.ndarray, inner: np.ndarray, *, max_iterations: int = 500) -> np.ndarray:
    """Solve many non-negative least squares problems at once by block principal pivoting.

    Minimises ``xᵀGx/2 - bᵀx`` over ``x ≥ 0`` for every row b (Kim and Park 2011, SIAM J. Sci. Comput. 33:3261). All
    variables that violate a condition change sides together. Where that does not reduce their number, they change one
    at a time, which guarantees that the search ends.

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
    problems, n = inner.shape
    gram = np.broadcast_to(gram, (problems, n, n)).astype(float)
    # unit diagonal, and a ridge far below the data's noise, so that equal profiles still have one solution
    root = np.sqrt(np.einsum("pii->pi", gram))
    root = np.where(root > 0, root, 1)
    gram = gram / (root[:, :, None] * root[:, None, :]) + 1e-12 * np.eye(n)
    inner = inner / root

    passive = np.zeros((problems, n), dtype=bool)
    x = np.zeros((problems, n))
    dual = -inner
    fewest = np.full(problems, n + 1)
    patience = np.full(problems, 3)
    tolerance = 1e-10 * (np.abs(inner).max(axis=1, keepdims=True) + 1e-300)
    for _ in range(max_iterations):
        wrong = np.where(passive, x < -tolerance, dual < -tolerance)
        count = wrong.sum(axis=1)
        active = np.flatnonzero(count)
        if not len(active):
            break
        better = count[active] < fewest[active]
        fewest[active] = np.where(better, count[active], fewest[active])
        patience[active] = np.where(better, 3, patience[active] - 1)
        last = n - 1 - np.argmax(wrong[active][:, ::-1], axis=1)
        single = np.zeros((len(active), n), dtype=bool)
        single[np.arange(len(active)), last] = True
        passive[active] ^= np.where(patience[active, None] >= 0, wrong[active], single)

        chosen = passive[active]
        masked = np.where(chosen[:, :, None] & chosen[:, None, :], gram[active], 0) + np.einsum(
            "pi,ij->pij", ~chosen, np.eye(n)
        )
        x[active] = np.linalg.solve(masked, np.where(chosen, inner[active], 0)[..., None])[..., 0]
        dual[active] = np.einsum("pij,pj->pi", gram[active], x[active]) - inner[active]
    else:
        log.warning("%d of %d non-negative fits did not converge", len(active), problems)
    return np.maximum(x, 0) / root
