"""Expected expression of spots: states follow from measured genes, and the section chooses how much to believe them."""

import anndata as ad
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import scipy.sparse as sp
import squidpy as sq
from bulk2space.contract.colours import palette
from bulk2space.numerics.scaling import log_normalize
from bulk2space.spots import expected_file, state_weight
from bulk2space.spots.expected import Composed, factors_of
from bulk2space.spots.expected_file import expected_spots
from bulk2space.spots.states import programs, states
from matplotlib.colors import to_hex

GENES, CELLS, SPOTS = 120, 600, 80
TYPES = ["A", "B"]
ON = np.arange(GENES) % 3 == 0  # genes that the program raises


def adata(counts, names, **obs):
    made = ad.AnnData(log_normalize(sp.csr_matrix(counts)), obs=pd.DataFrame(obs, index=names))
    made.var_names = [f"G{g}" for g in range(GENES)]
    return made


@pytest.fixture(scope="module")
def tissue():
    """Two types with a program that cells of both have or lack, and spots of ten cells, many or few in that state."""
    rng = np.random.default_rng(0)
    means = rng.gamma(1.0, 8.0, (2, GENES)) + 0.5
    codes, state = rng.integers(2, size=CELLS), rng.random(CELLS)
    reference = adata(
        rng.poisson(means[codes] * np.where(ON, np.exp(2 * (state[:, None] - 0.5)), 1)),
        [f"c{n}" for n in range(CELLS)],
        cell_type=np.array(TYPES)[codes],
    )
    rna, of_spot = rng.dirichlet([1, 1], SPOTS), np.linspace(0, 1, SPOTS)
    level = 10 * (rna @ means) * np.where(ON, np.exp(2 * (of_spot[:, None] - 0.5)), 1)
    section = adata(rng.poisson(level), [f"s{n}" for n in range(SPOTS)], region=["x"] * SPOTS)
    section.obsm["spatial"] = np.column_stack(np.divmod(np.arange(SPOTS), 10)).astype(float)
    section.uns = {"image": np.full((8, 8, 3), 200, np.uint8), "image_scale": 0.5, "spot_diameter": 0.6}
    ranking = pd.DataFrame({"cell_type": np.repeat(TYPES, GENES), "gene": [*reference.var_names] * 2})
    ranking["rank"] = [*range(1, GENES + 1)] * 2
    about = pd.DataFrame({"residual": 1.0, "confidence": 0.5}, index=section.obs_names)
    return reference, section, ranking, Composed(TYPES, rna, rna, np.full(SPOTS, 10.0), about), of_spot, level


@pytest.fixture(scope="module")
def made(tissue):
    reference, section, ranking, found, *_ = tissue
    factors = factors_of(section, reference, found, seed=0, sample="s")
    return expected_spots(section, reference, ranking, found, factors, ["G0", "G1"], palette(found.types), 0.7)


def test_a_state_is_told_by_the_genes_of_its_program(tissue):
    reference, section, _, found, of_spot, _ = tissue
    learned = programs(reference, np.arange(GENES), np.random.default_rng(0))
    told = states(section.X.expm1()[:, learned.genes], found.rna_fraction, found.cells, learned)
    on = learned.effects[ON].mean(axis=0) - learned.effects[~ON].mean(axis=0)
    assert np.corrcoef(told @ on, of_spot)[0, 1] > 0.95


def test_expected_expression_beats_mean_profiles(tissue, made):
    reference, *_, found, _, level = tissue
    labels = reference.obs["cell_type"].to_numpy()
    means = np.array([reference.X[labels == name].expm1().mean(axis=0).A1 for name in TYPES])
    true = np.log1p(level / level.sum(axis=1, keepdims=True) * 1e4)
    by_means = np.log1p(found.rna_fraction @ means)
    gain = [
        np.corrcoef(made.X[:, g], true[:, g])[0, 1] - np.corrcoef(by_means[:, g], true[:, g])[0, 1]
        for g in range(GENES)
    ]
    assert np.mean(gain) > 0.1


def test_states_that_mislead_are_not_believed(tissue):
    reference, section, _, found, *_ = tissue
    rng = np.random.default_rng(1)
    shuffled = section.copy()
    order = rng.permutation(np.flatnonzero(ON))
    values = section.X.toarray()
    values[:, np.flatnonzero(ON)] = values[rng.permutation(SPOTS)][:, order]  # no spot keeps its state
    shuffled.X = sp.csr_matrix(rng.permuted(values, axis=0))
    genes = np.array(reference.var_names, dtype=str)
    chosen = [
        state_weight.chosen_weight(one, reference, genes, found.rna_fraction, found.cells, np.random.default_rng(0))
        for one in (section, shuffled)
    ]
    assert chosen[0].weight > 0
    assert chosen[0].weight >= chosen[1].weight
    assert chosen[0].left_out.mean() > chosen[1].left_out.mean() + 0.1
    assert len(chosen[0].left_out) == GENES / 2


def test_genes_that_took_part_have_no_correlation_of_left_out_genes(made):
    one = made.uns["expected"]
    known = pd.Series(one["left_out_pcc"], one["genes"]).dropna()
    assert 0 < len(known) <= GENES / 2
    assert not {"G0", "G1"} & set(known.index)
    assert known.between(-1, 1).all()


def test_a_large_section_has_its_markers_in_x_and_all_genes_in_the_tables(tissue, made, monkeypatch):
    reference, section, ranking, found, *_ = tissue
    monkeypatch.setattr(expected_file, "MOST_VALUES", SPOTS * 7)
    factors = factors_of(section, reference, found, seed=0, sample="s")
    small = expected_spots(section, reference, ranking, found, factors, ["G0", "G1"], palette(found.types), 0.7)
    assert list(small.var_names) == [f"G{g}" for g in range(7)]
    np.testing.assert_array_equal(small.X, made[:, small.var_names].X)
    one = small.uns["expected"]
    gene = np.log1p(np.maximum(small.obsm["weights"] @ one["profiles"][:, list(one["genes"]).index("G50")], 0))
    np.testing.assert_allclose(gene, made.obs_vector("G50"), rtol=1e-5)


def test_scanpy_opens_and_draws_it(made, tmp_path):
    made.write_h5ad(tmp_path / "spots.h5ad")
    spots = sc.read_h5ad(tmp_path / "spots.h5ad")
    axes = sc.pl.embedding(spots, basis="X_spatial", color="G3", show=False)
    np.testing.assert_allclose(np.sort(axes.collections[0].get_array()), np.sort(spots.obs_vector("G3")), rtol=1e-6)
    sc.pl.embedding(spots, basis="X_spatial", color="G3", layer="measured", show=False)
    (library,) = spots.uns["spatial"]
    image = spots.uns["spatial"][library]
    assert image["images"]["hires"].shape == (8, 8, 3)
    assert image["scalefactors"] == {"tissue_hires_scalef": 0.5, "spot_diameter_fullres": 0.7}
    assert spots.uns["spot_diameter"] == 0.7, "the diameter of the fit, not of the section"
    assert not {"image", "image_scale"} & set(spots.uns), "it is there once"


def test_a_spot_without_cells_has_no_type(tissue, tmp_path):
    reference, section, ranking, found, *_ = tissue
    none = np.arange(SPOTS) < 2
    empty = {"proportion": found.proportion * ~none[:, None], "rna_fraction": found.rna_fraction * ~none[:, None]}
    factors = factors_of(section, reference, found, seed=0, sample="s")
    few = found._replace(**empty, cells=np.where(none, 0.0, found.cells))
    expected_spots(section, reference, ranking, few, factors, [], palette(found.types), 0.7).write_h5ad(
        tmp_path / "e.h5ad"
    )
    spots = sc.read_h5ad(tmp_path / "e.h5ad")
    assert spots.obs["cell_type"].isna().tolist() == none.tolist()
    sc.pl.spatial(spots, color="cell_type", show=False)
    sq.pl.spatial_scatter(spots, color="cell_type")
    plt.close("all")


def test_scanpy_and_squidpy_draw_spots_on_the_image_of_the_tissue(made):
    (of_scanpy,) = sc.pl.spatial(made, color="cell_type", show=False)
    sq.pl.spatial_scatter(made, color="cell_type")
    for axes in (of_scanpy, plt.gca()):
        assert len(axes.images) == 1
        assert axes.yaxis_inverted()
        shown = [to_hex(handle.get_facecolor()[0]).upper() for handle in axes.get_legend().legend_handles]
        assert shown == list(made.uns["cell_type_colors"])
    plt.close("all")
