import numpy as np
import pandas as pd
import pytest
from bulk2space.numerics import metrics
from hypothesis import given
from hypothesis import strategies as st

FINITE = st.floats(-1e3, 1e3, allow_nan=False)


def test_pcc_of_a_line_is_one_and_of_its_mirror_minus_one():
    x = np.array([0.1, 0.2, 0.4])
    assert metrics.pcc(x, 3 * x + 1) == pytest.approx(1)
    assert metrics.pcc(x, -x) == pytest.approx(-1)


def test_pcc_of_known_vectors():
    assert metrics.pcc([1, 2, 3, 4], [1, 3, 2, 4]) == pytest.approx(0.8)


@pytest.mark.parametrize("pair", [([0.1, 0.1, 0.1], [1, 2, 3]), ([1, 2], [5, 5]), ([1], [2]), ([], [])])
def test_pcc_is_undefined_for_constant_or_short_vectors(pair):
    assert np.isnan(metrics.pcc(*pair))


def test_pcc_of_equal_values_that_do_not_sum_exactly_is_undefined():
    assert np.isnan(metrics.pcc(np.full(7, 0.1), np.arange(7)))


def test_rmse_of_known_vectors():
    assert metrics.rmse([0, 0, 0, 0], [1, 1, 1, -1]) == pytest.approx(1)
    assert metrics.rmse([0.5, 0.5], [0.2, 0.8]) == pytest.approx(0.3)
    assert np.isnan(metrics.rmse([], []))


@pytest.mark.parametrize("metric", [metrics.pcc, metrics.rmse])
def test_vectors_of_different_lengths_are_refused(metric):
    with pytest.raises(ValueError, match="one length"):
        metric([1, 2, 3], [1, 2])


@given(st.lists(st.tuples(FINITE, FINITE), min_size=2, max_size=30))
def test_pcc_lies_between_minus_one_and_one_and_is_symmetric(pairs):
    x, y = np.array(pairs).T
    value = metrics.pcc(x, y)
    if np.isfinite(value):
        assert -1.000001 <= value <= 1.000001
        assert value == pytest.approx(metrics.pcc(y, x), abs=1e-9)


def test_align_goes_by_name_and_counts_a_missing_type_as_zero(caplog):
    recovered = pd.Series({"B": 0.7, "A": 0.3})
    truth = pd.Series({"A": 0.5, "C": 0.5})
    with caplog.at_level("WARNING"):
        first, second = metrics.align(recovered, truth)
    assert first.to_dict() == {"A": 0.3, "B": 0.7, "C": 0.0}
    assert second.to_dict() == {"A": 0.5, "B": 0.0, "C": 0.5}
    assert "recovered values and count as 0 there: C" in caplog.text
    assert "true values and count as 0 there: B" in caplog.text


def test_align_refuses_a_name_twice():
    with pytest.raises(ValueError, match="recovered values name 'A' twice"):
        metrics.align(pd.Series([1, 2], index=["A", "A"]), pd.Series({"A": 1.0}))


def test_confusion_joins_cells_by_name_and_accuracy_is_its_diagonal(caplog):
    predicted = pd.Series({"c2": "B", "c1": "A", "c3": "B", "only": "A"})
    truth = pd.Series({"c1": "A", "c2": "B", "c3": "C"})
    with caplog.at_level("WARNING"):
        table = metrics.confusion(predicted, truth)
    assert list(table.index) == list(table.columns) == ["A", "B", "C"]
    assert table.loc["C", "B"] == 1
    assert table.to_numpy().sum() == 3
    assert metrics.accuracy(table) == pytest.approx(2 / 3)
    assert "1 cells have a true or a predicted type only" in caplog.text


def test_accuracy_without_cells_is_undefined():
    nothing = pd.Series(dtype=str)
    assert np.isnan(metrics.accuracy(metrics.confusion(nothing, nothing)))
