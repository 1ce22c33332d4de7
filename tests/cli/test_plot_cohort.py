"""plot_cohort.py on the tables of many samples."""

import json

import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import tables
from cli.test_rank_markers import run

TYPES = ["A", "B <x>", "C"]
NAMES = [f"s{number:02d}" for number in range(14)]
POOR = ["s03", "s07"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Fourteen samples of two kinds in turn: mostly A, or mostly C."""
    folder = tmp_path_factory.mktemp("cohort")
    for name in ("proportions", "verdicts"):
        (folder / name).mkdir()
    rng = np.random.default_rng(0)
    for place, name in enumerate(NAMES):
        proportions = rng.dirichlet([50, 5, 5] if place % 2 else [5, 5, 50])
        table = pd.DataFrame({"sample": name, "cell_type": TYPES, "proportion": proportions, "n_cells": 0})
        table = table.assign(ci_low=0.0, ci_high=1.0, rna_fraction=proportions)
        tables.PROPORTIONS.write(table, folder / "proportions" / f"{name}.proportions.csv")
        word = "poor" if name in POOR else "good"
        verdict = pd.DataFrame(
            {"sample": [name] * 2, "input": "bulk", "cell_type": ["", "A"], "verdict": [word, "good"]}
        )
        tables.VERDICT.write(
            verdict.reindex(columns=tables.VERDICT.header), folder / "verdicts" / f"{name}.verdict.csv"
        )
    done = run(
        *("plot_cohort.py", "--cohort", "bulk.reference", "--proportions", folder / "proportions"),
        *("--verdicts", folder / "verdicts", "--output", folder / "out"),
    )
    assert done.returncode == 0, done.stderr
    return folder / "out" / "bulk.reference"


def test_the_heat_map_has_every_sample_beside_similar_ones(folder):
    table = pd.read_csv(folder / "figures" / "proportions.csv")
    assert list(table) == ["sample", *TYPES, "verdict"]
    assert sorted(table["sample"]) == NAMES
    kinds = (table["A"] > table["C"]).to_numpy()
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
