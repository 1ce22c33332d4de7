import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.problems import InputError
from bulk2space.units import check_values, recognise, recover_counts, to_linear

COUNTS = sp.csr_matrix(np.array([[1, 0, 3, 7], [0, 0, 0, 0], [2, 1, 0, 40]], dtype=np.float32))


def log_normalized(counts: sp.csr_matrix) -> sp.csr_matrix:
    totals = np.asarray(counts.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags_array(1e4 / np.where(totals > 0, totals, 1)) @ counts).log1p()


def test_units_are_recognised():
    assert recognise(COUNTS) == "counts"
    assert recognise(log_normalized(COUNTS)) == "log1p"
    assert recognise(sp.csr_matrix([[0.5, 9e5]])) == "linear"


def test_counts_come_back_from_log_values():
    recovered, largest, median = recover_counts(log_normalized(COUNTS))
    assert np.array_equal(recovered.toarray(), COUNTS.toarray())
    assert largest < 1e-3
    assert median < 1e-4


def test_log_values_without_counts_behind_them_stay_linear():
    values = np.random.default_rng(0).gamma(2, 1, (20, 30))
    linear = to_linear(sp.csr_matrix(np.log1p(values)))
    assert not linear.is_counts
    np.testing.assert_allclose(linear.matrix.toarray(), values, rtol=1e-5)
    assert linear.units == {"input": "log1p", "done": "expm1"}


def test_recovered_counts_are_recorded():
    linear = to_linear(log_normalized(COUNTS))
    assert linear.is_counts
    assert linear.units["done"] == "counts recovered"
    assert linear.units["largest_deviation"] < 0.25


def test_stored_zeros_do_not_hide_counts():
    stored = sp.csr_matrix((np.array([0.0, 2.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    assert to_linear(stored).units["input"] == "counts"


@pytest.mark.parametrize(
    ("value", "sentence"), [(np.nan, "is missing"), (np.inf, "is infinite"), (-1.0, "is negative")]
)
def test_bad_values_are_refused_with_their_place(value, sentence):
    matrix = sp.csr_matrix(np.array([[1.0, 2.0], [3.0, value]]))
    with pytest.raises(InputError, match=rf"file.csv: the value of gene 'g2' in 'c2' {sentence}"):
        check_values(matrix, np.array(["c1", "c2"]), np.array(["g1", "g2"]), "file.csv")
