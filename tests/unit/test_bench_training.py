"""The inputs that the benchmark of training makes for itself, and its sentence where there are no data."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import resampled
from bench.cases.data_sets import path
from test_bench_runner import command


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("data")
    counts = np.random.default_rng(0).poisson(np.geomspace(0.5, 8, 50), (60, 50))
    cells = ad.AnnData(sp.csr_matrix(counts.astype(np.float32)), obs=pd.DataFrame(index=[f"c{n}" for n in range(60)]))
    cells.var_names = [f"g{n}" for n in range(50)]
    cells.obs["cell_type"] = np.repeat(["a", "b", "c"], [30, 20, 10])
    cells.write_h5ad(folder / "sc_pbmc3k_10x.h5ad")
    return folder


def test_a_larger_reference_is_resampled_with_noise(data, tmp_path):
    resampled.write(path(data), tmp_path, cells=500, genes=20)
    reference = ad.read_h5ad(tmp_path / "reference.h5ad")
    assert reference.shape == (500, 20)
    assert set(reference.var_names) <= {f"g{n}" for n in range(25, 50)}  # those with most counts
    counts = reference.layers["counts"].toarray()
    assert len(np.unique(counts, axis=0)) > 450  # 60 cells, yet no copies
    table = pd.read_csv(tmp_path / "estimates.csv")
    proportions = reference.obs["cell_type"].astype(str).value_counts(normalize=True)
    np.testing.assert_allclose(table.set_index("cell_type")["proportion"], proportions.sort_index())
    bulk = ad.read_h5ad(tmp_path / "bulk.h5ad")
    assert bulk.X.sum() == counts.sum()


@pytest.mark.parametrize("name", ["training", "calibration", "end_to_end", "mapping", "sections"])
def test_without_data_there_is_a_sentence(name, tmp_path):
    done = command(name, "--data", tmp_path, "--results", tmp_path, "--docs", tmp_path)
    assert done.returncode == 1
    assert "ERROR: --data: " in done.stderr
    assert "Traceback" not in done.stderr
