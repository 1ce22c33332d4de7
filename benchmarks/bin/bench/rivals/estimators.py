"""Estimators of proportions under one interface: the pipeline's own, the published one, and simple rivals."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import scipy.sparse as sp
from bulk2space.composition.bulk import METHODS, estimate
from bulk2space.composition.fractions import Fractions, fractions_of
from bulk2space.composition.profile import ReferenceProfile
from bulk2space.composition.residual import misfit
from bulk2space.numerics.nnls import nnls_gram

REWEIGHTING_ROUNDS = 30
EM_ROUNDS = 500


class Estimator(NamedTuple):
    """A way to estimate proportions.

    Attributes
    ----------
    fit
        Function from linear expression per 10 000 (samples × genes) and a profile to fractions (samples × types).
    markers_per_type
        Number of marker genes of each type.
    method
        Its name in the pipeline, where it has intervals.
    """

    fit: Callable[[sp.csr_matrix, ReferenceProfile], Fractions]
    markers_per_type: int = 100
    method: str | None = None


def own(method: str, **options) -> Callable[[sp.csr_matrix, ReferenceProfile], Fractions]:
    """Return one of the pipeline's methods."""
    return lambda expression, profile: estimate(expression, profile, method=method, **options)


def one_by_one(expression: sp.csr_matrix, profile: ReferenceProfile) -> Fractions:
    """Fit every sample as if it were the only one of its file, so that no factor of a gene can be estimated."""
    fits = [estimate(expression[i], profile) for i in range(expression.shape[0])]
    return Fractions(*(np.concatenate(part) for part in zip(*fits, strict=True)))


def by_coefficients(solve: Callable[[np.ndarray, np.ndarray], np.ndarray]):
    """Wrap a solver of dense expression (samples × genes) and means (types × genes) into an estimator."""

    def fit(expression: sp.csr_matrix, profile: ReferenceProfile) -> Fractions:
        rna, cells = fractions_of(solve(expression.toarray().astype(float), profile.means), profile.mrna_content)
        return Fractions(rna, cells, misfit(expression, rna, profile.means))

    return fit


def scaled_nnls(values: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return coefficients of least squares after dividing each gene by its largest type mean, samples × types."""
    scale = 1 / (means.max(axis=0) + 1)
    return nnls_gram((means * scale) @ (means * scale).T, (values * scale) @ (means * scale).T)


def dampened_nnls(values: np.ndarray, means: np.ndarray, *, damping: float = 100.0) -> np.ndarray:
    """Return coefficients of least squares weighted by 1 / fit², samples × types.

    Weights are at most ``damping`` times the smallest one: the idea of DWLS (Tsoucas et al. 2019) in own code.
    """
    x = scaled_nnls(values, means)
    for _ in range(REWEIGHTING_ROUNDS):
        weights = 1 / np.maximum(x @ means, 1e-3) ** 2
        weights = np.minimum(weights, damping * weights.min(axis=1, keepdims=True))
        x = (x + weighted_nnls(values, means, weights)) / 2
    return x


def residual_nnls(values: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return coefficients of least squares weighted by 1 / own squared residual, samples × types.

    This is the last step of MuSiC (Wang et al. 2019) in own code.
    """
    x = scaled_nnls(values, means)
    for _ in range(REWEIGHTING_ROUNDS):
        x = weighted_nnls(values, means, 1 / ((values - x @ means) ** 2 + 1))
    return x


def poisson_em(values: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the fixed point of the Poisson likelihood, samples × types.

    This is the fixed point of InstaPrism (Hu and Chikina 2024) in own code.
    """
    means = means + 1e-3
    x = np.repeat(values.sum(axis=1, keepdims=True) / means.sum(), len(means), axis=1)
    for _ in range(EM_ROUNDS):
        x *= (values / (x @ means + 1e-12)) @ means.T / means.sum(axis=1)
    return x


def weighted_nnls(values: np.ndarray, means: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return coefficients of non-negative least squares with a weight per sample and gene, samples × types."""
    grams = np.einsum("sg,tg,ug->stu", weights, means, means, optimize=True)
    return nnls_gram(grams, (weights * values) @ means.T)


ESTIMATORS = {
    **{name: Estimator(own(name), method=name) for name in METHODS},
    "paper": Estimator(own("log_nnls"), 500, "log_nnls"),
    "one_by_one": Estimator(one_by_one),
    "no_sparse_prior": Estimator(own("negative_binomial", sparsity=0.0)),
    "scaled_nnls": Estimator(by_coefficients(scaled_nnls)),
    "dampened_nnls": Estimator(by_coefficients(dampened_nnls)),
    "residual_nnls": Estimator(by_coefficients(residual_nnls)),
    "poisson_em": Estimator(by_coefficients(poisson_em)),
}
