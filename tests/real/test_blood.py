"""The main job on blood (10x Genomics, 3k PBMCs): one half of the cells is the reference, the other the truth."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.numerics.metrics import align, pcc, rmse

N_SPOTS, CELLS_PER_SPOT = 100, 10


@pytest.fixture(scope="module")
def halves(data):
    cells = ad.read_h5ad(data / "sc_pbmc3k_10x.h5ad")
    order = np.random.default_rng(0).permutation(cells.n_obs)
    return cells[order[: cells.n_obs // 2]].copy(), cells[order[cells.n_obs // 2 :]].copy()


@pytest.fixture(scope="module")
def members(halves):
    """Ten held-out cells a spot, spots × cells."""
    rng = np.random.default_rng(1)
    return np.vstack([rng.choice(halves[1].n_obs, CELLS_PER_SPOT, replace=False) for _ in range(N_SPOTS)])


@pytest.fixture(scope="module")
def results(halves, members, run_pipeline, tmp_path_factory):
    folder = tmp_path_factory.mktemp("blood")
    reference, held_out = halves
    reference.write_h5ad(folder / "reference.h5ad")
    bulk = pd.DataFrame({"blood": np.asarray(held_out.X.sum(axis=0)).ravel().astype(int)}, index=held_out.var_names)
    bulk.to_csv(folder / "bulk.csv")
    names = [f"spot{n}" for n in range(N_SPOTS)]
    section = ad.AnnData(
        np.vstack([np.asarray(held_out.X[rows].sum(axis=0)) for rows in members]),
        obs=pd.DataFrame(index=names),
        var=pd.DataFrame(index=held_out.var_names),
        obsm={"spatial": np.column_stack(np.divmod(np.arange(N_SPOTS), 10)).astype(float)},
    )
    section.write_h5ad(folder / "section.h5ad")
    sheet = {
        "sample": "blood",
        "bulk": "bulk.csv",
        "reference": "reference.h5ad",
        "spatial": "section.h5ad",
        "platform": "spot",
    }
    pd.DataFrame([sheet]).to_csv(folder / "samplesheet.csv", index=False)
    return run_pipeline(folder)


@pytest.mark.slow
def test_bulk_proportions_are_recovered(results, halves):
    found = pd.read_csv(results / "blood" / "proportions.csv").set_index("cell_type")["proportion"]
    true = halves[1].obs["cell_type"].astype(str).value_counts(normalize=True)
    found, true = align(found, true)
    print(f"\nproportions of the bulk: PCC {pcc(found, true):.3f}, RMSE {rmse(found, true):.3f}")
    assert pcc(found, true) >= 0.9
    assert rmse(found, true) <= 0.07


@pytest.mark.slow
def test_spot_compositions_are_recovered(results, halves, members):
    spots = pd.read_csv(results / "blood" / "spots.csv")
    labels = halves[1].obs["cell_type"].to_numpy()[members]  # spots × cells
    found = spots.pivot(index="spot", columns="cell_type", values="n_cells")
    true = pd.DataFrame(
        {cell_type: (labels == cell_type).sum(axis=1) for cell_type in found.columns},
        index=[f"spot{n}" for n in range(N_SPOTS)],
    ).loc[found.index]
    shares = found.to_numpy().ravel() / CELLS_PER_SPOT, true.to_numpy().ravel() / CELLS_PER_SPOT
    error = np.sqrt(np.mean((shares[0] - shares[1]) ** 2))
    correlation = np.corrcoef(*shares)[0, 1]
    constant = np.tile(true.to_numpy().mean(axis=0), N_SPOTS) / CELLS_PER_SPOT
    bar = np.corrcoef(constant, shares[1])[0, 1]
    print(f"\nplaced cells: PCC {correlation:.3f}, RMSE {error:.3f}; the constant composition: PCC {bar:.3f}")
    assert (found.sum(axis=1) == CELLS_PER_SPOT).all()
    assert correlation >= 0.80
    assert error <= 0.085
