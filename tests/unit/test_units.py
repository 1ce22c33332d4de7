from functools import partial

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs.unit.linear_scale import to_linear, without_offset
from bulk2space.inputs.unit.recognise import recognise
from bulk2space.inputs.unit.units import check_values, inverse, per_kilobase, per_million, recover_counts
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
        (TPM * 1e-6, True, "tpm"),
        (TPM[:1] * 1e-4, True, "tpm"),
        (sp.diags_array([0.3, 0.5, 0.4, 0.6]) @ TPM, True, "fpkm"),
        (sp.diags_array([30.5, 50.5, 41.5, 60.5]) @ TPM, True, "counts"),
        (sp.diags_array([30.5, 30.52]) @ TPM[:2], True, "counts"),
        (TPM * 30.5, True, "tpm"),
        (sp.diags_array([0.003, 0.005, 0.004, 0.006]) @ TPM, False, "linear"),
    ],
    ids=str,
)
def test_units_are_recognised(matrix, bulk, unit):
    found = recognise(sp.csr_matrix(matrix), bulk=bulk)
    assert found.unit == unit
    assert not found.doubt
    assert not found.strange.any()


def test_an_unproven_base_is_said_to_be_a_guess():
    guess = recognise(sp.csr_matrix(RNG.gamma(2, 1, (20, 30))))
    assert guess[:2] == ("log1p", "values are taken for log1p by their range alone")
    guess = recognise(sp.csr_matrix([[18.4, 2.2, 0.3]]))
    assert guess[:2] == ("log2", "values are taken for log2 by their range alone")


def test_quantile_normalised_logarithms_are_no_linear_values():
    """All their observations hold the same values, so all totals are equal, logarithm or not."""
    values = np.array([RNG.permutation(np.linspace(0.5, 12, 200)) for _ in range(6)])
    assert recognise(sp.csr_matrix(values), bulk=True)[0] == "log2"


@pytest.mark.parametrize("number", [1, 2, 3, 8])
def test_log2_of_fpkm_of_a_whole_genome_are_no_linear_values(number):
    """Most of its genes have small values, so the largest is far above the median, and totals of few are alike."""
    rng = np.random.default_rng(1)
    fpkm = np.exp(rng.normal(0, 2.2, 8000)) * np.exp(rng.normal(0, 0.1, (number, 8000)))
    logs = np.log2(fpkm + 1)
    assert recognise(sp.csr_matrix(logs), bulk=True).unit == "log2"
    logs *= logs[:1].sum() / logs.sum(axis=1, keepdims=True) * np.linspace(0.9995, 1.0005, number)[:, None]
    assert recognise(sp.csr_matrix(logs), bulk=True).unit == "log2"


@pytest.mark.parametrize("decimals", [1, 2, 3])
def test_few_decimals_do_not_make_logarithms_linear(decimals):
    rng = np.random.default_rng(1)
    tpm = per_million(sp.csr_matrix(np.exp(rng.normal(0, 2.2, (3, 8000)))))
    assert recognise(sp.csr_matrix(np.log2(tpm.toarray() + 1).round(decimals)), bulk=True).unit == "log2"


def test_logarithms_of_more_than_a_million_reads_keep_their_base():
    counts = np.random.default_rng(1).poisson(np.exp(np.linspace(0, 15, 500)), (6, 500))
    logs = np.log1p(counts).round(4)
    assert logs.max() > np.log(1e6)
    assert recognise(sp.csr_matrix(logs), bulk=True)[:2] == ("log1p", "")


def test_a_floor_in_place_of_zeros_is_said():
    counts = np.random.default_rng(1).poisson(np.exp(np.linspace(0, 12, 500)), (4, 500))
    found = recognise(sp.csr_matrix(np.log2(counts + 27.3)), bulk=True)
    assert found.unit == "log2"
    assert "stands for 0 in many genes, as after DESeq2's vst" in found.doubt


def test_a_gene_of_whole_numbers_beside_logarithms_is_annotation():
    counts = sp.csr_matrix(RNG.poisson(2, (40, 200)))
    logs = with_columns(log_normalized(counts), RNG.integers(1, 5, 40))
    found = recognise(logs)
    assert found.unit == "log1p"
    assert np.flatnonzero(found.strange).tolist() == [200]


@pytest.mark.parametrize("samples", [1, 2, 3, 6])
@pytest.mark.parametrize("seed", range(5))
def test_logarithms_whose_totals_are_alike_are_never_linear_without_doubt(samples, seed):
    """Normalised by size factors, the logarithms of replicates have nearly equal totals, their values have not."""
    rng = np.random.default_rng(seed)
    counts = rng.poisson(np.exp(rng.normal(4, 2.2, 5000)) * np.exp(rng.normal(0, 0.3, (samples, 5000))))
    logarithms = np.log2(counts / rng.uniform(0.9, 1.1, (samples, 1)) + 1)
    logarithms *= logarithms.mean() / logarithms.mean(axis=1, keepdims=True) * rng.uniform(0.9995, 1.0005, (samples, 1))
    found = recognise(sp.csr_matrix(logarithms.round(4)), bulk=True)
    assert found.unit != "tpm" or "by their equal totals" in found.doubt  # of few samples, they are equal by chance
    assert found.unit != "tpm" or samples in (2, 3)


@pytest.mark.parametrize("total", [1, 100, 1e4])
@pytest.mark.parametrize("samples", [1, 2])
def test_proportions_and_percentages_are_linear_values(samples, total):
    rng = np.random.default_rng(3)
    reads = sp.csr_matrix(rng.poisson(np.exp(rng.normal(3, 1.5, (samples, 20_000)))))
    scaled = sp.csr_matrix(sp.diags_array(total / totals(reads)) @ reads)
    assert recognise(scaled, bulk=True)[:2] == ("tpm", "")


def test_equal_totals_of_few_bulk_samples_are_doubted():
    found = recognise(TPM[:2] * 0.0003, bulk=True)
    assert found[:2] == ("tpm", "values are taken for CPM/TPM-like by their equal totals")
    assert not recognise(sp.csr_matrix(sp.vstack([TPM, TPM])) * 0.0003, bulk=True).doubt


@pytest.mark.parametrize(("total", "unit"), [(1.5e6, "fpkm"), (5e6, "counts")])
def test_totals_between_fpkm_and_counts_are_doubted(total, unit):
    values = sp.csr_matrix(sp.diags_array([0.9, 1.0, 1.1, 1.05]) @ TPM * (total / 1e6))
    found = recognise(values, bulk=True)
    assert found.unit == unit
    assert "by their total of" in found.doubt


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


def test_fractional_counts_of_cells_are_rounded_and_those_of_a_bulk_are_not():
    linear = to_linear(sp.csr_matrix([[1.6, 2.0, 0.2]]), unit="counts")
    assert linear.is_counts
    assert linear.matrix.toarray().tolist() == [[2, 2, 0]]
    assert linear.units == {"input": "counts", "done": "fractions rounded to whole numbers"}
    linear = to_linear(sp.csr_matrix([[1.5, 2.0]]), unit="counts", bulk=True)
    assert not linear.is_counts
    assert linear.matrix.toarray().tolist() == [[1.5, 2.0]]


UMI = sp.csr_matrix(np.random.default_rng(1).poisson(np.random.default_rng(2).gamma(0.2, 4, (60, 400))).clip(0, 20))


def denormalised(counts: sp.csr_matrix) -> sp.csr_matrix:
    """Return counts as they come back from their logarithms in float32."""
    values, sums = counts.toarray(), totals(counts)[:, None]
    return sp.csr_matrix(np.expm1(np.log1p(values / sums * 1e4).astype(np.float32)) * sums.astype(np.float32) / 1e4)


def with_noise(counts: sp.csr_matrix, size: float) -> sp.csr_matrix:
    noisy = sp.csr_matrix(counts, dtype=np.float64, copy=True)
    noisy.data *= 1 + size * np.random.default_rng(3).standard_normal(noisy.nnz)
    return noisy


@pytest.mark.parametrize("called_counts", [False, True])
@pytest.mark.parametrize("bulk", [False, True])
@pytest.mark.parametrize("times", [1, 30])
@pytest.mark.parametrize("make", [denormalised, *(partial(with_noise, size=size) for size in (1e-7, 1e-5, 1e-3))])
def test_counts_with_rounding_noise_are_counts(make, times, bulk, called_counts):
    """Their logarithms would lead to whole numbers too: 2^k - 1 is whole for every whole k."""
    deep = sp.csr_matrix(np.random.default_rng(4).poisson(np.random.default_rng(5).gamma(0.2, 4 * times, (60, 400))))
    linear = to_linear(make(deep), bulk=bulk, called_counts=called_counts)
    assert linear.is_counts
    assert linear.units == {"input": "counts", "done": "fractions rounded to whole numbers"}
    assert not linear.doubt
    assert not linear.strange.any()
    largest = abs(linear.matrix - deep).max()
    assert largest == 0 or (make is not denormalised and largest <= 5e-3 * deep.max())


def test_annotation_among_counts_with_rounding_noise_is_left_out():
    purity = np.random.default_rng(6).uniform(0.3, 0.9, UMI.shape[0])
    found = recognise(with_columns(with_noise(UMI, 1e-6), purity))
    assert found.unit == "counts"
    assert np.flatnonzero(found.strange).tolist() == [UMI.shape[1]]


def test_large_fractions_beside_few_small_ones_are_no_counts_with_noise():
    values = np.random.default_rng(7).uniform(100, 900, (5, 3000))
    values[:, :20] = np.random.default_rng(8).uniform(1, 20, (5, 20))
    assert recognise(sp.csr_matrix(values), bulk=True).unit == "fpkm"


@pytest.mark.parametrize("how", ["each gene", "each value", "some genes"])
def test_counts_corrected_for_ambient_rna_are_no_logarithms(how):
    rng = np.random.default_rng(0)
    corrected = sp.csr_matrix(UMI, dtype=float, copy=True)
    if how == "each value":
        corrected.data *= rng.uniform(0.8, 1, corrected.nnz)
    else:
        is_corrected = rng.random(UMI.shape[1]) < (1.0 if how == "each gene" else 0.3)
        factors = np.where(is_corrected, rng.uniform(0.8, 1, UMI.shape[1]), 1)
        corrected = sp.csr_matrix(corrected @ sp.diags_array(factors))
    found = recognise(corrected)
    assert found.unit == "linear"
    assert "fractional counts" in found.doubt


@pytest.mark.parametrize(("base", "unit"), [(np.e, "log1p"), (2, "log2")])
def test_logarithms_with_few_decimals_are_recognised_without_doubt(base, unit):
    rounded = log_normalized(UMI, base)
    rounded.data = rounded.data.round(3)
    assert recognise(rounded)[:2] == (unit, "")
    bare = sp.csr_matrix(UMI, dtype=float).log1p() / np.log(base)  # without any normalisation: no totals are equal
    bare.data = bare.data.round(3)
    assert recognise(bare)[:2] == (unit, "")


def test_a_layer_called_counts_is_trusted_unless_a_logarithm_leads_to_whole_numbers():
    corrected = UMI * 0.9
    linear = to_linear(sp.csr_matrix(corrected), called_counts=True)
    assert linear.is_counts
    assert np.array_equal(linear.matrix.toarray(), np.rint(corrected.toarray()))
    linear = to_linear(log_normalized(UMI), called_counts=True)
    assert linear.units["input"] == "log1p"
    assert np.array_equal(linear.matrix.toarray(), UMI.toarray())
    assert "the layer called counts holds log1p values" in linear.doubt


def with_columns(matrix: sp.csr_matrix, *columns: list[float]) -> sp.csr_matrix:
    return sp.csr_matrix(sp.hstack([matrix, *(np.array(column)[:, None] for column in columns)]))


def test_a_gene_of_other_values_does_not_decide_the_unit():
    days, purity = [812.0, 1544, 30, 2000], [0.71, 0.3, 0.9, 0.55]
    log = sp.csr_matrix(TPM.log1p() / np.log(2))
    found = recognise(with_columns(log, days), bulk=True)
    assert found.unit == "log2"
    assert np.flatnonzero(found.strange).tolist() == [log.shape[1]]
    linear = to_linear(with_columns(log, days), bulk=True)
    np.testing.assert_allclose(linear.matrix.toarray(), TPM.toarray(), rtol=1e-3, atol=1e-2)
    counts = sp.csr_matrix(np.random.default_rng(0).poisson(40, (4, 300)).astype(float))
    found = recognise(with_columns(counts, purity), bulk=True)
    assert found.unit == "counts"
    assert np.flatnonzero(found.strange).tolist() == [300]


def test_a_rare_fraction_among_counts_makes_no_annotation():
    counts = np.random.default_rng(0).poisson(40, (4, 300)).astype(float)
    counts[1, 7] += 0.5
    found = recognise(sp.csr_matrix(counts), bulk=True)
    assert found.unit == "counts"
    assert not found.strange.any()


def test_highly_expressed_genes_of_a_linear_table_are_no_annotation():
    values = sp.csr_matrix(sp.diags_array([0.9, 1.0, 1.1, 1.05]) @ TPM * 3e-3)
    assert (values.max(axis=0).toarray() > 24).sum() > 20
    found = recognise(values, bulk=True)
    assert found.unit == "fpkm"
    assert not found.strange.any()


@pytest.mark.parametrize("offset", [0.001, 0.01, 0.25, 0.5])
def test_logarithms_of_values_with_a_small_number_added_come_back(offset):
    stored = np.log2(TPM.toarray() * (TPM.toarray() > 500) + offset).astype(np.float32).round(4)
    linear, words = without_offset(sp.csr_matrix(stored), None)
    assert words == f"log2(x + {offset:g})"
    np.testing.assert_allclose(linear.toarray(), TPM.toarray() * (TPM.toarray() > 500), rtol=2e-3)


def test_scaled_values_are_no_logarithms_with_a_small_number_added():
    scaled = np.random.default_rng(0).normal(0, 2, (5, 200)).clip(-10, 10)
    assert without_offset(sp.csr_matrix(scaled), None)[1] == ""
    assert without_offset(sp.csr_matrix(np.clip(scaled, -3, 3)), None)[1] == ""


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


def test_tpm_rounded_to_whole_numbers_are_no_counts():
    rng = np.random.default_rng(4)
    tpm = rng.lognormal(1, 2, (3, 15_000))
    tpm = np.rint(tpm / tpm.sum(axis=1, keepdims=True) * 1e6)
    for samples in (tpm, tpm[:1]):
        unit, doubt, _ = recognise(sp.csr_matrix(samples), bulk=True)
        assert (unit, doubt) == ("tpm", "values are taken for rounded TPM by their totals of a million")
    counts = tpm * np.array([[1.0], [3.0], [1.0]])
    assert recognise(sp.csr_matrix(counts), bulk=True).unit == "counts"
    assert recognise(sp.csr_matrix(tpm), bulk=False).unit == "counts"
