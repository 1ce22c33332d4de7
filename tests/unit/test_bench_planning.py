"""The benchmark of many rows: its samplesheet, and what it reads from Nextflow's trace."""

from pathlib import Path

import pandas as pd
from bench.cases import many_rows
from bench.commands import planning
from bench.page import planning as page

DEMO = Path(__file__).parents[2] / "assets" / "demo"


def test_rows_take_the_references_in_turn_and_the_first_have_sections(tmp_path):
    sheet = pd.read_csv(many_rows.write(DEMO, tmp_path, rows=5, references=2, sections=3))
    assert sheet["reference"].str[-7:-5].tolist() == ["00", "01", "00", "01", "00"]
    assert sheet["spatial"].notna().tolist() == [True] * 3 + [False] * 2
    assert sheet["bulk_column"].tolist() == pd.read_csv(tmp_path / "bulk.csv", index_col=0).columns.tolist()
    named = {*sheet["bulk"], *sheet["reference"], *sheet["spatial"].dropna()}
    assert named <= {path.name for path in tmp_path.iterdir()}


def test_the_plan_says_how_many_tasks_are_left():
    tasks = pd.DataFrame({"step": ["NORMALIZE", "PLAN_SAMPLES"], "start": [60.0, 120.0], "complete": [120.0, 180.0]})
    found = planning.planned(tasks, ["2 samples", "17 tasks to run: 2 GENERATE_CELLS"])
    assert found == {"minutes": 2, "tasks of the check": 2, "tasks to run": 17}
    assert "| 2 | 2 | 17 |" in page.text(pd.DataFrame([found]))
