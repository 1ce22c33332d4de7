"""Large references: which cells are kept, and the same cells whether a file is read whole or in blocks."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad as write_own
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door, thinning
from bulk2space.inputs.formats import large_h5ad
from bulk2space.report import bulk_and_section
from inputs import GENES, counts, write_h5ad
from logged import remarks, severities

KINDS = np.repeat(["A", "B", "C"], [60, 30, 5])
DONORS = np.tile(["x", "x", "x", "y", "y"], 19)


def obs(cells: int = len(KINDS)) -> dict:
    return {"cell_type": KINDS[:cells], "donor_id": DONORS[:cells]}


def rows(n: int = len(KINDS), most: int = 20, seed: int = 0) -> np.ndarray:
    known = pd.DataFrame(obs(n), index=[f"c{number}" for number in range(n)])
    return thinning.thinned(known[["cell_type"]].astype(object), known, most=most, seed=seed, source="r.h5ad")


def test_rare_types_keep_all_cells_and_donors_their_proportion():
    chosen = rows()
    assert pd.Series(KINDS[chosen]).value_counts().to_dict() == {"A": 20, "B": 20, "C": 5}
    of_donors = pd.crosstab(KINDS[chosen], DONORS[chosen])
    assert of_donors.loc["A"].to_dict() == {"x": 12, "y": 8}  # 3 to 2, as among all cells
    assert (np.diff(chosen) > 0).all()


def test_the_choice_is_random_by_the_seed():
    assert np.array_equal(rows(seed=1), rows(seed=1))
    assert not np.array_equal(rows(seed=1), rows(seed=2))


def test_each_cell_of_a_type_is_equally_likely():
    rng = np.random.default_rng(0)
    groups, origin = np.repeat([0, 1], [7, 3]), np.array([0, 0, 0, 0, 0, 1, 2, 0, 1, 1])
    times = np.mean([thinning.kept(groups, origin, 3, rng) for _ in range(4000)], axis=0)
    np.testing.assert_allclose(times, np.repeat([3 / 7, 1], [7, 3]), atol=0.03)


@pytest.mark.parametrize("how", ["csr", "csc", "dense", "half", "layer", "raw"])
def test_blocks_of_a_large_file_hold_the_same_as_the_whole_file(how, tmp_path, monkeypatch):
    values, parts = counts(len(KINDS)).astype(np.float32), {}
    shuffled = np.random.default_rng(1).permutation(len(KINDS))
    if how == "layer":
        parts["layers"] = {"counts": sp.csr_matrix(values)}
    path = write_h5ad(tmp_path / "r.h5ad", values / 2 if how in ("layer", "raw") else values, obs=obs(), **parts)
    adata = ad.read_h5ad(path)[shuffled].copy()
    if how == "raw":
        adata.raw = ad.AnnData(sp.csr_matrix(values[shuffled]), obs=adata.obs, var=adata.var)
    adata.X = {
        "csc": sp.csc_matrix,
        "dense": lambda matrix: matrix.toarray(),
        "half": lambda matrix: matrix.toarray().astype(np.float16),
    }.get(how, sp.csr_matrix)(adata.X)
    adata.write_h5ad(path)
    monkeypatch.setattr(large_h5ad, "VALUES_AT_ONCE", 1_000)  # about nine cells a block
    in_blocks = door.reference(path, None, labels=door.Labels(max_cells=20))
    monkeypatch.setattr(large_h5ad, "names", lambda *_, **__: None)
    whole = door.reference(path, None, labels=door.Labels(max_cells=20))
    assert in_blocks.n_obs == 45
    assert list(in_blocks.obs_names) == list(whole.obs_names)
    assert (in_blocks.obs["cell_type"].astype(str) == whole.obs["cell_type"].astype(str)).all()
    assert (in_blocks.layers["counts"] != whole.layers["counts"]).nnz == 0
    assert in_blocks.layers["counts"].sum() == values[[int(name[1:]) - 1 for name in in_blocks.obs_names]].sum()
    assert in_blocks.uns["matrix"] == whole.uns["matrix"]


def test_how_many_of_how_many_cells_are_kept_is_said(tmp_path, caplog):
    path = write_h5ad(tmp_path / "r.h5ad", counts(len(KINDS)), obs=obs())
    door.reference(path, None, labels=door.Labels(max_cells=20))
    (remark,) = remarks(caplog)
    assert severities(caplog) == {"reference_thinned": "note"}
    assert remark.sentence == (
        "r.h5ad: 45 of 95 cells are kept, drawn at random, spread over donor_id: A 20 of 60, B 20 of 30 "
        "(--max_cells_per_type); types of fewer cells keep all"
    )
    assert remark.figures["types"] == {"A": [20, 60], "B": [20, 30]}


def test_a_table_of_types_and_a_library_go_with_a_large_file(tmp_path):
    path = write_h5ad(tmp_path / "r.h5ad", counts(len(KINDS)))
    names = [f"c{n}" for n in range(1, len(KINDS) + 1)]
    table = pd.DataFrame({"Cell": names, "Cell_type": KINDS, "plate": DONORS}).sample(frac=1, random_state=0)
    table.to_csv(tmp_path / "m.csv", index=False)
    labels = door.Labels(max_cells=20, batch_key="plate")
    reference = door.reference(path, tmp_path / "m.csv", labels=labels)
    assert reference.obs["cell_type"].value_counts().to_dict() == {"A": 20, "B": 20, "C": 5}
    expected = pd.Series(DONORS, names)[reference.obs_names]
    assert list(reference.obs["batch"]) == list(expected)
    assert pd.crosstab(reference.obs["cell_type"], reference.obs["batch"]).loc["B"].to_dict() == {"x": 12, "y": 8}


@pytest.mark.parametrize("most", [20, 200])
def test_the_file_says_how_many_cells_there_were_of_thinned_types(tmp_path, most):
    path = write_h5ad(tmp_path / "r.h5ad", counts(len(KINDS)), obs=obs())
    write_own(door.reference(path, None, labels=door.Labels(max_cells=most)), tmp_path / "own.h5ad")
    reference = ad.read_h5ad(tmp_path / "own.h5ad")
    found = bulk_and_section._of_reference(reference)
    assert found.to_dict() == pytest.approx({"A": 60 / 95, "B": 30 / 95, "C": 5 / 95})
    assert ("thinned" in reference.uns) == (most == 20)


def test_cells_without_a_type_are_counted_and_not_chosen(tmp_path, caplog):
    kinds = np.where(np.arange(len(KINDS)) < 10, "unknown", KINDS)
    path = write_h5ad(tmp_path / "r.h5ad", counts(len(KINDS)), obs=obs() | {"cell_type": kinds})
    reference = door.reference(path, None, labels=door.Labels(max_cells=20))
    assert reference.obs["cell_type"].value_counts().to_dict() == {"A": 20, "B": 20, "C": 5}
    assert set(severities(caplog)) == {"reference_thinned", "unknown_types_left_out", "cells_left_out"}
    said = {remark.code: remark.sentence for remark in remarks(caplog)}
    assert said["cells_left_out"] == "r.h5ad: 10 of 95 cells without a cell type are left out"
    assert "45 of 85 cells are kept" in said["reference_thinned"]


def test_the_smallest_number_of_cells_goes_before_the_largest(tmp_path):
    path = write_h5ad(tmp_path / "r.h5ad", counts(len(KINDS)), obs=obs())
    reference = door.reference(path, None, labels=door.Labels(max_cells=10, min_cells=30))
    assert reference.obs["cell_type"].value_counts().to_dict() == {"A": 30, "B": 30}


def test_cells_that_are_not_chosen_are_not_checked_and_those_chosen_are(tmp_path):
    values = counts(len(KINDS)).astype(np.float32)
    chosen = set(door.reference(write_h5ad(tmp_path / "r.h5ad", values, obs=obs()), None,
                                labels=door.Labels(max_cells=20)).obs_names)  # fmt: skip
    passed = next(n for n in range(len(KINDS)) if f"c{n + 1}" not in chosen)
    read = next(n for n in range(len(KINDS)) if f"c{n + 1}" in chosen)
    values[passed, 5] = -3
    path = write_h5ad(tmp_path / "r.h5ad", values, obs=obs())
    assert set(door.reference(path, None, labels=door.Labels(max_cells=20)).obs_names) == chosen
    values[read, 5] = -3
    path = write_h5ad(tmp_path / "r.h5ad", values, obs=obs())
    with pytest.raises(InputError, match=rf"the value of gene '{GENES[5]}' in 'c{read + 1}' is negative"):
        door.reference(path, None, labels=door.Labels(max_cells=20))
