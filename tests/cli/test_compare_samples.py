"""compare_samples.py on the tables of many samples."""

import json

import pytest
from bulk2space.contract import tables
from cohort_tables import CHANGED, GENES, TYPES, write_cohort, write_expression
from script_process import run_script as run

CONDITIONS = ["normal", "tumour"] * 10
AGES = {"covariate_age": [float(40 + n * 7 % 30) for n in range(20)]}


def compared(folder, *arguments):
    """Return both tables and the remarks of a cohort."""
    done = run("compare_samples.py", *arguments, "--samples", folder / "samples.json", "--output", folder)
    assert done.returncode == 0, done.stderr
    named = {name: folder / f"bulk.reference.{name}" for name in ("comparisons.csv", "samples.csv", "remarks.json")}
    found = tables.COMPARISONS.read(named["comparisons.csv"])
    samples = tables.COHORT_SAMPLES.read(named["samples.csv"]).set_index("sample")
    return found, samples, json.loads(named["remarks.json"].read_text()), done.stderr


@pytest.fixture(scope="module")
def cohort(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    return compared(folder, *write_cohort(folder, CONDITIONS, poor=["s03"], covariates=AGES))


def test_the_type_that_falls_is_found_and_it_alone(cohort):
    found, _, _, log = cohort
    rows = found[found["term"] == "condition[tumour]"].set_index("cell_type")
    assert list(rows.index) == TYPES
    assert set(rows["against"]) == {"normal"}
    assert rows["p_adjusted"].idxmin() == "A"
    assert rows.loc["A", "p_adjusted"] < 0.001
    assert rows.loc["A", "ci_low"] < -2 < rows.loc["A", "ci_high"] < -1
    assert (rows.loc[TYPES[1:], "p_adjusted"] > 0.05).all()
    assert "proportion, condition[tumour]: 1 of 4 tests have an adjusted p below 0.05" in log


def test_a_covariate_without_effect_finds_nothing(cohort):
    rows = cohort[0][cohort[0]["term"] == "covariate_age"]
    assert len(rows) == len(TYPES)
    assert (rows["p_adjusted"] > 0.05).all()


def test_a_poor_sample_is_left_out_and_named(cohort):
    found, samples, told, log = cohort
    assert set(found["samples"]) == {19}
    assert samples.loc["s03", "left_out"] == "the reference does not explain its bulk (verdict poor)"
    assert (samples.drop("s03")["left_out"] == "").all()
    (remark,) = [one for one in told if one["code"] == "samples_left_out"]
    assert remark["figures"]["samples"] == ["s03"]
    assert remark["subject"] == "bulk.reference"
    assert "1 of 20 samples take no part in tests: s03 (" in log


def test_groups_too_small_for_a_test_are_a_sentence_and_no_error(tmp_path):
    found, samples, told, _ = compared(tmp_path, *write_cohort(tmp_path, ["a"] * 8 + ["b"] * 2))
    assert found.empty
    assert len(samples) == 10
    assert [one["sentence"] for one in told] == ["condition 'b' has fewer than 3 samples; not tested"]


def test_without_conditions_samples_are_still_laid_out(tmp_path):
    found, samples, told, _ = compared(tmp_path, *write_cohort(tmp_path, [None] * 14))
    assert found.empty
    assert told == []
    assert samples["pc1"].std() > 0


def test_genes_that_change_in_one_type_are_found_there_and_follow_its_share(tmp_path):
    conditions = CONDITIONS * 2
    options = write_cohort(tmp_path, conditions, poor=["s03"])
    found, _, _, log = compared(tmp_path, *options, *write_expression(tmp_path, conditions))
    rows = found[found["level"] == "expression"]
    assert set(rows["samples"]) == {39}
    assert list(rows["cell_type"].unique()) == TYPES
    assert set(rows["gene"]) == set(GENES[:32]), "those that are resolvable"
    sure = rows[rows["p_adjusted"] < 0.05]
    assert (sure["follows"] == sure["cell_type"]).all()
    right = sure[(sure["cell_type"] == "A") & sure["gene"].isin(CHANGED)]
    assert len(right) >= 4
    assert len(sure) - len(right) <= 1
    assert set(rows.loc[rows["gene"].isin(CHANGED), "follows"]) <= {"A", ""}, "a change that cannot be told has no type"
    assert right["effect"].mean() == pytest.approx(2, abs=0.3)
    assert "expression, condition[tumour]:" in log
    assert (found.loc[found["level"] == "proportion", "follows"] == "").all()


def test_rows_of_one_bulk_column_count_once(tmp_path):
    options = write_cohort(tmp_path, CONDITIONS, fold=0.0)
    given = json.loads((tmp_path / "samples.json").read_text())
    for sample in given:
        sample["bulk_column"] = f"column{int(sample['id'][1:]) // 4 * 2 + int(sample['id'][1:]) % 2}"
    (tmp_path / "samples.json").write_text(json.dumps(given))
    found, samples, told, _ = compared(tmp_path, *options)
    assert set(found["samples"]) == {10}
    assert samples.loc["s02", "left_out"] == "its bulk column column0 is that of s00, which counts once"
    assert (samples["left_out"] == "").sum() == 10
    assert [one["code"] for one in told] == ["samples_left_out"]


def test_samples_of_one_patient_count_once(tmp_path):
    conditions = ["normal"] * 12 + ["tumour"] * 12
    covariates = {
        "covariate_patient": [str(n // 3) for n in range(24)],
        "covariate_slice": [float(n % 3) for n in range(24)],
    }
    options = write_cohort(tmp_path, conditions, covariates=covariates)
    found, samples, told, _ = compared(tmp_path, *options, *write_expression(tmp_path, conditions))
    assert set(found["samples"]) == {8}
    assert set(found["term"]) == {"condition[tumour]"}
    rows = found[found["level"] == "proportion"].set_index("cell_type")
    assert rows["p_adjusted"].idxmin() == "A"
    assert (samples["left_out"] == "").all()
    assert [one["code"] for one in told] == ["samples_joined", "not_tested"]
    assert told[0]["sentence"].startswith("24 samples are of 8 different covariate_patient: ")
    assert told[1]["sentence"] == "covariate_slice differ between samples of one covariate_patient; not tested"


def test_a_condition_that_differs_within_patients_is_compared_within_them(tmp_path):
    patients = {"covariate_patient": [f"p{n // 2}" for n in range(20)]}
    options = write_cohort(tmp_path, CONDITIONS, covariates=patients)
    found, _, told, _ = compared(tmp_path, *options)
    assert set(found["samples"]) == {20}
    assert set(found["term"]) == {"condition[tumour]"}
    assert found.set_index("cell_type")["p_adjusted"].idxmin() == "A"
    assert {one["code"] for one in told} == {"not_tested"}
    assert "covariate_patient" in told[0]["sentence"]
