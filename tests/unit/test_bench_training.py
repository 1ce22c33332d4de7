"""The inputs that the benchmark of training makes for itself, and its sentence where there are no data."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import resampled
from bench.cases.data_sets import path
from bench.commands import published_bulb
from bench.page import published_bulb as page
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


@pytest.mark.parametrize("name", ["training", "published_bulb", "calibration", "end_to_end", "mapping", "sections"])
def test_without_data_there_is_a_sentence(name, tmp_path):
    done = command(name, "--data", tmp_path, "--results", tmp_path, "--docs", tmp_path)
    assert done.returncode == 1
    assert "ERROR: --data: " in done.stderr
    assert "Traceback" not in done.stderr


def test_the_page_of_the_published_configuration_says_what_was_measured_and_what_follows():
    def row(step: str, name: str, what: str, seconds: float, how: str = "measured") -> dict:
        return published_bulb.row(step, name, what, [seconds, 2 * seconds], how)

    rows = [
        ("training", "default", "20 epochs", 30), ("training", "default", page.ONE, 1),
        ("training", "published", page.ONE, 10), ("training", "published", "200 epochs", 2000, "extrapolated"),
        ("training", "published", "3000 epochs", 30_000, "extrapolated"), ("spots", "default", "260 spots", 10),
        ("spots", "published", "12 spots", 40), ("spots", "published", "260 spots", 900, "extrapolated"),
    ]  # fmt: skip
    table = pd.DataFrame([row(*one) for one in rows])
    text = page.text(table)
    assert "- training: the default takes 60 s of the processor (measured), the published configuration 16.7 h " in text
    assert "(extrapolated: 3000 epochs)." in text
    assert page.ratios(table)["times of the processor"].tolist() == pytest.approx([10, 1000, 90])
