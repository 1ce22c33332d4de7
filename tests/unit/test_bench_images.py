"""The halves and figures of the benchmark of imaged cells, and its sentence where there are no data."""

import subprocess
import sys
from pathlib import Path

import anndata as ad
import images
import numpy as np
import pytest
import scipy.sparse as sp

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "images.py"


@pytest.fixture
def path(tmp_path):
    """Section of 120 cells in three types and 200 genes, of which each type has every third."""
    rng = np.random.default_rng(0)
    types = rng.integers(3, size=120)
    made = ad.AnnData(
        sp.csr_matrix(rng.poisson(np.where(np.arange(200) % 3 == types[:, None], 6.0, 0.5)).astype(float))
    )
    made.obs["cell_type"] = np.array(["a", "b", "c"])[types]
    made.write_h5ad(tmp_path / "section.h5ad")
    return tmp_path / "section.h5ad"


@pytest.mark.parametrize("case", images.CASES)
def test_halves_share_no_cell_and_predict_what_is_not_measured(path, case):
    task = images.halves(path, 1, case)
    assert len(task.section) == 60
    assert (len(task.cells) < 60) == (case == "unequal")
    assert len(task.measured) == images.PANEL
    assert not set(task.measured) & set(task.predicted)
    if case != "distorted":
        rows = {tuple(row) for row in task.section}
        assert not any(tuple(row) in rows for row in task.cells)


def test_neighbours_predict_and_baselines_do_not(path):
    task = images.halves(path, 0, "halves")
    found = {way: images.judge([task], way, 0) for way in images.WAYS}
    assert found["default"]["mean PCC"] > 0.5
    assert found["default"]["accuracy"] > 0.95
    assert abs(found["shuffled neighbours"]["mean PCC"]) < 0.1
    assert abs(found["mean of all"]["mean PCC"]) < 1e-6


def test_every_gene_is_left_out_once(path):
    counts, types = images.read(path)
    tasks = list(images.left_out(counts, types, counts, None, 0))
    assert sorted(np.concatenate([task.predicted for task in tasks])) == list(range(200))


def test_missing_data_end_with_one_sentence(tmp_path):
    command = [sys.executable, str(SCRIPT), "--data", str(tmp_path), "--results", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: --data: ")
    assert "name the folder with the benchmark's data sets" in done.stderr
    assert "Traceback" not in done.stderr
