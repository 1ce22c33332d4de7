import numpy as np
import pytest
from bulk2space.composition.support import support

RNG = np.random.default_rng(0)
TYPES = ["A", "B", "C"]
N = 50  # markers of each type
MEANS = np.full((3, 3 * N), 0.01)
for number in range(3):
    MEANS[number, number * N : (number + 1) * N] = RNG.gamma(2, 5, N) + 1
RANKED = {name: np.arange(number * N, (number + 1) * N) for number, name in enumerate(TYPES)}
ALL = np.ones(3 * N, dtype=bool)
RNA = np.array([0.6, 0.4, 0.0])


def supported(expression: np.ndarray, **options: float):
    return support(expression, MEANS, RNA, TYPES, RANKED, ALL, **options)


def test_a_mixture_of_the_types_is_supported_whatever_its_scale():
    for scale in (1, 0.1):
        found = supported(RNA @ MEANS * scale)
        assert found.correlation > 0.99
        assert found.agreement > 0.9
        assert found.types.loc[["A", "B"], "missing"].tolist() == [0, 0]
        assert found.types.loc[["A", "B"], "own_markers"].tolist() == [20, 20]
        assert found.types["spread"]["A"] < 0.1


def test_a_type_without_rna_has_no_own_markers():
    found = supported(RNA @ MEANS)
    assert found.types["own_markers"]["C"] == 0
    assert np.isnan(found.types["missing"]["C"])


def test_missing_markers_are_counted_for_their_type():
    expression = RNA @ MEANS
    expression[:8] = 0  # eight of the twenty best markers of A
    found = supported(expression)
    assert found.types["missing"]["A"] == pytest.approx(8 / 20)
    assert found.types["missing"]["B"] == 0
    assert found.agreement < supported(RNA @ MEANS).agreement - 0.1


def test_a_factor_for_a_whole_type_is_no_spread_and_one_for_each_gene_is():
    platform = np.where(np.arange(3 * N) < N, 0.5, 1)
    assert supported(RNA @ MEANS * platform).types["spread"]["A"] < 0.2
    noisy = RNA @ MEANS * np.exp2(RNG.normal(0, 3, 3 * N))
    assert supported(noisy).types["spread"]["A"] > 1
    assert supported(noisy).agreement < 0.4


def test_genes_of_another_tissue_give_no_support():
    shuffled = RNG.permutation(RNA @ MEANS)
    assert supported(shuffled).agreement < 0.1


def test_with_few_counts_absence_says_less():
    expression = RNA @ MEANS / (RNA @ MEANS).sum() * 1e4
    depth = 300
    drawn = RNG.poisson(expression * depth / 1e4) * 1e4 / depth
    assert supported(drawn, depth=depth).agreement > supported(drawn).agreement + 0.05
    assert supported(drawn, depth=depth).agreement > 0.6
