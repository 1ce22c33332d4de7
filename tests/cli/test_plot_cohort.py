"""plot_cohort.py on the tables of many samples."""

import json

import numpy as np
import pandas as pd
import pytest
from bulk2space.cohort.apart import apart
from bulk2space.contract import tables
from bulk2space.contract.task_samples import TaskSample
from bulk2space.report import cohort_factors, cohort_map, cohort_strips
from cohort_tables import TYPES, write_cohort
from script_process import run_script as run

MADE = (("comparisons", "csv"), ("samples", "csv"), ("remarks", "json"))
AGES = [float(40 + n * 7 % 30) for n in range(14)]
NAMES = [f"s{number:02d}" for number in range(14)]
POOR = ["s03", "s07"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Fourteen samples of two conditions in turn: with much of type A, or little."""
    folder = tmp_path_factory.mktemp("cohort")
    options = write_cohort(folder, ["a", "c"] * 7, poor=POOR, covariates={"covariate_age": AGES}, fold=-4)
    done = run("compare_samples.py", *options, "--samples", folder / "samples.json", "--output", folder)
    assert done.returncode == 0, done.stderr
    made = [f"--{name}={folder}/bulk.reference.{name}.{end}" for name, end in MADE]
    done = run("plot_cohort.py", *options, "--given", folder / "samples.json", *made, "--output", folder / "out")
    assert done.returncode == 0, done.stderr
    return folder / "out" / "bulk.reference"


def test_the_heat_map_has_every_sample_beside_similar_ones(folder):
    table = pd.read_csv(folder / "figures" / "proportions.csv")
    assert list(table) == ["sample", *TYPES, "condition", "age", "verdict"]
    assert sorted(table["sample"]) == NAMES
    kinds = (table["A"] > 0.15).to_numpy()
    assert (np.diff(kinds.astype(int)) != 0).sum() == 1  # one kind after the other
    assert table.set_index("sample")["verdict"].loc[POOR].tolist() == ["poor", "poor"]
    for suffix in ("png", "pdf"):
        assert (folder / "figures" / f"proportions.{suffix}").stat().st_size > 5000


def test_the_tables_of_all_samples_are_one(folder):
    table = tables.PROPORTIONS.read(folder.with_name("bulk.reference.proportions.csv"))
    assert len(table) == len(NAMES) * len(TYPES)
    assert set(table["sample"]) == set(NAMES)


def test_the_report_counts_the_verdicts_and_names_the_poor(folder):
    part = json.loads((folder / "bulk.reference_cohort_mqc.json").read_text())
    assert part["parent_id"] == "b2s_cohorts"
    assert "Verdicts on 14 samples: 12 good, 0 doubtful, 2 poor. Poor: s03, s07." in part["data"]
    assert "cohorts/bulk.reference/figures/proportions" in part["data"]


def test_the_report_lists_what_differs_and_says_what_was_left_out(folder):
    data = json.loads((folder / "bulk.reference_cohort_mqc.json").read_text())["data"]
    assert "2 of 14 samples take no part in tests: s03 (the reference does not explain its bulk" in data
    assert "<td><b>A</b></td><td><b>condition: c against a</b></td>" in data
    row = data[data.index("<td><b>A</b></td>") :].split("</tr>")[0]
    before, after = (float(part.split("%")[0]) for part in row.split("<td><b>")[3].split(" → "))
    assert after < before / 3
    assert "B &lt;x&gt;" in data
    assert "B <x>" not in data
    assert "age, per unit" in data
    assert 'href="../cohorts/bulk.reference/comparisons.csv"' in data


def test_every_type_is_drawn_by_condition_and_along_the_covariate(folder):
    by_condition = pd.read_csv(folder / "figures" / "proportions_by_condition.csv")
    assert len(by_condition) == 14 * len(TYPES)
    assert set(by_condition["by"]) == {"a", "c"}
    assert pd.read_csv(folder / "figures" / "proportions_by_age.csv")["by"].nunique() == len(set(AGES))
    data = json.loads((folder / "bulk.reference_cohort_mqc.json").read_text())["data"]
    for name in ("proportions_by_condition", "proportions_by_age", "samples", "fit"):
        assert (folder / "figures" / f"{name}.png").stat().st_size > 5000
        assert f'href="../cohorts/bulk.reference/figures/{name}.pdf"' in data
    fit = pd.read_csv(folder / "figures" / "fit.csv").set_index("sample")
    assert list(fit.index[:2]) == POOR  # the least agreement first


def test_words_of_two_factors_have_colours_of_their_own_and_too_many_words_are_not_drawn():
    samples = [
        TaskSample(f"s{n}", condition="xy"[n % 2], covariates={"covariate_a": "pqr"[n % 3], "covariate_id": f"i{n}"})
        for n in range(12)
    ]
    found = cohort_factors.shown(samples)
    assert [factor.name for factor in found] == ["condition", "a"]
    colours = [colour for factor in found for colour in factor.palette.values()]
    assert len(set(colours)) == 5


def test_a_covariate_called_like_a_column_of_a_figure_keeps_its_whole_name():
    covariates = ("covariate_condition", "covariate_distance")
    samples = [
        TaskSample(f"s{n}", condition="xy"[n % 2], covariates=dict.fromkeys(covariates, float(n))) for n in range(4)
    ]
    names = [factor.name for factor in cohort_factors.shown(samples)]
    assert names == ["condition", "covariate condition", "covariate distance"]


def test_samples_without_a_value_are_in_the_legend_or_said_to_be_absent():
    samples = [TaskSample(f"s{n}", condition=("x", "y", None)[n % 3]) for n in range(6)]
    (factor,) = cohort_factors.shown(samples)
    assert list(factor.entries) == ["x", "y", cohort_factors.NOT_GIVEN]
    table = pd.DataFrame([(f"s{n}", "A", 0.5, 0.4, 0.6) for n in range(6)])
    table.columns = ["sample", "cell_type", "proportion", "ci_low", "ci_high"]
    told = cohort_strips.draw(table, factor, cohort="c").caption
    assert "2 of 6 samples are not shown, as their condition is not given." in told


@pytest.mark.parametrize("ratios", [np.eye(5) * 3, np.array([[1.0, -1.0], [-2.0, 2.0]] * 4)], ids=["five", "two types"])
def test_no_map_of_samples_is_drawn_without_places(ratios):
    lying = apart(ratios)
    assert np.isnan(lying.scores).all()
    table = pd.DataFrame(lying.scores, columns=["pc1", "pc2"])
    table = table.assign(sample=[f"s{n}" for n in range(len(table))], left_out="", apart=0)
    assert cohort_map.draw(table, [], cohort="c") is None


@pytest.mark.parametrize("number", [1, 60, 61, 1000])
def test_points_of_a_group_stay_within_it(number):
    x = cohort_strips._across(number)
    assert np.abs(x).max() <= cohort_strips.SPREAD
    assert len(np.unique(x)) == number
