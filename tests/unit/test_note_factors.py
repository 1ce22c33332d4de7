"""Conditions and covariates that may not be meant as they are written."""

import dataclasses

import pytest
from bulk2space.contract.comparisons import holds_names, is_person
from bulk2space.inputs.sheet.covariates import typed
from bulk2space.inputs.sheet.note_factors import note_factors
from bulk2space.inputs.sheet.plan import Sample
from bulk2space.inputs.sheet.samplesheet import read_rows


def noted(caplog, condition=(), **covariates):
    """Return what is remarked on for samples of these conditions, or of these covariates."""
    values = next(iter(covariates.values())) if covariates else condition
    sample = Sample("s", "b", "c", "r", None, None, 10, "number", 50, None)
    given = [
        dataclasses.replace(
            sample,
            condition=None if covariates else value,
            covariates={f"covariate_{name}": value for name in covariates},
        )
        for value in values
    ]
    with caplog.at_level("INFO"):
        note_factors(given)
    return [record.message for record in caplog.records]


def test_words_that_differ_in_spelling_alone_are_remarked_on(caplog):
    (sentence,) = noted(caplog, ["Normal", "tumour", "normal", "non-tumour"])
    assert sentence == (
        "condition: 'Normal', 'normal' differ in capitals, spaces or hyphens alone, and count as 2 groups; if they are "
        "one, write them alike"
    )
    caplog.clear()
    (sentence,) = noted(caplog, site=["St. Mary", "St._Mary", "X", None])
    assert sentence.startswith("covariate_site: 'St. Mary', 'St._Mary' differ")


@pytest.mark.parametrize("words", [["a", "b"], ["+", "-"], ["a 1", "a1"], [None, "a"]])
def test_other_words_are_not(words, caplog):
    assert noted(caplog, words) == []


def test_numbers_that_look_like_groups_are_remarked_on(caplog):
    (sentence,) = noted(caplog, cluster=[1.0, 2.0, 3.0] * 3)
    assert sentence.startswith("covariate_cluster holds 3 different whole numbers, and is taken for a quantity")


@pytest.mark.parametrize("numbers", [[0.0, 1.0] * 5, [1.5, 2.0, 3.0] * 3, [1.0, 2.0, 3.0, 4.0] * 2, [5.0] * 9])
def test_other_numbers_are_not(numbers, caplog):
    assert noted(caplog, x=numbers) == []


@pytest.mark.parametrize("name", ["batch", "Batch", "batch_id", "plateID", "run", "sex", "flow_cell", "centre"])
def test_numbers_of_batches_are_names(name, tmp_path):
    """As a quantity, a second of three batches that differs would not be allowed for at all."""
    sheet = tmp_path / "samplesheet.csv"
    lines = [f"sample,bulk,reference,covariate_{name}", *(f"s{n},b.csv,r.h5ad,{n}" for n in (1, 2, 3))]
    sheet.write_text("\n".join(lines))
    assert typed(read_rows(sheet)) == [{f"covariate_{name}": str(n)} for n in (1, 2, 3)]
    assert not is_person(f"covariate_{name}")


@pytest.mark.parametrize("name", ["patient", "PatientID", "patient_id", "donor_number", "subject_code", "Person"])
def test_persons_are_told_by_their_usual_names(name):
    assert is_person(f"covariate_{name}")
    assert holds_names(f"covariate_{name}")


@pytest.mark.parametrize("name", ["age", "patients_weight", "run_time", "batch_size", "dose", "stage"])
def test_quantities_are_no_names(name):
    assert not holds_names(f"covariate_{name}")
    assert not holds_names(name)
