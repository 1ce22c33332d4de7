"""A whole puck: cells of Kozareva et al. 2021 into the 10 000 beads of Rodriques et al. 2019, two cells a bead."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from scipy.spatial import cKDTree

CELLS_PER_BEAD = 2


@pytest.fixture(scope="module")
def section(data):
    return ad.read_h5ad(data / "slideseq_cerebellum.h5ad")


@pytest.fixture(scope="module")
def results(resolve_own_sum):
    return resolve_own_sum("puck", "slideseq_cerebellum.h5ad", "sc_cerebellum_ref384.h5ad", CELLS_PER_BEAD)


@pytest.mark.slow
def test_every_bead_has_its_cells(results, section):
    spots = pd.read_csv(results / "puck" / "spots.csv")
    assert spots["spot"].nunique() == section.n_obs
    held = spots.groupby("spot")["n_cells"].sum()
    assert set(held.unique()) <= {0, CELLS_PER_BEAD}  # beads without a count in the reference's genes stay empty
    assert (held == 0).mean() < 0.01
    assert ad.read_h5ad(results / "puck" / "spatial.h5ad", backed="r").n_obs == held.sum()


@pytest.mark.slow
def test_white_matter_is_told_by_neighbouring_beads(results, section):
    """Oligodendrocytes lie in tracts: a bead's neighbours tell of the bead, although it has some forty counts."""
    spots = pd.read_csv(results / "puck" / "spots.csv")
    shares = spots.pivot(index="spot", columns="cell_type", values="n_cells").loc[section.obs_names] / CELLS_PER_BEAD
    near = cKDTree(section.obsm["spatial"]).query(section.obsm["spatial"], k=11)[1][:, 1:]
    found = shares.apply(lambda share: np.corrcoef(share, share.to_numpy()[near].mean(axis=1))[0, 1])
    print("\ncorrelation of a bead's share with its ten neighbours':\n", found.round(3).to_string())
    assert found["Oligodendrocytes"] > 0.15
