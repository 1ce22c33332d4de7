import numpy as np
import pytest
import torch
from bulk2space.generator import moments as program
from bulk2space.generator.data import Cells
from bulk2space.generator.moments import moments
from small_network import libraries


@pytest.mark.parametrize("block", [4096, 7])
def test_moments_are_sums_over_the_cells_of_each_type_and_library(block, monkeypatch):
    monkeypatch.setattr(program, "BLOCK", block)
    matrix, types, library, _ = libraries(n=60)
    rows = np.arange(5, 55)
    found = moments(Cells.from_csr(matrix, types, library), torch.as_tensor(rows), 2, 3)
    x = matrix.toarray().astype(float)
    total = x.sum(axis=1, keepdims=True)
    for of_type in (0, 1):
        for of_library in (0, 1, 2):
            own = rows[(types[rows] == of_type) & (library[rows] == of_library)]
            for sums, expected in zip(found, (x, x**2, x * total, total**2), strict=True):
                np.testing.assert_allclose(sums[of_type, of_library], expected[own].sum(axis=0))


def test_squared_residuals_are_those_of_each_cell():
    matrix, types, library, _ = libraries(n=60)
    found = moments(Cells.from_csr(matrix, types, library), torch.arange(60), 2, 2)
    share = np.random.default_rng(0).dirichlet(np.ones(60), (2, 2))
    x = matrix.toarray().astype(float)
    expected = ((x - share[types, library] * x.sum(axis=1, keepdims=True)) ** 2).sum(axis=0)
    np.testing.assert_allclose(found.squared_residuals(torch.as_tensor(share)), expected)
