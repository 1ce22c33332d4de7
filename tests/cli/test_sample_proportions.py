"""sample_proportions.py: the estimates of a bulk's columns as tables of the samples."""

import json

import pandas as pd
from bulk2space.contract import tables
from script_process import run_script as run


def test_each_sample_has_the_rows_of_its_column(tmp_path):
    estimates = pd.DataFrame({"sample": ["x", "x", "y", "y"], "cell_type": ["a", "b"] * 2})
    estimates = estimates.assign(proportion=[0.25, 0.75, 1.0, 0.0], ci_low=0.0, ci_high=1.0, residual=1.0)
    tables.ESTIMATES.write(estimates.assign(rna_fraction=estimates["proportion"]), tmp_path / "estimates.csv")
    samples = [{"id": "one", "bulk_column": "y", "n_cells": 0}, {"id": "two", "bulk_column": "x", "n_cells": 0}]
    (tmp_path / "samples.json").write_text(json.dumps(samples))
    line = ("--samples", tmp_path / "samples.json", "--proportions", tmp_path / "estimates.csv", "--output", tmp_path)
    done = run("sample_proportions.py", *line)
    assert done.returncode == 0, done.stderr
    for name, proportions in (("one", [1.0, 0.0]), ("two", [0.25, 0.75])):
        table = tables.PROPORTIONS.read(tmp_path / f"{name}.proportions.csv")
        assert table["proportion"].tolist() == proportions
        assert table["n_cells"].tolist() == [0, 0]
        assert set(table["sample"]) == {name}
