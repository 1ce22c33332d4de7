"""The halves and figures of the benchmark of imaged cells, and its sentence where there are no data."""

from pathlib import Path

import anndata as ad
import numpy as np
import pytest
import scipy.sparse as sp
from bench.cases import imaged
from bench.judges.images import judge
from bench.rivals.mappers import MAPPERS
from test_bench_runner import command

NAME = "section"


@pytest.fixture
def data(tmp_path) -> Path:
    """Section of 120 cells in three types and 200 genes, of which each type has every third."""
    rng = np.random.default_rng(0)
    types = rng.integers(3, size=120)
    made = ad.AnnData(
        sp.csr_matrix(rng.poisson(np.where(np.arange(200) % 3 == types[:, None], 6.0, 0.5)).astype(float))
    )
    made.obs["cell_type"] = np.array(["a", "b", "c"])[types]
    made.write_h5ad(tmp_path / "section.h5ad")
    return tmp_path


@pytest.mark.parametrize("case", imaged.CASES)
def test_halves_share_no_cell_and_predict_what_is_not_measured(data, case):
    task = imaged.halves(data, 1, case, NAME)
    assert len(task.section) == 60
    assert (len(task.cells) < 60) == (case == "unequal")
    assert len(task.measured) == imaged.PANEL
    assert not set(task.measured) & set(task.predicted)
    if case != "distorted":
        rows = {tuple(row) for row in task.section}
        assert not any(tuple(row) in rows for row in task.cells)


def test_neighbours_predict_and_baselines_do_not(data):
    task = imaged.halves(data, 0, "halves", NAME)
    found = {name: judge([task], mapper, 0) for name, mapper in MAPPERS.items()}
    assert found["default"]["mean PCC"] > 0.5
    assert found["default"]["accuracy"] > 0.95
    assert abs(found["shuffled neighbours"]["mean PCC"]) < 0.1
    assert abs(found["mean of all"]["mean PCC"]) < 1e-6


def test_every_gene_is_held_out_once(data):
    counts, types = imaged.read(data, NAME)
    tasks = list(imaged.held_out_genes(counts, types, counts, None, 0))
    assert sorted(np.concatenate([task.predicted for task in tasks])) == list(range(200))


def test_missing_data_end_with_one_sentence(tmp_path):
    done = command("images", "--data", tmp_path, "--results", tmp_path, "--docs", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: --data: ")
    assert "name the folder with the benchmark's data sets" in done.stderr
    assert "Traceback" not in done.stderr
