import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bench.cases import cohorts
from bench.runner import trace

GIB = 2**30


@pytest.fixture
def tasks(tmp_path):
    """Two tasks of one step side by side, one of another step after them, whose memory was not measured."""
    rows = [
        ("A:B:STEP (one)", "COMPLETED", 1000, 5000, 4000, GIB),
        ("A:B:STEP (two)", "CACHED", 2000, 6000, 3000, 2 * GIB),
        ("A:LAST (all)", "COMPLETED", 6000, 9000, 2500, "-"),
    ]
    path = tmp_path / "trace.txt"
    columns = ["name", "status", "start", "complete", "realtime", "peak_rss"]
    pd.DataFrame(rows, columns=columns).to_csv(path, sep="\t", index=False)
    return trace.read(path)


def test_tasks_are_summed_by_step(tasks):
    found = trace.by_step(tasks)
    assert found.to_dict("list") == {"step": ["STEP", "LAST"], "tasks": [2, 1], "seconds": [7, 2.5], "peak": [2, 0]}


def test_memory_is_that_of_tasks_at_the_same_time(tasks):
    assert trace.peak(tasks) == 3
    assert trace.peak(tasks[tasks["peak"] != 1]) == 2
    assert trace.seconds(tasks) == 8


def test_simulated_bulks_are_sums_of_as_many_cells(tmp_path):
    cells = ad.AnnData(np.eye(6, dtype=np.float32), pd.DataFrame({"cell_type": list("aaabbc")}, index=list("uvwxyz")))
    cells.write_h5ad(tmp_path / "sc_pbmc3k_10x.h5ad")
    sheet = cohorts.simulated(tmp_path, tmp_path / "run", 4)
    bulk = ad.read_h5ad(tmp_path / "run" / "bulk.h5ad")
    assert bulk.X.sum(axis=1).ravel().tolist() == [[cohorts.CELLS_OF_A_BULK] * 4]
    assert pd.read_csv(sheet)["bulk"].tolist() == ["bulk.h5ad"]
