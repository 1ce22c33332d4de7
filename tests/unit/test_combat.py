import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.numerics import combat


def batches(n=400, genes=60, shift=1.5, scale=2.0, seed=0):
    rng = np.random.default_rng(seed)
    mean, spread = rng.uniform(1, 4, genes), rng.uniform(0.3, 1, genes)
    reference = rng.normal(mean, spread, (n, genes))
    gamma = rng.normal(shift, 0.4, genes)
    values = mean + spread * (gamma + np.sqrt(scale) * rng.normal(size=(n, genes)))
    return values, reference, gamma


def moments(standard):
    return standard.mean(axis=0), standard.var(axis=0, ddof=1), len(standard)


def libraries(sizes=(300, 200, 100), genes=80, zeros=True, seed=0):
    """Log expression of batches with a shift and a scale of their own for each gene, and each cell's batch."""
    rng = np.random.default_rng(seed)
    names = rng.permutation(np.repeat([f"batch{i}" for i in range(len(sizes))], sizes))
    codes = np.unique(names, return_inverse=True)[1]
    shift, scale = rng.normal([[0], [1], [-1]], 0.3, (3, genes)), rng.uniform(0.8, 1.2, (3, genes)) * [[1], [2], [0.6]]
    values = 6 + shift[codes] + scale[codes] * rng.normal(size=(len(codes), genes))
    if zeros:
        values[:, : genes // 2] = np.maximum(values[:, : genes // 2] - 6, 0)
    return values, names


def textbook(values, names):
    """ComBat cell by cell, by the matrix formulae."""
    corrected = values.copy()
    batch = [names == name for name in np.unique(names)]
    mean = values.mean(axis=0)
    residual = np.concatenate([values[own] - values[own].mean(axis=0) for own in batch])
    spread = np.sqrt((residual**2).mean(axis=0))
    for own in batch:
        standard = (values[own] - mean) / spread
        location, variance = combat.shrunken(*moments(standard))
        corrected[own] = (standard - location) / np.sqrt(variance) * spread + mean
    return np.maximum(corrected, 0)


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
    location, variance = combat.shrunken(*moments(standard))
    raw = standard.mean(axis=0)
    assert location.std() < raw.std()
    assert np.abs(variance - 2).mean() < np.abs(standard.var(axis=0, ddof=1) - 2).mean()
    assert ((location - gamma) ** 2).mean() < ((raw - gamma) ** 2).mean()


def test_fixed_point_solves_johnsons_equations():
    values, reference, _ = batches(n=30)
    standard = (values - reference.mean(axis=0)) / reference.std(axis=0)
    location, variance = combat.shrunken(*moments(standard))
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


def test_harmonized_batches_have_one_mean_and_spread():
    values, names = libraries(zeros=False)
    out = combat.harmonize(sp.csr_matrix(values), names).toarray()
    means, spreads = (np.array([f(out[names == b], axis=0) for b in np.unique(names)]) for f in (np.mean, np.std))
    np.testing.assert_allclose(means - values.mean(axis=0), 0, atol=0.1)
    np.testing.assert_allclose(spreads / spreads.mean(axis=0), 1, atol=0.1)


def test_harmonize_is_combat_by_the_formulae_whatever_the_blocks(monkeypatch):
    values, names = libraries()
    expected = textbook(values, names)
    for block in (combat.CELLS_PER_BLOCK, 7):
        monkeypatch.setattr(combat, "CELLS_PER_BLOCK", block)
        out = combat.harmonize(sp.csr_matrix(values), names)
        assert (out.format, out.dtype) == ("csr", np.float32)
        assert out.data.min() >= combat.SMALLEST_EXPRESSION
        np.testing.assert_allclose(out.toarray(), expected, rtol=1e-5, atol=2e-6)


def test_the_order_of_cells_changes_nothing():
    values, names = libraries()
    order = np.random.default_rng(1).permutation(len(values))
    out = combat.harmonize(sp.csr_matrix(values), names).toarray()
    shuffled = combat.harmonize(sp.csr_matrix(values[order]), names[order]).toarray()
    np.testing.assert_allclose(shuffled, out[order], rtol=1e-5, atol=2e-6)


def test_genes_without_spread_stay():
    values, names = libraries()
    values[:, 0], values[:, 1] = 0, 1.3
    values[:, 2] = np.where(names == "batch1", 2.0, 0.7)
    out = combat.harmonize(sp.csr_matrix(values), names).toarray()
    np.testing.assert_array_equal(out[:, :3], values[:, :3].astype(np.float32))
    assert np.isfinite(out).all()


def test_of_a_single_cell_the_location_alone_is_corrected():
    values, _ = libraries(zeros=False)
    names = np.repeat(["a", "b"], [len(values) - 1, 1])
    values[-1] += 2
    mean, spread = values.mean(axis=0), values[:-1].std(axis=0)
    standard = (values[-1] - mean) / spread
    out = combat.harmonize(sp.csr_matrix(values), names).toarray()
    # half of what sets its genes apart is the cell's own: it does not become the average cell
    expected = (standard - standard.mean()) / (1 + standard.var(ddof=1))
    np.testing.assert_allclose((out[-1] - mean) / spread, expected, rtol=0.01, atol=0.01)
