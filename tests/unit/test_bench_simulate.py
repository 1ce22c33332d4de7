"""The benchmark's simulations: who is held out, what noise changes, what a bulk is made of."""

import numpy as np
import pytest
import scipy.sparse as sp
from bench.cases import noise, splits
from bulk2space.contract.problems import InputError

TYPES = np.repeat(["A", "B", "C"], [60, 30, 10])


def test_halves_share_no_cell_and_leave_none_out():
    known, held = splits.halves(101)
    assert len(known) == 51
    assert sorted([*known, *held]) == list(range(101))
    assert (np.diff(known) > 0).all()
    assert not np.array_equal(known, np.arange(51)), "in random order"


def test_halves_of_some_cells_are_half_as_large():
    known, held = splits.halves(1000, most=100)
    assert len(known) == len(held) == 50
    assert not set(known) & set(held)
    assert max(known) > 100, "drawn from all cells"


def test_technologies_are_set_apart_by_types_that_both_have():
    technology = np.array(["x"] * 30 + ["y"] * 30)
    kinds = np.array(["A"] * 10 + ["B"] * 10 + ["C"] * 10 + ["A"] * 12 + ["B"] * 11 + ["C"] * 7)
    known, held = splits.between(technology, kinds, "x", "y")
    assert known.tolist() == list(range(20))
    assert held.tolist() == list(range(30, 53)), "7 cells of C are too few"


def test_unknown_and_foreign_technologies_are_told_in_a_sentence():
    with pytest.raises(InputError, match="technology z is not in the set, it has x, y"):
        splits.between(np.array(["x", "y"]), np.array(["A", "A"]), "x", "z")
    with pytest.raises(InputError, match="share 0 types of 8 cells"):
        splits.between(np.array(["x", "y"]), np.array(["A", "A"]), "x", "y")


@pytest.mark.parametrize("share", [0.1, 0.37, 0.9])
def test_label_noise_changes_exactly_its_share(share):
    changed = noise.mislabelled(TYPES, share, np.random.default_rng(1))
    assert (changed != TYPES).sum() == round(share * len(TYPES))
    assert set(changed) <= set(TYPES)


def test_expression_noise_disturbs_exactly_its_share_and_keeps_counts():
    rng = np.random.default_rng(2)
    counts = sp.csr_matrix(rng.poisson(0.5, (50, 40)).astype(np.float32))
    noised = noise.noisy(counts, 0.3, np.random.default_rng(3)).toarray()
    differ = (noised != counts.toarray()).any(axis=1)
    assert differ.sum() == 15
    assert noised.min() == 0
    assert (noised == np.rint(noised)).all()
    assert counts.max() < noised.max() <= 2 * counts.max()
    assert noised[differ].mean() > 1.5 * counts.toarray()[differ].mean()


def test_genes_kept_are_those_that_vary():
    rng = np.random.default_rng(4)
    values = rng.poisson(3.0, (60, 200)).astype(np.float32)
    values[:30, [2, 7]] = 40
    values[:, 5] = 0
    assert splits.variable_genes(sp.csr_matrix(values), 2).tolist() == [2, 7]
    assert 5 not in splits.variable_genes(sp.csr_matrix(values), None)


def test_compositions_are_of_held_out_cells_and_differ():
    drawn = splits.compositions(TYPES, ["own", "second", "third"])
    assert drawn["own"].tolist() == list(range(100))
    shares = {name: [np.mean(TYPES[cells] == kind) for kind in "ABC"] for name, cells in drawn.items()}
    for name, cells in drawn.items():
        assert len(cells) == 100
        assert sum(shares[name]) == pytest.approx(1)
    assert np.abs(np.subtract(shares["second"], shares["own"])).max() > 0.1
    assert np.abs(np.subtract(shares["second"], shares["third"])).max() > 0.1
    again = splits.compositions(TYPES, ["own", "second"])
    assert again["second"].tolist() == drawn["second"].tolist()
