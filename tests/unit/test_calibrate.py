"""Weights of reference cells by a bulk: a hidden state within a type, of which a bulk holds more or less."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.expression import counts_or_linear
from bulk2space.generator.calibrate import LARGEST_LOG_FACTOR, Calibration, Calibrator, gene_factors
from bulk2space.generator.source_cells import BOUNDS
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.scaling import TARGET_SUM, log_normalize

GENES, MODULE = 600, np.arange(40)
NAMES = [f"g{i}" for i in range(GENES)]
SIZES = np.array([200, 200, 20])  # of the reference's types a, b and c
CODES = np.repeat([0, 1, 2], SIZES)
STATE = (CODES == 0) & (np.arange(len(CODES)) % 2 == 0)  # half of the cells of a have the module's genes up
BULK = np.repeat([0, 1, 2], [400, 300, 100])
_rng = np.random.default_rng(0)
RATES = _rng.gamma(0.8, 1.5, GENES) * np.exp(_rng.normal(0, 0.5, (3, GENES))) + 0.05


def rates(types, up):
    found = RATES[types].copy()
    found[np.ix_(up, MODULE)] *= 4
    return found


def make(counts=True):
    rng = np.random.default_rng(1)
    raw = rng.poisson(rates(CODES, STATE) * rng.uniform(0.7, 1.4, (len(CODES), 1))).astype(np.float32)
    cells = ad.AnnData(log_normalize(sp.csr_matrix(raw)), obs=pd.DataFrame(index=[f"cell{i}" for i in range(len(raw))]))
    cells.obs["cell_type"], cells.var_names = pd.Categorical(np.array(list("abc"))[CODES]), NAMES
    if counts:
        cells.layers["counts"] = sp.csr_matrix(raw)
    return cells


def mixed(share, *, seed=0, types=BULK, platform=None):
    """Return the sum of new cells and the types' true proportions of mRNA; of type a, this share is in the state."""
    rng = np.random.default_rng(seed)
    mean = rates(types, (types == 0) & (rng.random(len(types)) < share))
    total = rng.poisson(mean).sum(axis=0) * np.exp(0 if platform is None else platform)
    fraction = np.bincount(types, mean.sum(axis=1), 3)
    return total, fraction / fraction.sum()


def fitted(reference, *bulks, sample=0, seed=1) -> Calibration:
    expression, fractions = (np.array(part) for part in zip(*bulks, strict=True))
    return Calibrator(reference, NAMES, expression, fractions).calibrate(sample, seed=seed)


def weight_of_the_state(found):
    return found.weights[STATE].sum() / found.weights[CODES == 0].sum()


@pytest.fixture(scope="module")
def reference():
    return make()


@pytest.mark.parametrize("seed", [0, 1])
@pytest.mark.parametrize("share", [0.95, 0.05])
def test_a_bulk_of_cells_in_one_state_asks_for_its_cells(reference, share, seed):
    found = fitted(reference, mixed(share, seed=seed))
    assert found.tried
    assert found.used
    assert found.reason == ""
    assert found.error < 0.9
    assert found.n_genes > 500
    of_state = weight_of_the_state(found)  # 0.5 unweighted
    assert of_state > 0.7 if share > 0.5 else of_state < 0.35
    low, high = BOUNDS
    assert (low, high) == (0.2, 5.0)
    assert found.weights.min() >= low - 1e-9
    assert found.weights.max() <= high + 1e-9
    np.testing.assert_allclose(np.bincount(CODES, found.weights) / SIZES, 1, atol=1e-6)


def test_the_weighted_sum_is_nearer_to_the_bulk(reference):
    """Also on cells' counts themselves: the module's genes, in a, are as high as in the bulk's cells."""
    found = fitted(reference, mixed(0.95))
    own = reference.layers["counts"].toarray()[CODES == 0]
    truth = rates(np.zeros(1, int), np.array([True]))[0]
    error = []
    for weights in (np.ones(len(own)), found.weights[CODES == 0]):
        profile = weights @ own
        error.append(np.abs(np.log(profile / profile.sum() * truth.sum() / truth))[MODULE].mean())
    assert error[1] < 0.6 * error[0]


def test_the_effective_sample_size_is_kishs(reference):
    found = fitted(reference, mixed(0.95))
    assert list(found.effective.index) == ["a", "b", "c"]
    for name in "abc":
        weights = found.weights[(reference.obs["cell_type"] == name).to_numpy()]
        assert found.effective[name] == pytest.approx(weights.sum() ** 2 / (weights**2).sum() / len(weights))
    assert found.effective["a"] < 0.8 < found.effective["b"]
    assert found.effective["c"] == 1


@pytest.mark.parametrize("seed", range(3))
def test_a_bulk_like_the_reference_is_not_used(reference, seed):
    found = fitted(reference, mixed(0.5, seed=seed))
    assert not found.used
    assert (found.weights == 1).all()
    assert (found.effective == 1).all()
    assert found.tried
    assert found.error > 0.9
    better = "no better" if found.error >= 1 else "not clearly better"
    assert f"{better}: the squared error was {found.error:.3f} times the error with equal weights" in found.reason
    assert "weights" not in found.record(reference.obs_names)


@pytest.mark.parametrize("seed", range(3))
def test_noise_of_a_platform_is_not_used(reference, seed):
    """Factors of genes, independent of each other, are no state of cells; large ones neither."""
    platform = np.random.default_rng(seed).normal(0, (0.2, 0.4, 0.8)[seed], GENES)
    found = fitted(reference, mixed(0.5, seed=seed, platform=platform))
    assert not found.used
    assert (found.weights == 1).all()


def of_one_file(shares=(0.95, 0.5, 0.5, 0.5, 0.4)):
    """Samples that share a platform, whose genes' log factors are returned too."""
    platform = np.random.default_rng(3).normal(0, 0.7, GENES)
    return [mixed(share, seed=10 + k, platform=platform) for k, share in enumerate(shares)], platform


def predicted(reference, bulks):
    profiles = type_means(counts_or_linear(reference), reference.obs["cell_type"].to_numpy(str))[1]
    profiles *= TARGET_SUM / profiles.sum(axis=1, keepdims=True)
    expression, fractions = (np.array(part) for part in zip(*bulks, strict=True))
    return TARGET_SUM * expression / expression.sum(axis=1, keepdims=True), fractions @ profiles


def test_a_factor_that_samples_share_is_found(reference):
    bulks, platform = of_one_file()
    factors = gene_factors(*predicted(reference, bulks))
    assert factors.shape == (5, GENES)
    for own in factors:
        assert np.corrcoef(own, platform)[0, 1] > 0.97
        assert np.std(own - platform) < 0.2 * np.std(platform)
    # of its own deviation a sample's factors know nothing, those of the others do
    own = np.random.default_rng(0).normal(0, 0.5, GENES)
    measured, expected = predicted(reference, [(bulks[0][0] * np.exp(own), bulks[0][1]), *bulks[1:]])
    moved = gene_factors(measured, expected) - factors
    assert abs(np.corrcoef(moved[0], own)[0, 1]) < 0.15
    assert all(np.corrcoef(row, own)[0, 1] > 0.6 for row in moved[1:])


@pytest.mark.parametrize("n", [1, 2, 3])
def test_fewer_than_three_other_samples_show_no_factors(reference, n):
    bulks, _ = of_one_file()
    assert (gene_factors(*predicted(reference, bulks[:n])) == 0).all()
    assert (gene_factors(*predicted(reference, bulks[:4])) != 0).any()


def test_factors_that_samples_disagree_on_are_small_and_none_is_extreme():
    rng = np.random.default_rng(0)
    expected = np.full((6, 300), 20.0)
    apart = gene_factors(expected * np.exp(rng.normal(0, 0.5, expected.shape)), expected)
    assert apart.std() < 0.5 * 0.5 / np.sqrt(5)  # half of what the means of five others spread
    assert gene_factors(expected * 1e4, expected).max() == LARGEST_LOG_FACTOR


def test_a_state_is_found_through_a_platform_that_samples_share(reference):
    bulks, _ = of_one_file()
    found = fitted(reference, *bulks)
    assert found.used
    assert weight_of_the_state(found) > 0.65
    # the sample alone is hidden behind its platform
    assert weight_of_the_state(found) > weight_of_the_state(fitted(reference, bulks[0])) + 0.1


def test_which_sample_is_asked_for_matters(reference):
    bulks, _ = of_one_file((0.95, 0.5, 0.5, 0.5, 0.05))
    high, low = (weight_of_the_state(fitted(reference, *bulks, sample=k)) for k in (0, 4))
    assert high > 0.65
    assert low < 0.4
    reordered = fitted(reference, *bulks[::-1], sample=4)
    np.testing.assert_allclose(reordered.weights, fitted(reference, *bulks).weights, rtol=1e-9)


def test_types_of_few_cells_and_types_that_the_bulk_has_none_of_keep_their_cells(reference):
    found = fitted(reference, mixed(0.95))
    assert (found.weights[CODES == 2] == 1).all()  # twenty cells
    assert (found.weights[CODES == 1] != 1).any()
    found = fitted(reference, mixed(0.95, types=BULK[BULK != 1]))
    assert found.used
    assert (found.weights[CODES != 0] == 1).all()  # the bulk has none of b


def test_without_any_type_to_weight_nothing_is_done(reference):
    few = reference[CODES == 2].copy()
    found = Calibrator(few, NAMES, RATES[2:], np.ones((1, 1))).calibrate(0, seed=1)
    assert not found.used
    assert (found.weights == np.ones(20)).all()
    assert not found.tried
    assert np.isnan(found.error)
    assert found.reason == "no type that the bulk holds has 30 reference cells"


def test_too_few_genes_say_nothing(reference):
    """Ten components need 200 genes."""
    expression, fraction = mixed(0.95)
    names = NAMES[:150]
    found = Calibrator(reference, names, expression[None, :150], fraction[None]).calibrate(0, seed=1)
    assert not found.used
    assert found.n_genes <= 150
    assert not found.tried
    assert np.isnan(found.error)
    assert found.reason.endswith("are expressed enough, and 200 are needed")
    assert (found.weights == 1).all()


def test_the_bulks_scale_does_not_matter(reference):
    expression, fraction = mixed(0.95)
    first, second = (fitted(reference, (expression * scale, fraction)).weights for scale in (1, 1e-3))
    np.testing.assert_allclose(first, second, rtol=1e-6)


def test_weights_are_the_same_again(reference):
    first, second = (fitted(reference, mixed(0.95)) for _ in range(2))
    np.testing.assert_array_equal(first.weights, second.weights)
    assert first.error == second.error
    assert fitted(reference, mixed(0.95), seed=2).error != first.error  # other folds of genes


def test_a_reference_without_counts_is_weighted_too(reference):
    bare = make(counts=False)
    assert "counts" not in bare.layers
    found = fitted(bare, mixed(0.95))
    assert found.used
    assert weight_of_the_state(found) > 0.7
    assert not fitted(bare, mixed(0.5)).used


def test_bulks_of_equal_proportions_ask_for_other_cells(reference):
    (high, fraction), (low, _) = mixed(0.95), mixed(0.05)
    first, second = fitted(reference, (high, fraction)), fitted(reference, (low, fraction))
    assert first.used
    assert second.used
    assert np.corrcoef(first.weights[CODES == 0], second.weights[CODES == 0])[0, 1] < -0.5


def test_a_type_without_any_of_the_bulks_genes_keeps_its_cells(reference):
    """Its proportion is then 0, and the other types are weighted as before."""
    bare = reference.copy()
    for values in (bare.X, bare.layers["counts"]):
        values.data[np.repeat(CODES == 1, np.diff(values.indptr))] = 0
    found = fitted(bare, mixed(0.95, types=BULK[BULK != 1]))
    assert found.used
    assert weight_of_the_state(found) > 0.7
    assert np.isfinite(found.error)
    assert (found.weights[CODES != 0] == 1).all()
