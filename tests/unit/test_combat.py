import numpy as np
import pytest
from bulk2space import combat


def batches(n=400, genes=60, shift=1.5, scale=2.0, seed=0):
    rng = np.random.default_rng(seed)
    mean, spread = rng.uniform(1, 4, genes), rng.uniform(0.3, 1, genes)
    reference = rng.normal(mean, spread, (n, genes))
    gamma = rng.normal(shift, 0.4, genes)
    values = mean + spread * (gamma + np.sqrt(scale) * rng.normal(size=(n, genes)))
    return values, reference, gamma


def test_corrected_batch_has_the_reference_batch_mean_and_spread():
    values, reference, _ = batches()
    corrected = combat.align(values, reference)
    spread = reference.std(axis=0)
    assert np.abs((corrected.mean(axis=0) - reference.mean(axis=0)) / spread).max() < 0.05
    np.testing.assert_allclose(corrected.std(axis=0) / spread, 1, atol=0.1)


def test_a_batch_like_the_reference_stays():
    values, reference, _ = batches(shift=0.0, scale=1.0)
    reference = values.copy()
    np.testing.assert_allclose(combat.align(values, reference), values, atol=0.05)


def test_estimates_of_a_small_batch_are_shrunken_towards_all_genes():
    values, _, gamma = batches(n=6, genes=500)
    large = batches(n=2000, genes=500)[1]
    standard = (values - large.mean(axis=0)) / large.std(axis=0)
    location, variance = combat.shrunken(standard)
    raw = standard.mean(axis=0)
    assert location.std() < raw.std()
    assert np.abs(variance - 2).mean() < np.abs(standard.var(axis=0, ddof=1) - 2).mean()
    assert ((location - gamma) ** 2).mean() < ((raw - gamma) ** 2).mean()


def test_fixed_point_solves_johnsons_equations():
    values, reference, _ = batches(n=30)
    standard = (values - reference.mean(axis=0)) / reference.std(axis=0)
    location, variance = combat.shrunken(standard)
    n, raw, sample = 30, standard.mean(axis=0), standard.var(axis=0, ddof=1)
    tau = raw.var(ddof=1)
    np.testing.assert_allclose(
        location, (n * tau * raw + variance * raw.mean()) / (n * tau + variance), rtol=1e-3, atol=1e-4
    )
    shape = 2 + sample.mean() ** 2 / sample.var(ddof=1)
    rate = sample.mean() * (shape - 1)
    squares = ((standard - location) ** 2).sum(axis=0)
    np.testing.assert_allclose(variance, (rate + squares / 2) / (n / 2 + shape - 1), rtol=1e-3)


@pytest.mark.parametrize("where", ["reference", "batch", "both"])
def test_constant_genes_survive(where):
    values, reference, _ = batches()
    if where in ("reference", "both"):
        reference[:, 0] = 0.0
    if where in ("batch", "both"):
        values[:, 0] = 0.0
    corrected = combat.align(values, reference)
    assert np.isfinite(corrected).all()
    if where != "batch":
        np.testing.assert_array_equal(corrected[:, 0], values[:, 0])
    assert np.abs(corrected[:, 1:].mean(axis=0) - reference[:, 1:].mean(axis=0)).max() < 0.1


@pytest.mark.parametrize(("n", "genes"), [(1, 5), (5, 1), (2, 2)])
def test_tiny_batches_stay_finite(n, genes):
    rng = np.random.default_rng(0)
    assert np.isfinite(combat.align(rng.random((n, genes)), rng.random((7, genes)))).all()
