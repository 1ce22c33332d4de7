"""Many samples of one bulk and reference without the work: their tasks take several, and a new row repeats few."""

import json

import pytest
from conftest import run, tasks
from inputs import PUBLISHED_ROW, counts, write_published, write_sheet, write_table

COLUMNS = [f"c{number}" for number in range(1, 32)]
ROW = {name: PUBLISHED_ROW[name] for name in ("bulk", "reference", "reference_meta")}
ROWS = [ROW | {"sample": f"s{column}", "bulk_column": column} for column in COLUMNS]
CHUNKS = ["bulk with sc_data, 1-8", "bulk with sc_data, 9-16", "bulk with sc_data, 17-24", "bulk with sc_data, 25-30"]

NAMES = (
    "expression.h5ad",
    "proportions.csv",
    "comparisons.csv",
    "samples.csv",
    "figures/proportions.csv",
    "figures/proportions.png",
)
LAST = "bulk with sc_data, 25-31"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the results of thirty of a bulk's columns, each a row of the sheet."""
    folder = tmp_path_factory.mktemp("cohort")
    write_published(folder)
    write_table(folder / "bulk.csv", counts(len(COLUMNS), seed=1) * 50, COLUMNS)
    stub(folder, ROWS[:30])
    return folder


def stub(folder, rows, *arguments) -> dict[str, str]:
    sheet = write_sheet(folder, *rows)
    result = run("-stub-run", "-resume", "--input", sheet, *arguments, cwd=folder)
    assert result.returncode == 0, result.stdout
    return tasks(folder)


def of_step(status: dict[str, str], step: str, kind: str | None = None) -> set[str]:
    """Return what a step's tasks (of one kind) are about."""
    named = {name.removeprefix(f"{step} (").removesuffix(")"): name for name in status if name.startswith(f"{step} (")}
    return {short for short, name in named.items() if kind in (None, status[name])}


def test_thirty_samples_go_through_four_tasks_of_each_step_and_have_files_of_their_own(folder):
    status = tasks(folder)
    for step in ("JUDGE_FIT", "GENERATE_CELLS", "PLOT_SAMPLE"):
        assert of_step(status, step) == set(CHUNKS)
    for row in ROWS[:30]:
        for name in ("cells.h5ad", "proportions.csv", "verdict.csv", "figures/proportions.png"):
            assert (folder / "out" / row["sample"] / name).exists()


def test_more_samples_than_the_report_has_chapters_are_a_cohort(folder):
    assert of_step(tasks(folder), "PLOT_COHORT") == {"bulk.sc_data"}
    assert of_step(tasks(folder), "COMPARE_SAMPLES") == {"bulk.sc_data"}
    found = {
        str(path.relative_to(folder / "out" / "cohorts"))
        for path in (folder / "out" / "cohorts").rglob("*.*")
        if path.is_file()
    }
    assert {f"bulk.sc_data/{name}" for name in NAMES} == found
    samples = json.loads((folder / "out" / "pipeline_info" / "plan.json").read_text())["samples"]
    assert [sample["chapters"] for sample in samples] == [True] * 12 + [False] * 18


def test_a_new_row_repeats_the_task_that_takes_it_and_no_other(folder):
    status = stub(folder, ROWS)
    for step in ("JUDGE_FIT", "GENERATE_CELLS", "PLOT_SAMPLE"):
        assert of_step(status, step, "COMPLETED") == {LAST}
        assert of_step(status, step, "CACHED") == set(CHUNKS[:3])
    assert status["PLOT_COHORT (bulk.sc_data)"] == "COMPLETED"
    assert status["ESTIMATE_EXPRESSION (bulk.sc_data)"] == "COMPLETED"
    assert status["ESTIMATE_PROPORTIONS (bulk.sc_data)"] == status["TRAIN_VAE (sc_data)"] == "CACHED"


@pytest.mark.slow
def test_the_numbers_of_samples_of_a_task_and_of_the_report_can_be_given(folder):
    status = stub(folder, ROWS, "--samples_per_task", 16, "--report_samples", 31)
    assert not of_step(status, "PLOT_COHORT")
    assert of_step(status, "GENERATE_CELLS") == {"bulk with sc_data, 1-16", "bulk with sc_data, 17-31"}


def test_without_cells_a_run_ends_with_proportions_expression_and_verdicts(folder):
    status = stub(folder, ROWS, "--skip_cells")
    assert of_step(status, "SAMPLE_PROPORTIONS") == of_step(status, "PLOT_SAMPLE") == {*CHUNKS[:3], LAST}
    assert of_step(status, "JUDGE_FIT", "CACHED") == {*CHUNKS[:3], LAST}
    assert (folder / "out" / "cohorts" / "bulk.sc_data" / "expression.h5ad").exists()
    assert not {name.split(" ")[0] for name in status} & {"TRAIN_VAE", "GENERATE_CELLS"}


@pytest.mark.slow
def test_conditions_make_a_cohort_of_six_samples_and_no_cells_again(tmp_path):
    write_published(tmp_path)
    write_table(tmp_path / "bulk.csv", counts(len(COLUMNS), seed=1) * 50, COLUMNS)
    rows = [row | {"condition": "ab"[place % 2], "covariate_age": place} for place, row in enumerate(ROWS[:6])]
    status = stub(tmp_path, rows, "--skip_cells")
    assert of_step(status, "COMPARE_SAMPLES") == of_step(status, "PLOT_COHORT") == {"bulk.sc_data"}
    status = stub(tmp_path, [row | {"condition": "x"} for row in rows], "--skip_cells")
    assert of_step(status, "COMPARE_SAMPLES", "COMPLETED") == {"bulk.sc_data"}
    assert not of_step(status, "SAMPLE_PROPORTIONS", "COMPLETED")
