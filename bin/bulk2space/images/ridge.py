"""Ridge regression on principal components, with the penalty that predicts best."""

import numpy as np

PENALTIES_PER_CELL = np.geomspace(1e-2, 1e2, 17)  # that are tried


def ridge_coefficients(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Regress the target on principal components, by ridge with a penalty from generalised cross-validation.

    Golub, Heath and Wahba 1979, Technometrics 21:215. The components are uncorrelated, so each is shrunk by itself.

    Parameters
    ----------
    scores
        Principal components of standardised values, cells × components.
    target
        Centred, cells × columns.

    Returns
    -------
    Coefficients, components × columns, float32.
    """
    power = np.square(scores, dtype=np.float64).sum(axis=0)
    shared = scores.T.astype(np.float64) @ target
    slopes = np.divide(shared, power[:, None], out=np.zeros_like(shared), where=power[:, None] > 0)
    explained = (slopes * shared).sum(axis=1)
    kept = power / (power + PENALTIES_PER_CELL[:, None] * len(scores))  # penalties × components
    residual = np.square(target, dtype=np.float64).sum() - ((2 * kept - kept**2) * explained).sum(axis=1)
    error = residual / (1 - kept.sum(axis=1) / len(scores)) ** 2
    return (kept[error.argmin()][:, None] * slopes).astype(np.float32)
