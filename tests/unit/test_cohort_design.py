"""The model of a cohort: what is tested against what, and what is left out with which words."""

import logging

import numpy as np
import pandas as pd
import pytest
from bulk2space.cohort import of_proportions
from bulk2space.cohort.apart import apart, goes_with, two_groups
from bulk2space.cohort.design import design, note_constant
from bulk2space.cohort.independent import copies, joined
from bulk2space.cohort.left_out import samples_left_out, types_left_out
from bulk2space.contract import tables

GROUPS = ["normal"] * 6 + ["tumour"] * 6


def factors(conditions=GROUPS, **covariates):
    names = list(covariates)
    rows = zip(conditions, *covariates.values(), strict=True)
    return [{"condition": row[0], **{f"covariate_{n}": v for n, v in zip(names, row[1:], strict=True)}} for row in rows]


def terms(found):
    return [(term.name, term.against, term.column) for term in found.terms]


def test_words_are_compared_with_the_first_of_the_sheet_and_numbers_are_as_given():
    found = design(factors(age=np.arange(12.0).tolist(), batch=["b2", "b1"] * 6), "c")
    assert terms(found) == [
        ("condition[tumour]", "normal", 1), ("covariate_age", "", 2), ("covariate_batch[b1]", "b2", 3),
    ]  # fmt: skip
    np.testing.assert_array_equal(found.matrix[:, 1], [0] * 6 + [1] * 6)
    assert np.corrcoef(found.matrix[:, 2], np.arange(12))[0, 1] == pytest.approx(1)


@pytest.mark.parametrize(("start", "step"), [(202301150000.0, 1.0), (0.0, 1e-9), (0.0, 1e9)])
def test_neither_the_size_nor_the_unit_of_a_number_changes_other_effects(start, step):
    """Beside dates such as 202301151030, the condition's effect was off by rounding."""
    rng = np.random.default_rng(0)
    numbers = rng.integers(0, 60, 24).astype(float)
    parts = np.exp(rng.normal(0, 0.1, (24, 4))) * [[2.0 ** (0.05 * number), 1, 1, 1] for number in numbers]
    table = pd.DataFrame(parts / parts.sum(axis=1, keepdims=True), columns=list("ABCD"))

    def compared(covariate):
        model = design(factors(["a", "b"] * 12, number=covariate.tolist()), "c")
        return of_proportions.compare(table, table + 0.05, model)

    expected, found = compared(numbers), compared(start + step * numbers)
    assert expected[1]["effect"][0] == pytest.approx(0.05, abs=0.002), "per unit"
    for name in ("effect", "ci_low", "ci_high", "p"):
        np.testing.assert_allclose(found[0][name], expected[0][name], rtol=1e-4)
    for name in ("effect", "ci_low", "ci_high"):
        np.testing.assert_allclose(found[1][name] * step, expected[1][name], rtol=1e-4)


def test_the_first_word_of_the_sheet_counts_where_its_sample_is_left_out():
    everyone = factors(["normal", *reversed(GROUPS)])
    assert terms(design(everyone[1:], "c", everyone=everyone)) == [("condition[tumour]", "normal", 1)]


def test_nothing_takes_the_place_of_a_first_word_whose_samples_are_all_left_out(caplog):
    everyone = factors(["normal"] * 4 + ["primary"] * 6 + ["relapse"] * 6, age=np.arange(16.0).tolist())
    assert [term.name for term in design(everyone[4:], "c", everyone=everyone).terms] == ["covariate_age"]
    assert "condition 'normal' is first in the samplesheet, and has fewer than 3 samples to compare" in caplog.text


@pytest.mark.parametrize(
    ("given", "names", "sentence"),
    [
        (factors(GROUPS[4:8]), [], "4 samples can be compared, at least 6 are needed"),
        (factors(["a"] * 2 + ["b"] * 10), [], "condition 'a' is first in the samplesheet, and has fewer than 3"),
        (factors(["a"] * 5 + ["b"] * 5 + ["c"] * 2), ["condition[b]"], "condition 'c' has fewer than 3 samples"),
        (
            factors(batch=["b1"] * 6 + ["b2"] * 6),
            ["condition[tumour]"],
            "covariate_batch cannot be told from condition: samples that differ in one differ in the other",
        ),
        (
            factors(patient=[f"p{n}" for n in range(12)]),
            ["condition[tumour]"],
            "covariate_patient has 12 words, too many for 12 samples",
        ),
        (
            factors(age=[1.0] * 10 + [2.0] * 2),
            ["condition[tumour]"],
            "covariate_age is the same in all but fewer than 3 samples",
        ),
        (
            factors(["normal", "tumour"] * 3, patient=["p1", "p1", "p2", "p2", "p3", "p3"]),
            [],
            "condition has 2 words, too many for 6 samples beside covariate_patient; not tested",
        ),
        (
            factors(["normal"] * 3 + ["tumour"] * 3, age=[1.0, 5, 3, 2, 4, 7], dose=[1.0, 2, 2, 1, 5, 3]),
            ["condition[tumour]", "covariate_age"],
            "covariate_dose is one more factor, too many for 6 samples beside condition and covariate_age; not tested",
        ),
        (
            factors(batch=["b1"] * 5 + ["b2"] * 7),
            [],
            "condition[tumour] can be told from the other factors by one sample alone; not tested",
        ),
        (factors(batch=["b1"] * 4 + ["b2"] * 8), ["condition[tumour]", "covariate_batch[b2]"], ""),
        (
            factors(batch=["b1"] + ["b2", "b3"] * 5 + ["b4"]),
            ["condition[tumour]"],
            "covariate_batch 'b1' is first in the samplesheet, and has fewer than 3 samples to compare others with",
        ),
        (factors(age=[5.0] * 12), ["condition[tumour]"], "covariate_age is the same in all samples"),
    ],
)
def test_what_cannot_be_tested_is_named(given, names, sentence, caplog):
    note_constant(given, "c")
    found = design(given, "c")
    assert [term.name for term in found.terms] == names
    assert sentence in caplog.text
    assert np.linalg.matrix_rank(found.matrix) == found.matrix.shape[1]


def test_persons_come_before_all_that_does_not_differ_within_them():
    pairs = factors(["normal", "tumour"] * 6, sex=list("ffmm") * 3, patient=[f"p{n // 2}" for n in range(12)])
    assert [term.name for term in design(pairs, "c").terms] == ["condition[tumour]"]


def test_copies_of_a_bulk_column_count_once_and_not_at_all_where_they_differ():
    given = dict(zip("abcdef", factors(["x", "x", "y", "x", "y", "x"]), strict=True))
    columns = {"a": "1", "b": "1", "c": "2", "d": "2", "e": "3", "f": "3"}
    assert copies(given, columns, {}) == {
        "b": "its bulk column 1 is that of a, which counts once",
        **dict.fromkeys("cd", "'c', 'd' have the bulk column 2, and not the same condition and covariates"),
        **dict.fromkeys("ef", "'e', 'f' have the bulk column 3, and not the same condition and covariates"),
    }
    assert copies(given, columns, {"a": "poor", "c": "no condition is given", "e": "poor"}) == {}


def test_tests_of_repeated_samples_find_what_chance_allows():
    """As if all samples were independent, a fifth of these tests would have a p below 0.05."""
    rng, p = np.random.default_rng(0), []
    patient = [f"p{n // 3}" for n in range(24)]
    given = dict(zip(map(str, range(24)), factors(["a"] * 12 + ["b"] * 12, patient=patient), strict=True))
    units = joined(given, "c")
    model = design(list(units.factors.values()), "c")
    for _ in range(200):
        logs = np.repeat(rng.normal(0, 0.5, (8, 5)), 3, axis=0) + rng.normal(0, 0.1, (24, 5))
        shares = np.exp(logs) / np.exp(logs).sum(axis=1, keepdims=True)
        table = pd.DataFrame(shares, list(given), list("ABCDE"))
        p += of_proportions.compare(units.means(table), units.means(table * 1.2), model)[0]["p"].tolist()
    assert (np.array(p) < 0.05).mean() < 0.08


def pairs_measured_twice():
    """Return 24 samples of six patients: each patient's normal and tumour, measured twice."""
    conditions = [word for _ in range(6) for word in ("normal", "normal", "tumour", "tumour")]
    patient = [f"p{n // 4}" for n in range(24)]
    return dict(
        zip(map(str, range(24)), factors(conditions, patient=patient, run=[n % 2 for n in range(24)]), strict=True)
    )


def test_repeated_samples_of_pairs_find_what_chance_allows():
    """As if each were independent of its repetition, a third of these tests would have a p below 0.05."""
    rng, p = np.random.default_rng(0), []
    given = pairs_measured_twice()
    units = joined(given, "c")
    model = design(list(units.factors.values()), "c")
    for _ in range(200):
        of_samples = np.repeat(rng.normal(0, 0.5, (6, 5)), 2, axis=0) + rng.normal(0, 0.4, (12, 5))
        shares = np.exp(np.repeat(of_samples, 2, axis=0) + rng.normal(0, 0.1, (24, 5)))
        table = pd.DataFrame(shares / shares.sum(axis=1, keepdims=True), list(given), list("ABCDE"))
        rows = of_proportions.compare(units.means(table), units.means(table * 1.2), model)
        p += rows[[term.name for term in model.terms].index("condition[tumour]")]["p"].tolist()
    assert (np.array(p) < 0.05).mean() < 0.07


def test_samples_of_one_patient_and_condition_are_one_and_keep_their_patient(caplog):
    given = pairs_measured_twice()
    found = joined(given, "c")
    assert list(found.factors) == list("02468") + [str(n) for n in range(10, 24, 2)]
    assert found.factors["6"] == {"condition": "tumour", "covariate_patient": "p1"}
    assert (
        "24 samples are of 6 different covariate_patient: samples of one covariate_patient and condition are"
        in caplog.text
    )
    assert "covariate_run differ between samples of one covariate_patient and condition; not tested" in caplog.text


def test_without_conditions_samples_that_are_alike_in_all_that_differs_within_patients_are_one():
    patient = [f"p{n // 4}" for n in range(24)]
    rows = factors([None] * 24, patient=patient, tissue=["blood", "blood", "skin", "skin"] * 6)
    found = joined(dict(zip(map(str, range(24)), rows, strict=True)), "c")
    assert len(found.factors) == 12
    assert [term.name for term in design(list(found.factors.values()), "c").terms] == ["covariate_tissue[skin]"]


def test_patients_with_one_sample_each_are_left_as_they_are():
    given = dict(zip(map(str, range(12)), factors(patient=[str(n) for n in range(12)]), strict=True))
    assert joined(given, "c").factors == given
    without = dict(zip(map(str, range(12)), factors(), strict=True))
    assert joined(without, "c").factors == without


def verdicts(**rows):
    """Return rows of verdict.csv: by sample a verdict, an unknown share, and the verdict on type A."""
    parts = [
        {"sample": name, "input": "bulk", "cell_type": cell_type, "verdict": word, "unknown": share}
        for name, (whole, share, of_type) in rows.items()
        for cell_type, word in (("", whole), ("A", of_type))
    ]
    return pd.DataFrame(parts).reindex(columns=tables.VERDICT.header)


def test_poor_samples_unknown_shares_and_empty_cells_are_left_out_with_a_reason():
    given = dict(zip("abcd", factors(["x", None, "y", "y"]), strict=True))
    found = samples_left_out(
        given,
        ["condition"],
        verdicts(a=("poor", 0, ""), b=("good", np.nan, ""), c=("doubtful", 0.3, ""), d=("good", 0.1, "")),
    )
    assert found == {
        "a": "the reference does not explain its bulk (verdict poor)",
        "b": "no condition is given",
        "c": "30% of its mRNA comes from a type that the reference lacks",
    }


def test_a_type_whose_markers_are_missing_in_most_samples_is_left_out():
    table = verdicts(a=("good", 0, "poor"), b=("good", 0, "poor"), c=("good", 0, "good"), d=("good", 0, ""))
    assert types_left_out(table, list("abcd")) == ["A"]
    assert types_left_out(table, list("bcd")) == []


def test_a_sample_apart_is_found_and_no_other():
    rng = np.random.default_rng(0)
    ratios = rng.normal(size=(40, 5)) @ np.diag([3, 2, 1, 1, 1])
    ratios[7, 0] += 40
    assert list(np.flatnonzero(apart(ratios).is_apart)) == [7]


def test_groups_are_found_only_where_there_is_a_gap():
    rng = np.random.default_rng(0)
    assert all(two_groups(rng.normal(size=60)) is None for _ in range(200))
    assert all(two_groups(rng.uniform(size=60)) is None for _ in range(200))
    values = np.concatenate([rng.normal(size=20), rng.normal(8, 1, 40)])
    np.testing.assert_array_equal(two_groups(values), np.arange(60) >= 20)
    words = {"covariate_batch": ["x"] * 20 + ["y"] * 40, "covariate_age": list(range(60)), "id": list(map(str, values))}
    assert list(goes_with(values, words)) == ["covariate_batch"]


def test_remarks_carry_the_cohort(caplog):
    with caplog.at_level(logging.WARNING):
        design(factors(GROUPS[4:8]), "bulk.reference")
    assert caplog.records[0].remark.subject == "bulk.reference"
