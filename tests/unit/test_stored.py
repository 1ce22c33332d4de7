"""Files read and written by rows hold what they hold as a whole, whatever the size of a block."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition.coherence import coherence, coherence_in
from bulk2space.composition.section_markers import read_markers
from bulk2space.composition.section_sum import summed, summed_by_rows
from bulk2space.contract import stored
from bulk2space.contract.stored import COUNTS, LOGS, Stored, rows_of, write_by_rows
from bulk2space.numerics.scaling import log_normalize
from bulk2space.spots.marker_space import marker_expression

GENES = [f"g{n}" for n in range(60)]
SHARED, MARKERS = GENES[:50], GENES[5:45]
RANKING = pd.DataFrame(
    {
        "cell_type": np.repeat(["A", "B"], 20), "gene": MARKERS, "score": np.tile(np.arange(20, 0, -1.0), 2),
        "rank": np.tile(np.arange(1, 21), 2),
    }
)  # fmt: skip


@pytest.fixture(params=[True, False], ids=["counts", "no counts"])
def section(request, tmp_path):
    counts = sp.csr_matrix(np.random.default_rng(0).poisson(0.7, (37, 60)).astype(np.float32))
    made = ad.AnnData(log_normalize(counts), obs=pd.DataFrame(index=[f"s{n}" for n in range(37)]))
    made.var_names, made.obsm["spatial"] = GENES, np.arange(74.0).reshape(-1, 2)
    if request.param:
        made.layers["counts"] = counts
    made.write_h5ad(tmp_path / "section.h5ad")
    return made, tmp_path / "section.h5ad"


@pytest.fixture(params=[7, 5_000], autouse=True)
def block(request, monkeypatch):
    monkeypatch.setattr(stored, "ROWS_AT_ONCE", request.param)


def test_markers_of_a_section_are_those_of_the_whole_with_its_sums(section):
    whole, path = section
    counts = "counts" in whole.layers
    with Stored(path) as opened:
        part = read_markers(opened, SHARED, MARKERS, counts=counts)
    assert list(part.var_names) == MARKERS
    np.testing.assert_array_equal(part.X.toarray(), whole[:, MARKERS].X.toarray())
    np.testing.assert_array_equal(part.obsm["spatial"], whole.obsm["spatial"])
    expected = marker_expression(whole, SHARED, MARKERS, counts=counts)
    found = marker_expression(part, SHARED, MARKERS, counts=counts)
    np.testing.assert_allclose(found.values.toarray(), expected.values.toarray())
    np.testing.assert_allclose(found.library, expected.library, rtol=1e-6)
    total = whole.layers["counts"] if counts else whole.X.expm1()
    np.testing.assert_allclose(part.obs["total"], np.asarray(total.sum(axis=1)).ravel(), rtol=1e-6)


def test_the_verdict_reads_the_same_sum_and_markers(section):
    whole, path = section
    with Stored(path) as opened:
        total = summed_by_rows(opened)
        together = coherence_in(opened, total.var_names[total.X.toarray()[0] > 0], RANKING)
    np.testing.assert_allclose(total.X.toarray(), summed(whole).X.toarray(), rtol=1e-6)
    expected = coherence(sp.csr_matrix(whole.X), GENES, RANKING)
    pd.testing.assert_series_equal(together.types, expected.types)
    assert together.z == pytest.approx(expected.z)


def test_rows_written_block_by_block_are_those_of_the_matrix(section, tmp_path):
    whole, _ = section
    rows = np.random.default_rng(1).integers(whole.n_obs, size=23)
    made = ad.AnnData(obs=pd.DataFrame(index=[f"p{n}" for n in range(23)]), var=whole.var, uns={"said": "yes"})
    write_by_rows(made, {LOGS: rows_of(whole.X, rows), COUNTS: rows_of(2 * whole.X, rows)}, tmp_path / "placed.h5ad")
    found = ad.read_h5ad(tmp_path / "placed.h5ad")
    np.testing.assert_array_equal(found.X.toarray(), whole.X[rows].toarray())
    np.testing.assert_array_equal(found.layers["counts"].toarray(), 2 * whole.X[rows].toarray())
    assert found.uns["said"] == "yes"


def test_no_rows_make_an_empty_matrix(section, tmp_path):
    whole, _ = section
    none = np.empty(0, dtype=int)
    write_by_rows(ad.AnnData(obs=pd.DataFrame(index=[]), var=whole.var), {LOGS: rows_of(whole.X, none)}, tmp_path / "e")
    assert ad.read_h5ad(tmp_path / "e").X.shape == (0, 60)


@pytest.mark.parametrize(("most", "width"), [(2**31 - 1, np.int32), (3, np.int64)])
def test_indices_have_one_width_so_that_every_tool_reads_them(section, tmp_path, monkeypatch, most, width):
    monkeypatch.setattr(stored, "MOST_OF_32_BITS", most)
    monkeypatch.setattr(stored, "VALUES_PER_CHUNK", 50)
    whole, _ = section
    frame = ad.AnnData(obs=whole.obs, var=whole.var)
    write_by_rows(frame, {LOGS: rows_of(whole.X, np.arange(37))}, tmp_path / "written.h5ad")
    found = ad.read_h5ad(tmp_path / "written.h5ad").X
    assert (found.indptr.dtype, found.indices.dtype) == (width, width)
    np.testing.assert_array_equal(found.toarray(), whole.X.toarray())
    found.eliminate_zeros()  # what scanpy's tests of genes do; it refuses two widths
