"""Expression by cell type and sample by the model of bMIND (Wang et al. 2021, Genome Res 31:1807), in own code.

Of each gene, ``x_i = w_i · a_i + e_i``: the log value x of sample i is the sum of its types' log values a, weighted by
the proportions w. The values of the types vary around means of the cohort, and these around the reference's profile.
All are normal. bMIND draws from the posterior distribution (package MCMCglmm). Here the covariance of the types is held
at the mean that bMIND's prior gives it, and the variance of the error is the most probable one. The posterior mean of
what remains has a closed form.
"""

import numpy as np

MEAN_VARIANCE = 0.5  # of the cohort's means around the profile, bMIND's default, in log2 units squared
ERRORS = np.array([0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0])  # variances of the error that are tried, of the bulk's own
LEAST_VARIANCE = 1e-4  # of a gene's bulk: equal samples have some error, too
PER_MILLION = 100  # of a value per 10 000
GENES_AT_ONCE = 500


def expression(bulk: np.ndarray, fraction: np.ndarray, profile: np.ndarray) -> np.ndarray:
    """Return log2 expression per million of each type in each sample, types × samples × genes.

    Parameters
    ----------
    bulk
        Linear expression per 10 000, samples × genes.
    fraction
        Proportions, samples × types.
    profile
        Mean of each type per 10 000, types × genes.
    """
    x, known = (np.log2(PER_MILLION * values + 1) for values in (bulk, profile))
    away = x - fraction @ known
    spread, errors = variances(x, away, fraction)
    parts = [
        change(
            away[:, start : start + GENES_AT_ONCE],
            fraction,
            spread[start:][:GENES_AT_ONCE],
            errors[start:][:GENES_AT_ONCE],
        )
        for start in range(0, x.shape[1], GENES_AT_ONCE)
    ]
    return np.clip(known[:, None] + np.concatenate(parts, axis=2), x.min(), x.max())


def variances(x: np.ndarray, away: np.ndarray, fraction: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the variance of a type's values between samples, (genes,), and the errors to try, genes × errors.

    With several samples the former is bMIND's default: the variance of the bulk over the sum of the squared mean
    proportions. A single sample has no such variance. Its types then vary as much as the means do, and the error is
    what remains of the mean squared distance of all genes from the profile.

    Parameters
    ----------
    x, away
        Log values of the bulk, and their distance from the profile's, samples × genes.
    fraction
        Samples × types.
    """
    if len(x) == 1:
        explained = 2 * MEAN_VARIANCE * (fraction**2).sum()
        error = max((away**2).mean() - explained, LEAST_VARIANCE)
        return np.full(x.shape[1], MEAN_VARIANCE), np.full((x.shape[1], 1), error)
    own = np.maximum(x.var(axis=0, ddof=1), LEAST_VARIANCE)
    return own / (fraction.mean(axis=0) ** 2).sum(), own[:, None] * ERRORS


def change(away: np.ndarray, fraction: np.ndarray, spread: np.ndarray, errors: np.ndarray) -> np.ndarray:
    """Return the posterior mean of the types' values less the profile, types × samples × genes.

    Parameters
    ----------
    away
        Bulk less what the profile predicts, samples × genes.
    fraction
        Samples × types.
    spread
        Variance of a type between samples, (genes,).
    errors
        Variances of the error to choose from, genes × errors.
    """
    own = (fraction**2).sum(axis=1)
    common = MEAN_VARIANCE * fraction @ fraction.T + spread[:, None, None] * np.diag(own)
    best, weight = np.full(len(spread), -np.inf), np.zeros(away.T.shape)
    for error in errors.T:
        covariance = common + error[:, None, None] * np.eye(len(fraction))
        solved = np.linalg.solve(covariance, away.T[:, :, None])[:, :, 0]
        likelihood = -np.linalg.slogdet(covariance)[1] - (solved * away.T).sum(axis=1)
        better = likelihood > best
        best, weight = np.where(better, likelihood, best), np.where(better[:, None], solved, weight)
    shared = MEAN_VARIANCE * fraction.T @ weight.T
    return shared[:, None] + spread * fraction.T[:, :, None] * weight.T
