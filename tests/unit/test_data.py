import numpy as np
import torch
from bulk2space.generator.data import Cells, split
from small_network import data


def test_a_batch_is_the_rows_asked_for():
    matrix, codes = data()
    rows = np.array([5, 0, 0, 17])
    batch = Cells.from_csr(matrix, codes).batch(torch.as_tensor(rows))
    np.testing.assert_array_equal(batch.dense().numpy(), matrix[rows].toarray())
    np.testing.assert_allclose(batch.total().numpy(), matrix[rows].toarray().sum(axis=1))
    np.testing.assert_array_equal(batch.type.numpy(), codes[rows])


def test_split_holds_out_a_proportion_of_every_type_and_never_all_of_it():
    types = np.repeat([0, 1, 2], [100, 25, 3])
    training, held = split(types, 0.1, np.random.default_rng(0))
    assert sorted([*training, *held]) == list(range(128))
    assert np.bincount(types[held], minlength=3).tolist() == [10, 2, 0]


def test_libraries_take_turns():
    matrix, codes = data(n=8)
    cells = Cells.from_csr(matrix, codes, np.array([0, 0, 0, 1, 0, 2, 1, 0]))
    assert cells.in_turn(torch.arange(8), 3).tolist() == [0, 3, 5, 1, 6, 2, 4, 7]
    assert cells.in_turn(torch.tensor([4, 2, 6]), 3).tolist() == [4, 6, 2]
