"""The paper's metrics of generated cells, the names of clusters, disturbed latent vectors, and rows without cells."""

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import torch
from bench.judges import by_type
from bench.judges import cells as judged_whole
from bench.judges import expression as judged
from bench.rivals.latent import perturb
from bulk2space.contract.type_layers import GenesOfTypes, add_to_varm, write_types
from simulated_sample import adata, expression

ROOT = Path(__file__).parents[2]
BIN = ROOT / "benchmarks" / "bin"
KINDS = ["A", "B", "C"]
GENES = [f"g{n}" for n in range(30)]


def cells(labels: list[str], seed: int) -> ad.AnnData:
    types = np.array(labels)
    counts = expression(types, KINDS, len(GENES), np.random.default_rng(seed))
    return adata(counts, [f"c{n}" for n in range(len(types))], GENES, cell_type=types)


@pytest.fixture(scope="module")
def real():
    return cells(KINDS * 40, 1), cells(KINDS * 40, 2)


def test_cells_of_the_right_type_are_like_held_out_ones_and_others_are_not(real):
    reference, held_out = real
    bulk = np.log1p(np.asarray(held_out.layers["counts"].sum(axis=0)).ravel() / held_out.layers["counts"].sum() * 1e4)
    right = judged.expression(cells(KINDS * 40, 3), reference, held_out, bulk)
    swapped = cells(KINDS * 40, 3)
    swapped.obs["cell_type"] = swapped.obs["cell_type"].map({"A": "B", "B": "C", "C": "A"})
    wrong = judged.expression(swapped, reference, held_out, bulk)
    of_a = [table.set_index(["cell_type", "metric"])["value"]["A", "pcc_mean"] for table in (right, wrong)]
    assert of_a[0] > 0.95
    assert of_a[1] < 0.5
    assert set(right["metric"]) == {f"{m}_{of}" for m in ("pcc", "srcc", "rmse") for of in ("mean", "bulk")}


def test_a_type_without_cells_keeps_its_row(real):
    reference, held_out = real
    table = judged.expression(cells(["A", "B"] * 30, 4), reference, held_out, np.arange(len(GENES)))
    of_c = table[table["cell_type"] == "C"]
    assert len(of_c) == 3
    assert of_c["value"].isna().all()
    assert (of_c["n"] == 0).all()
    assert of_c["ceiling"].notna().all()


def test_expression_by_type_is_judged_by_the_means_of_its_sample_alone(real, tmp_path):
    reference, held_out = real
    linear = [np.expm1(held_out[held_out.obs["cell_type"] == kind].X.toarray().mean(axis=0)) for kind in KINDS]
    mean = np.stack([linear, np.roll(linear, 1, axis=1)], axis=1)  # types × samples × genes
    columns = pd.DataFrame({"bulk_column": ["own", "second"]}, index=["s1", "s2"])
    shared = ad.AnnData(
        np.zeros(mean.shape[1:]), columns, pd.DataFrame(index=GENES), uns={"cell_types": np.array(KINDS, dtype=object)}
    )
    path = tmp_path / "case.expression.h5ad"
    write_types(shared, [GenesOfTypes(slice(0, len(GENES)), mean, mean)], path)
    add_to_varm(path, {"resolvable": np.ones((len(GENES), len(KINDS)), dtype=bool)})
    bulk, truth = np.arange(len(GENES)), pd.Series(1 / 3, KINDS)
    own, second = (
        judged_whole.judge(by_type.read_cells(path, column), reference, reference, held_out,
                           bulk=bulk, truth=truth, seed=0, repeats=0).set_index(["metric", "cell_type"])["value"]
        for column in ("own", "second")
    )  # fmt: skip
    assert set(own.index.unique("metric")) == {"pcc_mean", "srcc_mean", "rmse_mean"}
    assert own["pcc_mean"].min() > 0.999
    assert second["pcc_mean"].max() < 0.9


def test_without_forests_cells_are_judged_by_expression_and_composition_alone(real):
    reference, held_out = real
    truth = pd.Series({"A": 0.4, "B": 0.3, "C": 0.3})
    table = judged_whole.judge(
        cells(KINDS * 40, 3), reference, reference, held_out, bulk=np.arange(len(GENES)), truth=truth, seed=0, repeats=0
    )
    assert {"pcc_mean", "pcc_bulk", "rmse_proportions"} <= set(table["metric"])
    assert not {"auc", "distance_ratio", "copies"} & set(table["metric"])
    assert (table["gated"] != table["cell_type"].isin(KINDS)).all(), "40 held-out cells of a type are too few"


def test_composition_counts_a_lacking_type_as_none():
    truth = pd.Series({"A": 0.5, "B": 0.25, "C": 0.25})
    table = judged.composition(cells(["A"] * 3 + ["B"], 5), truth).set_index("metric")["value"]
    assert table["rmse_proportions"] == pytest.approx(np.sqrt((0.25**2 + 0.25**2) / 3))


def test_clusters_are_called_by_the_type_most_of_their_cells_have(real):
    reference, _ = real
    given, made = reference.copy(), cells(["A", "B", "C"], 6)
    given.obs["cell_type"] = reference.obs["cell_type"].map({"A": "cluster 2", "B": "cluster 1", "C": "cluster 3"})
    given.obs.iloc[0, 0] = "cluster 3"
    made.obs["cell_type"] = ["cluster 1", "cluster 2", "cluster 3"]
    assert judged.with_true_types(made, given, reference).obs["cell_type"].tolist() == ["B", "A", "C"]
    assert judged.with_true_types(reference, reference, reference) is reference


def test_latent_vectors_are_disturbed_as_asked():
    found = {}
    for level in ("0", "1", "2", "prior"):
        model = SimpleNamespace(encode=lambda batch: (torch.full((2, 3), 5.0), torch.zeros(2, 3)))
        perturb(model, level)
        mu, log_variance = model.encode(None)
        found[level] = mu[0, 0].item(), torch.exp(0.5 * log_variance)[0, 0].item()
    assert found == {"0": (5, 0), "1": (5, 1), "2": (5, pytest.approx(2)), "prior": (0, 1)}


def test_each_run_is_judged_and_one_without_cells_is_a_row(real, tmp_path):
    reference, held_out = real
    generated = cells(KINDS * 20, 7)
    bulk = ad.AnnData(np.ones((2, reference.n_vars)), obs=pd.DataFrame(index=["own", "second"]), var=reference.var)
    truth = pd.DataFrame({"sample": "own", "cell_type": ["A", "B", "C"], "proportion": [0.2, 0.3, 0.5]})
    files = {"given": reference, "reference": reference, "held-out": held_out, "bulk": bulk, "cells": generated}
    for name, table in files.items():
        table.write_h5ad(tmp_path / f"{name}.h5ad")
    truth.to_csv(tmp_path / "truth.csv", index=False)
    (tmp_path / "training.json").write_text('{"epochs": 7, "cut": false, "seconds": 1.5}')
    runs = [
        {"cells": None, "training": None, "bulk_column": "second", "model": None, "row": {"method": "gan", "seed": 1}},
        {"cells": 0, "training": 0, "bulk_column": "own", "model": None, "row": {"method": "gan", "seed": 2}},
    ]
    (tmp_path / "runs.json").write_text(json.dumps(runs))
    command = [sys.executable, BIN / "judge_cells.py", "--runs", "runs.json", "--truth", "truth.csv", "--repeats", "0"]
    command += [part for name in files for part in (f"--{name}", f"{name}.h5ad")]
    command += ["--training", "training.json", "--output", "rows.csv"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "bin")}
    done = subprocess.run(command, env=environment, capture_output=True, cwd=tmp_path, text=True, check=False)
    assert done.returncode == 0, done.stderr
    rows = pd.read_csv(tmp_path / "rows.csv")
    without, judged_rows = (rows[rows["seed"] == seed] for seed in (1, 2))
    assert without[["method", "status", "cell_type"]].to_numpy().tolist() == [["gan", "timeout", "all"]]
    assert without[["value", "epochs", "cut", "seconds"]].isna().all(axis=None)
    assert set(judged_rows["status"]) == {"done"}
    assert set(judged_rows["epochs"]) == {7}
    assert {"pcc_mean", "pcc_proportions"} <= set(judged_rows["metric"])
    assert "auc" not in set(judged_rows["metric"])
