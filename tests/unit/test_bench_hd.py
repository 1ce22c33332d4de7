"""The benchmark of large sections: what it simulates, and what its page says."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import large_section
from bench.page import hd
from bulk2space.inputs import door


@pytest.fixture
def reference():
    rng = np.random.default_rng(0)
    types = np.repeat(["A", "B"], 30)
    rates = np.where(np.arange(40)[None] % 2 == (types == "B")[:, None], 20.0, 0.0)
    made = ad.AnnData(obs=pd.DataFrame({"cell_type": types}), var=pd.DataFrame(index=[f"G{n:02}" for n in range(40)]))
    made.layers["counts"] = sp.csr_matrix(rng.poisson(rates).astype(np.float32))
    return made


def test_a_section_is_read_as_bins_of_two_thinned_cells(reference, tmp_path, monkeypatch):
    monkeypatch.setattr(large_section, "BINS_AT_ONCE", 100)
    section = door.section(large_section.write(reference, 250, tmp_path), None, platform="spot")
    assert section.shape == (250, 40)
    assert section.uns["spot_micrometers"] == 8
    assert len(np.unique(section.obsm["spatial"], axis=0)) == 250
    mean = section.layers["counts"].sum(axis=1).mean()
    assert mean == pytest.approx(2 * 0.3 * 400, rel=0.05)  # two cells of 400 counts


def test_the_page_says_what_was_measured_and_how_it_grows():
    rows = [
        {"bins": bins, "step": step, "seconds": 3 * share * bins, "CPU seconds": share * bins, "peak memory, GB": size,
         "load before": 4.0}
        for bins, size in ((1_000, 1.0), (4_000, 2.5))
        for step, share in (("NORMALIZE", 0.01), ("MAP_SPOTS", 0.05))
    ]  # fmt: skip
    said = hd.reached(pd.DataFrame(rows))
    assert "4,000 bins took 12 minutes in these steps together, 4 minutes of CPU time" in said
    assert "at most 2.5 GB" in said
    assert "at most in proportion to the bins: a bin of this section takes 1.00 times" in said
    lines = hd.growth(pd.DataFrame(rows)).set_index("step")
    np.testing.assert_allclose(lines["CPU seconds per 1 000 bins"], [10, 50, 60])
    assert "| 4000 | MAP_SPOTS | 600 | 200 |" in hd.text(pd.DataFrame(rows))
    assert hd.growth(pd.DataFrame(rows[:2])).empty


def test_time_that_grows_faster_than_the_bins_is_told():
    table = pd.DataFrame(
        {"bins": [1_000, 4_000], "step": "MAP_SPOTS", "seconds": [1, 9], "CPU seconds": [1, 9], "peak memory, GB": 1.0}
    )
    assert "grows faster than the bins: a bin of this section takes 2.25 times" in hd.reached(table)
