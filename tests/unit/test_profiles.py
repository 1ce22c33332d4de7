import numpy as np
import pytest
from bulk2space.generator.profiles import SHIFT_SD, shares_and_shifts, shrunken_shares

PLAIN = np.ones(400)  # as wide as Poisson counts


def simulated(depth, *, types=4, genes=400, markers=40, seed=0):
    """Types with the same shares of all genes except some, each of which is ten times higher in one type.

    Returns counts (types × genes) and true shares.
    """
    rng = np.random.default_rng(seed)
    rates = np.tile(rng.gamma(1.0, 1.0, genes) + 0.1, (types, 1))
    rates[np.arange(markers) % types, np.arange(markers)] *= 10
    share = rates / rates.sum(axis=1, keepdims=True)
    return rng.poisson(share * np.broadcast_to(depth, (types,))[:, None]).astype(float), share


def raw(counts):
    return counts / counts.sum(axis=1, keepdims=True)


def error(found, share):
    """Mean of the squared error relative to the true share."""
    return ((found / share - 1) ** 2).mean()


def test_known_shares_are_recovered():
    counts, share = simulated(2e6)
    found = shrunken_shares(counts, PLAIN)
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(found, share, rtol=0.15)
    assert error(found, share) < 1e-3


def test_a_gene_equal_in_all_types_is_drawn_to_the_mean():
    counts, share = simulated(4e3)
    found, equal = shrunken_shares(counts, PLAIN), slice(40, None)
    assert error(found[:, equal], share[:, equal]) < 0.5 * error(raw(counts)[:, equal], share[:, equal])
    # types agree far better than their raw shares do
    assert found[:, equal].std(axis=0).mean() < 0.5 * raw(counts)[:, equal].std(axis=0).mean()


def test_a_gene_that_clearly_differs_is_left_alone():
    counts, _ = simulated(4e4)
    found = shrunken_shares(counts, PLAIN)
    own = np.arange(40) % 4, np.arange(40)
    plenty = counts[own] > 50
    assert plenty.sum() > 30
    np.testing.assert_allclose(found[own][plenty], raw(counts)[own][plenty], rtol=0.15)
    mean = (counts.sum(axis=0) / counts.sum())[own[1]]
    assert (found[own] > 2 * mean).mean() > 0.9


def test_a_type_of_few_cells_is_drawn_further():
    """The type with a hundredth of the counts gains most, and comes nearer to the true shares than its own counts."""
    counts, share = simulated([4e5, 4e5, 4e5, 4e3])
    found = shrunken_shares(counts, PLAIN)
    moved = np.abs(found - raw(counts))[:, 40:].mean(axis=1)
    assert moved[3] > 3 * moved[:3].max()
    assert error(found[3], share[3]) < 0.5 * error(raw(counts)[3], share[3])
    for t in range(3):
        assert error(found[t], share[t]) <= error(raw(counts)[t], share[t])


def test_counts_that_spread_wider_are_trusted_less():
    """Counts that come 16 at a time say as much as a sixteenth of them."""
    rng = np.random.default_rng(3)
    _, share = simulated(1)
    counts = 16.0 * rng.poisson(share * 4e4 / 16)
    mean = counts.sum(axis=0) / counts.sum()
    found = {spread: shrunken_shares(counts, spread * PLAIN) for spread in (1, 4, 16)}
    gap = [np.abs(found[spread] - mean)[:, 40:].mean() for spread in (1, 4, 16)]
    assert gap[0] > 1.3 * gap[1] > 1.3**2 * gap[2]
    assert error(found[16], share) < 0.5 * error(found[1], share)
    # each gene by its own spread
    mixed = shrunken_shares(counts, np.where(np.arange(400) % 2, 16.0, 1.0))
    for start, spread in ((0, 1), (1, 16)):
        genes = np.arange(start, 400, 2)
        genes = genes[counts[:, genes].any(axis=0)]
        ratio = mixed[:, genes] / found[spread][:, genes]  # the same, up to the rows' sums
        np.testing.assert_allclose(ratio, ratio[:, :1].repeat(len(genes), axis=1), rtol=1e-9)


def test_a_type_without_any_count_of_a_gene_still_has_a_share():
    counts, _ = simulated(2e4)
    counts[2, 100] = 0
    counts[:3, 101], counts[3, 101] = 0, 5000
    found = shrunken_shares(counts, PLAIN)
    assert (found[2, [100, 101]] > 0).all()
    assert found[2, 100] < found[[0, 1, 3], 100].min()  # but a smaller one than types that have counts
    assert found[2, 101] < 0.01 * found[3, 101]  # and next to none of a gene that is another type's alone
    assert np.isfinite(found).all()


def test_a_gene_without_any_count_and_a_type_without_any_do_no_harm():
    counts, _ = simulated(2e4)
    counts[:, 7], counts[1] = 0, 0
    found = shrunken_shares(counts, PLAIN)
    assert (found[:, 7] == 0).all()
    np.testing.assert_allclose(found[1], counts.sum(axis=0) / counts.sum(), rtol=0.02)
    # no share of a profile is 0, because its logarithm is taken
    share, _ = shares_and_shifts(counts[:, None], PLAIN)
    assert share[0, 7] == pytest.approx(0.5 / counts.sum())
    assert np.isfinite(np.log(share)).all()


def test_a_single_type_is_its_own_mean():
    counts, _ = simulated(2e4, types=1)
    np.testing.assert_allclose(shrunken_shares(counts, PLAIN), raw(counts), rtol=1e-9)
    share, shift = shares_and_shifts(counts[:, None], PLAIN)
    assert (shift == 0).all()
    assert shift.shape == (1, 400)
    np.testing.assert_allclose(share, np.maximum(raw(counts), 0.5 / counts.sum()), rtol=1e-9)


def test_two_libraries_are_told_apart_from_types():
    """Types have different proportions in the two libraries, so that no sum over either shows the other's effect."""
    rng = np.random.default_rng(1)
    _, share = simulated(1)
    shift = rng.normal(0, SHIFT_SD, 400)
    depth = np.array([[9e5, 1e5], [1e5, 9e5], [5e5, 5e5], [8e5, 2e5]])
    rates = share[:, None] * np.exp(np.stack([np.zeros(400), shift]))
    sums = rng.poisson(depth[..., None] * rates / rates.sum(axis=2, keepdims=True)).astype(float)
    found, shifts = shares_and_shifts(sums, PLAIN)
    assert np.corrcoef(shifts[1] - shifts[0], shift)[0, 1] > 0.98
    assert (shifts[1] - shifts[0] - shift).std() < 0.1
    together = found[:, None] * np.exp(shifts)  # what types and libraries are said to be
    together /= together.sum(axis=2, keepdims=True)
    np.testing.assert_allclose(together, rates / rates.sum(axis=2, keepdims=True), rtol=0.35)
    # no shift is left between types from different libraries; their raw shares hold all of it
    of_equal = slice(40, None)
    left = np.log(found[0, of_equal] / found[1, of_equal]).std()
    naive = np.log(raw(sums.sum(axis=1))[0, of_equal] / raw(sums.sum(axis=1))[1, of_equal]).std()
    assert left < 0.2 * naive


def test_libraries_that_do_not_differ_have_no_shift():
    _, share = simulated(1)
    rng = np.random.default_rng(2)
    sums = rng.poisson(share[:, None] * np.full((4, 2, 1), 5e5)).astype(float)
    found, shifts = shares_and_shifts(sums, PLAIN)
    assert np.abs(shifts).mean() < 0.03
    assert error(found, share) < 2e-3
