"""The walk of docs/cohorts.md: from a series of GEO to the cell type that falls."""

import gzip
import re
from pathlib import Path

import pandas as pd
import pytest
from bench.commands import walk
from bench.page import walk as page
from bulk2space.contract import tables
from conftest import run

DOCS = Path(__file__).parents[2] / "docs"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The series and its samplesheet, made by the lines of the page."""
    folder = tmp_path_factory.mktemp("walk")
    walk.prepare(folder)
    return folder


def test_the_page_shows_the_lines_that_are_run():
    (code,) = re.findall(r"```python\n(.*?)```", (DOCS / "cohorts.md").read_text(), flags=re.DOTALL)
    assert code.strip() == page.CODE


def test_the_samplesheet_has_a_row_for_each_sample_of_the_series(folder):
    sheet = pd.read_csv(folder / "samplesheet.csv")
    with gzip.open(folder / walk.MATRIX, "rt") as lines:
        header = next(line for line in lines if line.startswith('"ID_REF"'))
    assert sheet["bulk_column"].tolist() == [name.strip('"') for name in header.strip().split("\t")[1:]]
    assert sheet["covariate_severity"].between(0, 10).all()
    assert sheet["covariate_plate"].nunique() == 3


@pytest.mark.slow
def test_the_type_that_falls_is_named(folder):
    done = run("--input", "samplesheet.csv", "--skip_cells", cwd=folder)
    assert done.returncode == 0, done.stdout
    found = tables.COMPARISONS.read(folder / "out" / "cohorts" / walk.COHORT / "comparisons.csv")
    own = found[(found["term"] == page.TESTED) & (found["level"] == "proportion")].set_index("cell_type")
    assert own["p"].idxmin() == "T cell"
    assert own.loc["T cell", "p_adjusted"] < 1e-4
    assert own.loc["T cell", "ci_low"] < -0.12 < own.loc["T cell", "ci_high"] < 0
    assert (own.drop(index="T cell")["p_adjusted"] > 0.01).all()
    others = found[(found["term"] != page.TESTED) & (found["level"] == "proportion")]
    assert (others["p_adjusted"] < 0.05).mean() <= 0.1
    report = (folder / "out" / "multiqc" / "multiqc_report.html").read_text()
    assert "severity, per unit" in report
