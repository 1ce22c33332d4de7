import numpy as np
import pytest
from bulk2space.images import one_to_one as module
from bulk2space.images.one_to_one import one_hot, one_to_one


def test_a_shuffled_copy_is_put_in_order():
    rng = np.random.default_rng(0)
    cells, order = rng.normal(size=(60, 5)), rng.permutation(60)
    np.testing.assert_array_equal(one_to_one(cells, cells[order], rng), order)


def test_no_cell_twice_over_blocks(monkeypatch):
    monkeypatch.setattr(module, "CELLS_AT_ONCE", 7)
    rng = np.random.default_rng(0)
    chosen = one_to_one(rng.normal(size=(50, 3)), rng.normal(size=(40, 3)), rng)
    assert len(set(chosen)) == 40


@pytest.mark.parametrize("block", [7, 500])
def test_too_few_cells_are_used_equally_often(monkeypatch, caplog, block):
    monkeypatch.setattr(module, "CELLS_AT_ONCE", block)
    rng = np.random.default_rng(0)
    chosen = one_to_one(rng.normal(size=(20, 3)), rng.normal(size=(50, 3)), rng)
    assert set(np.bincount(chosen, minlength=20)) == {2, 3}
    assert "a generated cell is used up to 3 times" in caplog.text


def test_assignment_is_nearer_than_chance():
    rng = np.random.default_rng(0)
    cells, section = rng.normal(size=(80, 4)), rng.normal(size=(60, 4))
    distance = np.linalg.norm(section - cells[one_to_one(cells, section, rng)], axis=1)
    assert distance.mean() < 0.7 * np.linalg.norm(section - cells[:60], axis=1).mean()


def test_one_hot_rows():
    np.testing.assert_array_equal(one_hot(np.array([2, 0]), 3).toarray(), [[0, 0, 1], [1, 0, 0]])
