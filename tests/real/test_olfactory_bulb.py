"""The main job on a mouse olfactory bulb: Tepe et al. 2018 cells into the spots of Ståhl et al. 2016.

The bulk is the sum of the section's spots. The spots are labelled with their layer, and four cell types have a layer of
their own: their shares have to be higher there than elsewhere.
"""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

pytestmark = pytest.mark.slow  # test_section_choice.py fits the same section in the first tier
HOME_LAYERS = {
    "GC": "Granular Cell Layer",
    "M/TC": "Mitral Cell Layer",
    "PGC": "Glomerular Layer",
    "OSNs": "Olfactory Nerve Layer",
}
OUTER_PLEXIFORM = "Outer Plexiform Layer"
CELLS_PER_SPOT = 10


@pytest.fixture(scope="module")
def section(data):
    return ad.read_h5ad(data / "st_mob_rep11.h5ad")


@pytest.fixture(scope="module")
def results(resolve_own_sum):
    return resolve_own_sum("bulb", "st_mob_rep11.h5ad", "sc_mob_tepe.h5ad", CELLS_PER_SPOT)


@pytest.fixture(scope="module")
def spots(results):
    return pd.read_csv(results / "bulb" / "spots.csv")


def home_layer_aurocs(spots: pd.DataFrame, section: ad.AnnData, column: str) -> pd.Series:
    shares = spots.pivot(index="spot", columns="cell_type", values=column).reindex(section.obs_names)
    layers = section.obs["region"].astype(str).str.split(": ").str[1].to_numpy()
    homes = {**HOME_LAYERS, "EPL-IN": OUTER_PLEXIFORM}
    return pd.Series({name: roc_auc_score(layers == layer, shares[name]) for name, layer in homes.items()})


@pytest.mark.parametrize(("column", "floor"), [("proportion", 0.90), ("n_cells", 0.87)])
def test_cell_types_are_in_their_home_layers(spots, section, column, floor):
    aurocs = home_layer_aurocs(spots, section, column)
    mean = aurocs[list(HOME_LAYERS)].mean()
    print(f"\n{column}: mean over four home layers {mean:.3f}; " + aurocs.round(3).to_string().replace("\n", ", "))
    assert mean >= floor


def test_placed_cells_tell_more_than_markers_without_deconvolution(results, spots, section):
    ranking = pd.read_csv(results / "references" / "sc_mob_tepe" / "markers.csv")
    ranking = ranking[ranking["gene"].isin(section.var_names)].sort_values("rank")
    values = section.X.toarray()
    values = np.log1p(values * (1e4 / values.sum(axis=1, keepdims=True)))
    scaled = pd.DataFrame((values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6), columns=section.var_names)
    layers = section.obs["region"].astype(str).str.split(": ").str[1].to_numpy()
    best = {name: ranking.loc[ranking["cell_type"] == name, "gene"].head(50) for name in HOME_LAYERS}
    bar = np.mean(
        [roc_auc_score(layers == HOME_LAYERS[name], scaled[genes].mean(axis=1)) for name, genes in best.items()]
    )
    print(f"\nmarker z-scores: {bar:.3f}")
    for column in ("proportion", "n_cells"):
        assert home_layer_aurocs(spots, section, column)[list(HOME_LAYERS)].mean() > bar, column


def test_every_spot_holds_exactly_its_cells(results, spots, section):
    assert (spots.groupby("spot")["n_cells"].sum() == CELLS_PER_SPOT).all()
    assert spots["spot"].nunique() == section.n_obs
    placed = ad.read_h5ad(results / "bulb" / "spatial.h5ad")
    assert placed.n_obs == section.n_obs * CELLS_PER_SPOT
    counted = placed.obs.groupby(["spot", "cell_type"], observed=False).size()
    expected = spots.set_index(["spot", "cell_type"])["n_cells"]
    pd.testing.assert_series_equal(
        counted.reindex(expected.index, fill_value=0), expected, check_names=False, check_dtype=False
    )


def test_numbers_of_cells_add_up(results):
    proportions = pd.read_csv(results / "bulb" / "proportions.csv")
    cells = ad.read_h5ad(results / "bulb" / "cells.h5ad")
    assert proportions["proportion"].sum() == pytest.approx(1, abs=1e-6)
    assert proportions["rna_fraction"].sum() == pytest.approx(1, abs=1e-6)
    assert proportions["n_cells"].sum() == cells.n_obs
    by_type = cells.obs["cell_type"].astype(str).value_counts()
    for cell_type, n_cells in proportions.set_index("cell_type")["n_cells"].items():
        assert by_type.get(cell_type, 0) == n_cells, cell_type


def test_placed_cells_are_generated_cells(results):
    cells = ad.read_h5ad(results / "bulb" / "cells.h5ad")
    placed = ad.read_h5ad(results / "bulb" / "spatial.h5ad")
    assert placed.obs["cell"].isin(cells.obs_names).all()
    rows = cells.obs_names.get_indexer(placed.obs["cell"])
    assert (placed.layers["counts"] != cells.layers["counts"][rows]).nnz == 0
    assert placed.obs["score"].between(0, 1).all()
