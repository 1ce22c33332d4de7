"""What a good samplesheet asks for, and what a user is told of it."""

import numpy as np
import pytest
from bulk2space.contract.colours import COLOURS
from bulk2space.inputs.sheet.plan import Options, Plan, Sample
from bulk2space.inputs.sheet.planning import tasks_in_words
from door_run import plan_of, sentences
from inputs import GENES, PUBLISHED_ROW, counts, write_h5ad, write_published, write_sheet, write_table


@pytest.fixture
def folder(tmp_path):
    write_published(tmp_path)
    return tmp_path


def test_tasks_of_held_out_genes_are_counted_for_images_only():
    samples = [
        Sample(name, "b", "one", "r", "section", platform, 10, "number", 50, None)
        for name, platform in (("x", "image"), ("y", "spot"), ("z", "image"))
    ]
    assert "2 VALIDATE_GENES" in tasks_in_words(Plan(samples=samples), Options(validate_genes=True))
    assert "3 WRITE_SPATIALDATA" in tasks_in_words(Plan(samples=samples), Options(write_spatialdata=True))
    assert "VALIDATE_GENES" not in tasks_in_words(Plan(samples=samples), Options())


def test_good_sheet_is_planned(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW, {**PUBLISHED_ROW, "sample": "t", "bulk_column": ""}))
    assert plan["problems"] == []
    assert plan["colours"] == {"sc_data": dict(zip("ABC", COLOURS, strict=False))}
    assert "reference sc_data.csv: 18 cells × 120 genes, unit counts, 3 types: A 6, B 6, C 6" in plan["summary"]
    assert any(line.startswith("26 tasks to run: 1 RANK_MARKERS, 1 TRAIN_VAE, 1 ESTIMATE") for line in plan["summary"])
    assert [sample["id"] for sample in plan["samples"]] == ["s", "t.one", "t.two"]
    assert plan["samples"][2] == {
        "id": "t.two",
        "bulk": "bulk",
        "bulk_column": "two",
        "reference": "sc_data",
        "section": "st_data",
        "platform": "spot",
        "cells_per_spot": 10,
        "cells_by": "number",
        "n_cells": 50,
        "condition": None,
        "covariates": {},
        "chapters": True,
        "cohort": None,
    }


def test_sample_without_section_is_planned(folder):
    row = {name: PUBLISHED_ROW[name] for name in ("sample", "bulk", "bulk_column", "reference", "reference_meta")}
    plan = plan_of(write_sheet(folder, row), "--cell-ratio", "2")
    assert plan["problems"] == []
    assert plan["samples"][0]["section"] is None
    assert plan["samples"][0]["n_cells"] == 36


def sheet_with_nuclei(folder, nuclei):
    write_h5ad(folder / "s.h5ad", counts(3), obs=nuclei, obsm={"spatial": np.zeros((3, 2))})
    row = {**PUBLISHED_ROW, "spatial": "s.h5ad", "spatial_meta": "", "cells_per_spot": "auto"}
    return write_sheet(folder, row)


@pytest.mark.parametrize(("nuclei", "cells"), [({"n_nuclei": [30, 0, 5]}, 35), ({}, 30)])
def test_enough_cells_are_generated_for_automatic_spots(folder, nuclei, cells):
    plan = plan_of(sheet_with_nuclei(folder, nuclei))
    assert plan["problems"] == []
    assert plan["samples"][0]["cells_by"] == "auto"
    assert plan["samples"][0]["n_cells"] == cells


def test_more_cells_than_the_limit_become_a_pool(folder):
    row = write_sheet(folder, PUBLISHED_ROW)
    plan = plan_of(row, "--max-cells", "20")  # room for 50, and 18 cells in the reference
    assert plan["samples"][0]["n_cells"] == 20
    (remark,) = [one for one in plan["remarks"] if one["code"] == "cells_limited"]
    assert remark["sentence"] == (
        "20 cells are generated instead of 50 (--max_cells); the spots have room for 50, so a generated cell takes 2.5 "
        "places on average"
    )
    assert remark["subject"] == "s"
    whole = plan_of(row, "--max-cells", "50")
    assert whole["samples"][0]["n_cells"] == 50
    assert not [one for one in whole["remarks"] if one["code"] == "cells_limited"]


def test_bad_nuclei_are_a_problem_of_automatic_spots(folder):
    problems = plan_of(sheet_with_nuclei(folder, {"nuclei": [1.5, 2, 3]}))["problems"]
    assert len(problems) == 1
    assert "line 2: s.h5ad: column nuclei: spot 'c1' has '1.5' nuclei" in problems[0]["sentence"]
    assert problems[0]["subject"] == "s"


def test_equal_file_names_get_different_ids(folder):
    for name in ("x", "y"):
        (folder / name).mkdir()
        write_table(folder / name / "bulk.csv", counts(1) * 20, ["one"])
    rows = [{**PUBLISHED_ROW, "sample": name, "bulk": f"{name}/bulk.csv"} for name in ("x", "y")]
    plan = plan_of(write_sheet(folder, *rows))
    assert plan["problems"] == []
    assert [sample["bulk"] for sample in plan["samples"]] == ["bulk", "y_bulk.csv"]


def test_labels_that_the_reference_lacks_are_warned_of(folder):
    write_h5ad(folder / "i.h5ad", counts(3), obs={"cell_type": list("AXB")}, obsm={"spatial": np.zeros((3, 2))})
    row = {**PUBLISHED_ROW, "spatial": "i.h5ad", "spatial_meta": "", "platform": "image"}
    plan = plan_of(write_sheet(folder, row))
    assert plan["problems"] == []
    (remark,) = [remark for remark in plan["remarks"] if remark["code"] == "unknown_labels_of_section"]
    assert "i.h5ad has the labels 'X', which are not types of sc_data.csv" in remark["sentence"]
    assert (remark["severity"], remark["subject"], remark["figures"]) == ("warning", "s", {"labels": ["X"]})


def test_few_genes_of_a_section_name_the_platform(folder):
    write_table(folder / "st_data.csv", counts(5, genes=60), [f"spot{n}" for n in range(1, 6)], genes=GENES[:60])
    (problem,) = sentences(plan_of(write_sheet(folder, PUBLISHED_ROW)))
    assert "share 60 of 60 genes" in problem
    assert "the file has few genes: is its platform right" in problem


def test_few_shared_genes_are_warned_of(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW))
    few = [remark for remark in plan["remarks"] if remark["code"] == "few_shared_genes"]
    assert [remark["subject"] for remark in few] == ["bulk", "st_data"]
    for remark in few:
        assert remark["severity"] == "warning"
        assert "share 120 of 120 genes; results from so few genes are unreliable" in remark["sentence"]
        assert remark["figures"] == {"shared": 120, "genes": 120}


def test_remarks_on_the_inputs_are_in_the_plan(folder):
    values = counts(18, seed=2)
    values[3] = 0
    write_table(folder / "sc_data.csv", values, [f"cell{n}" for n in range(1, 19)])
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW))
    (remark,) = [remark for remark in plan["remarks"] if remark["code"] == "cells_left_out"]
    assert remark == {
        "code": "cells_left_out",
        "severity": "note",
        "subject": "sc_data",
        "figures": {"left_out": 1, "cells": 18, "lack": "any expression"},
        "sentence": "sc_data.csv: 1 of 18 cells without any expression are left out",
    }


def test_equal_names_of_samples_of_different_rows_are_a_problem(folder):
    rows = [{**PUBLISHED_ROW, "bulk_column": ""}, {**PUBLISHED_ROW, "sample": "s.one"}]
    (problem,) = plan_of(write_sheet(folder, *rows))["problems"]
    assert problem["sentence"] == (
        "samplesheet.csv: 2 samples would have the name 's.one' (<sample>.<column>); rename one"
    )
    assert problem["subject"] == "s.one"


def test_sections_are_refused_where_no_cells_are_generated(folder):
    row = {name: PUBLISHED_ROW[name] for name in ("sample", "bulk", "bulk_column", "reference", "reference_meta")}
    plan = plan_of(write_sheet(folder, row), "--skip-cells")
    assert plan["problems"] == []
    assert plan["samples"][0]["n_cells"] == 0
    (tasks,) = [line for line in plan["summary"] if "tasks to run" in line]
    assert "GENERATE_CELLS" not in tasks
    plan = plan_of(write_sheet(folder, row, {**PUBLISHED_ROW, "sample": "t"}), "--skip-cells")
    (problem,) = sentences(plan)
    assert problem.startswith("samplesheet.csv, line 3: sample t has a section, which needs cells")


def test_persons_are_names_also_where_they_are_numbers(folder):
    rows = [
        {**PUBLISHED_ROW, "sample": f"s{n}", "covariate_patient": name, "covariate_donor_id": f"{n}"}
        for n, name in enumerate(["1", "2b"])
    ]
    plan = plan_of(write_sheet(folder, *rows))
    assert [sample["covariates"] for sample in plan["samples"]] == [
        {"covariate_patient": "1", "covariate_donor_id": "0"},
        {"covariate_patient": "2b", "covariate_donor_id": "1"},
    ]


def test_conditions_and_covariates_are_planned_as_numbers_or_words(folder):
    rows = [
        {**PUBLISHED_ROW, "sample": name, "condition": condition, "covariate_age": age, "covariate_site": site}
        for name, condition, age, site in (("a", "x", "40", "1b"), ("b", "NA", "5e1", ""), ("c", "y", "n/a", "2"))
    ]
    plan = plan_of(write_sheet(folder, *(rows[:2]), rows[2] | {"covariate_site": "two"}))
    assert plan["problems"] == []
    assert [sample["condition"] for sample in plan["samples"]] == ["x", None, "y"]
    assert [sample["covariates"] for sample in plan["samples"]] == [
        {"covariate_age": 40.0, "covariate_site": "1b"},
        {"covariate_age": 50.0, "covariate_site": None},
        {"covariate_age": None, "covariate_site": "two"},
    ]
