import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from bulk2space.generator.configuration import COUNTS, PUBLISHED
from bulk2space.generator.prepare import configuration, library_codes, training_cells
from bulk2space.numerics.scaling import log_normalize

CPU = torch.device("cpu")


def make(counts):
    """A reference of 6 cells and 4 genes."""
    matrix = sp.csr_matrix(np.array(counts, dtype=np.float32))
    cells = ad.AnnData(log_normalize(matrix), obs=pd.DataFrame(index=[f"c{i}" for i in range(matrix.shape[0])]))
    cells.obs["cell_type"], cells.var_names = pd.Categorical(list("bababa")), ["g0", "g1", "g2", "g3"]
    cells.layers["counts"] = matrix
    return cells


@pytest.fixture
def reference():
    return make([[1, 0, 5, 0], [2, 1, 0, 0], [0, 3, 0, 0], [4, 1, 0, 7], [0, 0, 6, 0], [1, 2, 0, 1]])


def codes(caplog):
    return [record.remark.code for record in caplog.records if hasattr(record, "remark")]


def test_rare_genes_and_then_empty_cells_are_left_out(reference, caplog):
    with caplog.at_level(logging.INFO):
        found = training_cells(reference, COUNTS, CPU)
    assert found.genes == ["g0", "g1"]  # g2 and g3 are seen in two cells each
    assert found.types == ["a", "b"]
    assert found.libraries == [""]
    expected = reference.layers["counts"].toarray()[[0, 1, 2, 3, 5], :2]
    np.testing.assert_array_equal(found.cells.batch(torch.arange(5)).dense().numpy(), expected)
    assert found.cells.type.tolist() == [1, 0, 1, 0, 0]
    assert "2 genes seen in fewer than 3 cells are left out of training" in caplog.text
    assert "1 cells without any count in these genes are left out of training" in caplog.text
    assert codes(caplog) == ["cells_without_counts"]


def test_a_stored_zero_is_no_cell_with_the_gene(reference):
    reference.layers["counts"].data[reference.layers["counts"].data == 3] = 0  # g1 of the third cell
    found = training_cells(reference, COUNTS, CPU)
    assert found.genes == ["g0", "g1"]
    assert len(found.cells.type) == 4


def test_a_type_of_few_cells_keeps_the_genes_that_all_of_them_have(reference):
    """Else the cells that are generated of it would lack its markers."""
    reference.obs["cell_type"] = list("bababb")
    reference.layers["counts"][3, 3] = 0  # now g3 is seen in the last cell alone
    assert training_cells(reference, COUNTS, CPU).genes == ["g0", "g1"]
    reference.obs["cell_type"] = list("babacb")  # c has one cell, with g2 alone
    found = training_cells(reference, COUNTS, CPU)
    assert found.genes == ["g0", "g1", "g2"]
    assert found.types[found.cells.type[4]] == "c"
    reference.obs["cell_type"] = list("cabacb")  # c has two cells, both with g2, and one with g0
    assert training_cells(reference, COUNTS, CPU).genes == ["g0", "g1", "g2"]
    reference.layers["counts"][0, 2] = 0
    assert training_cells(reference, COUNTS, CPU).genes == ["g0", "g1"]


def test_a_gaussian_is_given_log_values(reference):
    found = training_cells(reference, PUBLISHED, CPU)
    expected = reference.X.toarray()[[0, 1, 2, 3, 5], :2]
    np.testing.assert_array_equal(found.cells.batch(torch.arange(5)).dense().numpy(), expected)


def test_the_user_overrides_the_preset(reference):
    assert configuration("counts", reference, epochs=None, beta=None) == COUNTS
    found = configuration("published", reference, epochs=7, beta=0.0)
    assert (found.epochs, found.beta, found.latent) == (7, 0.0, PUBLISHED.latent)


def test_without_counts_the_likelihood_is_a_censored_gaussian(reference, caplog):
    del reference.layers["counts"]
    with caplog.at_level(logging.INFO):
        assert configuration("counts", reference, epochs=None, beta=None).likelihood == "censored_gaussian"
    assert codes(caplog) == ["reference_without_counts"]
    caplog.clear()
    assert configuration("published", reference, epochs=None, beta=None) == PUBLISHED
    assert not caplog.records


def test_libraries_are_coded_in_sorted_order(reference):
    assert library_codes(reference.obs)[0] == [""]
    reference.obs["batch"] = list("zyzyzx")
    names, found = library_codes(reference.obs)
    assert names == ["x", "y", "z"]
    assert found.tolist() == [2, 1, 2, 1, 2, 0]
