import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs.units import (
    check_values,
    inverse,
    per_kilobase,
    per_million,
    recognise,
    recover_counts,
    to_linear,
)
from bulk2space.numerics.scaling import totals

COUNTS = sp.csr_matrix(np.array([[1, 0, 3, 7], [0, 0, 0, 0], [2, 1, 0, 40]], dtype=np.float32))
RNG = np.random.default_rng(0)
TPM = sp.csr_matrix(per_million(sp.csr_matrix(RNG.gamma(0.5, 1, (4, 300)))))


def log_normalized(counts: sp.csr_matrix, base: float = np.e) -> sp.csr_matrix:
    sums = totals(counts)
    logs = sp.csr_matrix(sp.diags_array(1e4 / np.where(sums > 0, sums, 1)) @ counts).log1p()
    return sp.csr_matrix(logs / np.log(base))


@pytest.mark.parametrize(
    ("matrix", "bulk", "unit"),
    [
        (COUNTS, False, "counts"),
        (sp.csr_matrix((2, 3)), False, "counts"),
        (log_normalized(COUNTS), False, "log1p"),
        (log_normalized(COUNTS, 2), False, "log2"),
        (log_normalized(COUNTS, 10), False, "log10"),
        (TPM, True, "tpm"),
        (TPM[:1], True, "tpm"),
        (TPM * 0.01, False, "tpm"),
        (TPM.log1p(), True, "log1p"),
        (TPM.log1p() / np.log(2), True, "log2"),
        (TPM * 1e-4, False, "tpm"),
        (sp.diags_array([0.3, 0.5, 0.4, 0.6]) @ TPM, True, "fpkm"),
        (sp.diags_array([30.5, 50.5, 41.5, 60.5]) @ TPM, True, "counts"),
        (sp.diags_array([0.003, 0.005, 0.004, 0.006]) @ TPM, False, "linear"),
    ],
    ids=str,
)
def test_units_are_recognised(matrix, bulk, unit):
    found, doubt = recognise(sp.csr_matrix(matrix), bulk=bulk)
    assert found == unit
    assert not doubt


def test_an_unproven_base_is_said_to_be_a_guess():
    assert recognise(sp.csr_matrix(RNG.gamma(2, 1, (20, 30)))) == (
        "log1p",
        "values are taken for log1p by their range alone",
    )
    assert recognise(sp.csr_matrix([[18.4, 2.2, 0.3]])) == ("log2", "values are taken for log2 by their range alone")


def test_quantile_normalised_logarithms_are_no_linear_values():
    """All their observations hold the same values, so all totals are equal, logarithm or not."""
    values = np.array([RNG.permutation(np.linspace(0.5, 12, 200)) for _ in range(6)])
    assert recognise(sp.csr_matrix(values), bulk=True)[0] == "log1p"


@pytest.mark.parametrize(("total", "unit"), [(1.5e6, "fpkm"), (5e6, "counts")])
def test_totals_between_fpkm_and_counts_are_doubted(total, unit):
    values = sp.csr_matrix(sp.diags_array([0.9, 1.0, 1.1, 1.05]) @ TPM * (total / 1e6))
    found, doubt = recognise(values, bulk=True)
    assert found == unit
    assert "by their total of" in doubt


@pytest.mark.parametrize("base", [np.e, 2, 10])
def test_counts_come_back_from_logarithms(base):
    recovered = recover_counts(inverse(log_normalized(COUNTS, base), base))
    assert np.array_equal(recovered.counts.toarray(), COUNTS.toarray())
    assert recovered.is_exact
    assert recovered.largest < 1e-3


def test_the_wrong_base_leads_to_no_counts():
    assert not recover_counts(inverse(log_normalized(COUNTS, 2), np.e)).is_exact


def test_log_values_without_counts_behind_them_stay_linear():
    values = RNG.gamma(2, 1, (20, 30))
    linear = to_linear(sp.csr_matrix(np.log1p(values)))
    assert not linear.is_counts
    np.testing.assert_allclose(linear.matrix.toarray(), values, rtol=1e-5)
    assert linear.units["input"] == "log1p"
    assert linear.units["done"] == "brought back from the logarithm"
    assert linear.units["largest_deviation"] > 0.25


def test_recovered_counts_are_recorded():
    linear = to_linear(log_normalized(COUNTS))
    assert linear.is_counts
    assert linear.units["done"] == "counts recovered"
    assert linear.units["largest_deviation"] < 0.25
    assert linear.units["median_deviation"] < 1e-3


def test_what_the_user_says_goes_before_what_is_recognised():
    values = sp.csr_matrix(RNG.gamma(2, 1, (20, 30)).astype(np.float32))
    linear = to_linear(values, unit="log2")
    np.testing.assert_allclose(linear.matrix.toarray(), 2 ** values.toarray() - 1, rtol=1e-4)
    assert linear.units["input"] == "log2"
    assert not linear.doubt
    assert to_linear(values, unit="tpm").units == {"input": "tpm", "done": "none"}


def test_fractional_counts_are_linear_and_no_counts():
    linear = to_linear(sp.csr_matrix([[1.5, 2.0]]), unit="counts")
    assert not linear.is_counts
    assert linear.matrix.toarray().tolist() == [[1.5, 2.0]]


def test_fpkm_become_tpm():
    linear = to_linear(sp.csr_matrix(sp.diags_array([0.3, 0.5, 0.4, 0.6]) @ TPM), bulk=True)
    np.testing.assert_allclose(linear.matrix.toarray(), TPM.toarray(), rtol=1e-5)
    assert linear.units == {"input": "fpkm", "done": "scaled to TPM"}


def test_equations_of_the_paper():
    """Eq. 9 to 12 on two genes of 1 and 2 kilobases with 30 and 60 of 100 reads; a third has the rest."""
    reads, lengths = sp.csr_matrix([[30.0, 60.0, 10.0]]), np.array([1000.0, 2000.0, 500.0])
    rpm = per_million(reads)
    rpkm = per_kilobase(rpm, lengths)
    np.testing.assert_allclose(rpm.toarray(), [[3e5, 6e5, 1e5]])  # reads · 1e6 / total
    np.testing.assert_allclose(rpkm.toarray(), [[30e9 / (100 * 1000), 60e9 / (100 * 2000), 10e9 / (100 * 500)]])
    np.testing.assert_allclose(per_million(rpkm).toarray(), np.array([[30, 30, 20]]) * 1e6 / 80)  # N/L over their sum


def test_stored_zeros_do_not_hide_counts():
    stored = sp.csr_matrix((np.array([0.0, 2.0]), np.array([0, 1]), np.array([0, 2])), shape=(1, 2))
    assert to_linear(stored).units["input"] == "counts"


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (np.nan, "is missing"),
        (np.inf, "is infinite"),
        (-1.0, "is negative"),
        (5e9, r"is larger than any count \(an integer overflow\?\); correct it"),
    ],
)
def test_bad_values_are_refused_with_their_place(value, sentence):
    matrix = sp.csr_matrix(np.array([[1.0, 2.0], [3.0, value]]))
    with pytest.raises(InputError, match=rf"file.csv: the value of gene 'g2' in 'c2' {sentence}"):
        check_values(matrix, np.array(["c1", "c2"]), np.array(["g1", "g2"]), "file.csv")
