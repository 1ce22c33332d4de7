"""What a good samplesheet asks for, and what a user is told of it."""

import numpy as np
import pytest
from bulk2space.inputs import plan as plan_module
from bulk2space.inputs.plan import Options, Plan
from door_run import plan_of
from inputs import GENES, PUBLISHED_ROW, counts, write_h5ad, write_published, write_sheet, write_table


@pytest.fixture
def folder(tmp_path):
    write_published(tmp_path)
    return tmp_path


def test_tasks_of_left_out_genes_are_counted_for_images_only():
    plan = Plan(samples=[{"reference": "r", "bulk": "b", "platform": name} for name in ("image", "spot", "image")])
    assert "2 VALIDATE_GENES" in plan_module._tasks(plan, Options(validate_genes=True))
    assert "VALIDATE_GENES" not in plan_module._tasks(plan, Options())


def test_good_sheet_is_planned(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW, {**PUBLISHED_ROW, "sample": "t", "bulk_column": ""}))
    assert plan["problems"] == []
    assert plan["cell_types"] == ["A", "B", "C"]
    assert "reference sc_data: 18 cells × 120 genes, units counts, 3 types: A 6, B 6, C 6" in plan["summary"]
    assert any(line.startswith("13 tasks to run: 1 RANK_MARKERS, 1 TRAIN_VAE, 1 ESTIMATE") for line in plan["summary"])
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


def test_bad_nuclei_are_a_problem_of_automatic_spots(folder):
    problems = plan_of(sheet_with_nuclei(folder, {"nuclei": [1.5, 2, 3]}))["problems"]
    assert len(problems) == 1
    assert "line 2: s.h5ad: column nuclei: spot 'c1' has '1.5' nuclei" in problems[0]


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
    assert any("the labels 'X' of i.h5ad are no types of sc_data.csv" in warning for warning in plan["warnings"])


def test_few_genes_of_a_section_name_the_platform(folder):
    write_table(folder / "st_data.csv", counts(5, genes=60), [f"spot{n}" for n in range(1, 6)], genes=GENES[:60])
    problems = plan_of(write_sheet(folder, PUBLISHED_ROW))["problems"]
    assert len(problems) == 1
    assert "share 60 of 60 genes" in problems[0]
    assert "the file has few genes: is its platform right" in problems[0]


def test_few_shared_genes_are_warned_of(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW))
    assert any("share 120 of 120 genes; results on so few are unsure" in warning for warning in plan["warnings"])
