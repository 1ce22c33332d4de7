"""Floors of the generated cells on real data: the bulk is one half of a set's cells, the reference the other half.

`benchmarks/bin/bench/judges/likeness.py` says what each figure is; the ceiling is what the reference's own cells reach.
"""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bench.judges import likeness
from bulk2space.numerics.scaling import log_normalize

SETS = {"blood": "sc_pbmc3k_10x", "bulb": "sc_mob_tepe"}
N_GATED = {"blood": 6, "bulb": 4}  # types with enough held-out cells, at least


@pytest.fixture(scope="module", params=SETS)
def judged(request, data, run_pipeline, tmp_path_factory):
    """Run the pipeline and return each figure's value and ceiling, means over the types that count."""
    folder = tmp_path_factory.mktemp(request.param)
    cells = ad.read_h5ad(data / f"{SETS[request.param]}.h5ad")
    order = np.random.default_rng(0).permutation(cells.n_obs)
    reference, held_out = (cells[half].copy() for half in (order[: cells.n_obs // 2], order[cells.n_obs // 2 :]))
    reference.write_h5ad(folder / "reference.h5ad")
    total = np.asarray(held_out.X.sum(axis=0)).ravel().astype(int)
    pd.DataFrame({request.param: total}, index=held_out.var_names).to_csv(folder / "bulk.csv")
    sheet = {"sample": request.param, "bulk": "bulk.csv", "reference": "reference.h5ad"}
    pd.DataFrame([sheet]).to_csv(folder / "samplesheet.csv", index=False)
    generated = ad.read_h5ad(run_pipeline(folder) / request.param / "cells.h5ad")
    assert set(generated.var_names) == set(cells.var_names)  # the bulk has all of the reference's genes
    for half in (reference, held_out):
        half.layers["counts"] = half.X.copy()
        half.X = log_normalize(half.X)
    table = likeness.judge(generated, reference, held_out, repeats=5)
    print("\n" + table.pivot(index="cell_type", columns="metric", values="value").round(4).to_string())
    counted = table[table["gated"]]
    assert counted["cell_type"].nunique() - 1 >= N_GATED[request.param]
    means = counted.groupby("metric")[["value", "ceiling"]].mean()
    print(means.round(4).to_string())
    return means


@pytest.mark.slow
def test_a_types_mean_expression_is_that_of_held_out_cells(judged):
    value, ceiling = judged.loc["mean_pcc"]
    print(f"\nmean_pcc {value:.4f}, ceiling {ceiling:.4f}")
    assert value >= ceiling - 0.005


@pytest.mark.slow
def test_genes_spread_as_in_held_out_cells(judged):
    value, ceiling = judged.loc["spread_pcc"]
    print(f"\nspread_pcc {value:.4f}, ceiling {ceiling:.4f}")
    assert value >= ceiling - 0.03


@pytest.mark.slow
def test_a_forest_hardly_tells_generated_from_held_out_cells(judged):
    value, ceiling = judged.loc["auc"]
    print(f"\nauc {value:.4f}, ceiling {ceiling:.4f}")
    assert value <= 0.70


@pytest.mark.slow
def test_markers_are_as_much_higher_as_in_held_out_cells(judged):
    value, ceiling = judged.loc["lfc_pcc"]
    print(f"\nlfc_pcc {value:.4f}, ceiling {ceiling:.4f}")
    assert value >= 0.95


@pytest.mark.slow
def test_genes_vary_together_as_in_held_out_cells(judged):
    value, ceiling = judged.loc["frobenius"]
    print(f"\nfrobenius {value:.3f}, ceiling {ceiling:.3f}")
    assert value <= 1.25 * ceiling


@pytest.mark.slow
def test_cells_are_new_and_as_far_from_the_reference_as_held_out_ones(judged):
    ratio, copies = judged.loc[["distance_ratio", "copies"], "value"]
    print(f"\ndistance_ratio {ratio:.3f}, copies {copies:.0f}")
    assert copies == 0
    assert 0.85 <= ratio <= 1.1
