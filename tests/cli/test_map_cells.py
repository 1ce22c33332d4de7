import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract import remarks
from bulk2space.contract.colours import palette
from bulk2space.images.mappers import CANDIDATES
from bulk2space.images.states import states
from bulk2space.numerics.scaling import log_normalize
from script_process import run_script
from sklearn.neighbors import NearestNeighbors


def counts(labels, rng):
    high = np.arange(90)[None] % 3 == np.searchsorted(["A", "B", "C"], labels)[:, None]
    return rng.poisson(np.where(high, 6.0, 1.0)).astype(np.float32)


def adata(values, names, genes, **obs):
    made = ad.AnnData(log_normalize(sp.csr_matrix(values)), obs=pd.DataFrame(obs, index=names))
    made.var_names = genes
    made.layers["counts"] = sp.csr_matrix(values)
    return made


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """A panel of 24 genes, four of them unknown to the cells; the last imaged cell has no counts."""
    folder, rng = tmp_path_factory.mktemp("image"), np.random.default_rng(0)
    genes = [f"G{g}" for g in range(90)]
    labels = rng.choice(["A", "B", "C"], 150)
    names = [f"one_{i + 1}" for i in range(150)]
    adata(counts(labels, rng), names, genes, cell_type=labels, source_cell=names).write_h5ad(folder / "cells.h5ad")
    adata(counts(labels, rng), names, genes, cell_type=labels).write_h5ad(folder / "reference.h5ad")
    truth = rng.choice(["A", "B", "C"], 80)
    panel = np.hstack([counts(truth, rng)[:, :20], rng.poisson(2, (80, 4))]).astype(np.float32)
    panel[-1] = 0
    panel_genes = genes[:20] + [f"other{i}" for i in range(4)]
    section = adata(panel, [f"cell-{i}" for i in range(80)], panel_genes, cell_type=truth, layer="L1")
    section.obsm["spatial"] = rng.random((80, 2)) * 100
    section.uns = {"platform": "image", "coordinate_unit": "pixel"}
    section.write_h5ad(folder / "section.h5ad")
    return folder


def run(folder, section, output, *options):
    given = ["--sample", "one", "--cells", folder / "cells.h5ad", "--section", section]
    given += ["--reference", folder / "reference.h5ad", "--output", output]
    return run_script("map_cells.py", *given, *options)


def codes(spatial):
    return [remark.code for remark in remarks.loads(spatial.uns["remarks"])]


def expected(cells, reference, mapper):
    """Return what is expected of each cell: the published way takes what was drawn."""
    if mapper == "combat":
        return cells.X.toarray()
    types, near = reference.obs["cell_type"].to_numpy(dtype=str), reference.X.toarray()
    smooth = np.empty_like(near)
    for kind in np.unique(types):
        own = np.flatnonzero(types == kind)
        place = states(reference.X, types).states[own]
        index = NearestNeighbors(n_neighbors=15).fit(place).kneighbors(place)[1]
        smooth[own] = 0.5 * near[own] + 0.5 * near[own][index].mean(axis=1)
    return smooth[reference.obs_names.get_indexer(cells.obs["source_cell"])]


@pytest.fixture(scope="module", params=["weighted", "neighbors", "combat"])
def mapped(request, sample, tmp_path_factory):
    output = tmp_path_factory.mktemp("mapped") / "spatial.h5ad"
    done = run(sample, sample / "section.h5ad", output, "--mapper", request.param)
    assert done.returncode == 0, done.stderr
    return ad.read_h5ad(output), done.stderr, request.param


def test_expression_is_weights_times_what_is_expected_of_cells(mapped, sample):
    spatial, _, mapper = mapped
    cells, reference = (ad.read_h5ad(sample / f"{name}.h5ad") for name in ("cells", "reference"))
    order = spatial.uns["neighbor_cells"]
    assert list(order) == list(cells.obs_names)
    neighbors = spatial.obsm["neighbors"]
    assert sp.issparse(neighbors)
    assert sp.issparse(spatial.X)
    assert neighbors.format == "csr"
    np.testing.assert_allclose(
        spatial.X.toarray(), neighbors.toarray() @ expected(cells, reference, mapper), rtol=1e-4, atol=1e-5
    )


def test_section_keeps_its_cells_places_and_labels(mapped, sample):
    spatial, log, _ = mapped
    section, cells = ad.read_h5ad(sample / "section.h5ad"), ad.read_h5ad(sample / "cells.h5ad")
    assert list(spatial.obs_names) == list(section.obs_names)
    assert list(spatial.var_names) == list(cells.var_names)
    np.testing.assert_array_equal(spatial.obsm["spatial"], section.obsm["spatial"])
    assert (spatial.obs["cell_type_original"].astype(str) == section.obs["cell_type"].astype(str)).all()
    assert (spatial.obs["layer"].astype(str) == "L1").all()
    assert spatial.uns["coordinate_unit"] == "pixel"
    shared = [name for name in spatial.var_names if name in section.var_names]
    assert list(spatial.var_names[spatial.var["measured"]]) == shared
    measured = spatial[:, shared].layers["measured"].toarray()
    np.testing.assert_array_equal(measured, section[:, shared].X.toarray())
    assert spatial.layers["measured"].sum() == pytest.approx(measured.sum()), "0 for what was not measured"
    assert "20 of the section's 24 genes are shared" in log


def test_types_come_back_with_scores_and_margins(mapped, sample):
    spatial, log, _ = mapped
    obs = spatial.obs.iloc[:-1]
    assert (obs["cell_type"].astype(str) == obs["cell_type_original"].astype(str)).mean() > 0.8
    colours = palette(["A", "B", "C"])
    assert list(spatial.uns["cell_type_colors"]) == [colours[name] for name in spatial.obs["cell_type"].cat.categories]
    assert spatial.obs["cell_type_score"].between(0, 1).all()
    assert (spatial.obs["cell_type_margin"] <= spatial.obs["cell_type_score"] + 1e-9).all()
    assert "1 of 80 imaged cells have no counts in shared genes" in log
    assert codes(spatial) == ["imaged_cells_without_counts"]
    assert spatial.obs["cell_type_score"].iloc[-1] < obs["cell_type_score"].median()


def test_the_section_says_how_its_mappers_count(mapped):
    spatial, log, mapper = mapped
    found = spatial.uns["bulk2space"]
    weights, left_out = found["mapper_weights"], found["left_out_pcc"]
    assert sum(weights.values()) == pytest.approx(1)
    if mapper != "weighted":
        assert (list(weights), left_out) == ([mapper], {})
        return
    assert set(left_out) == {*CANDIDATES, "weighted"}
    assert left_out["weighted"] > 0.2
    assert "mean correlation of left-out genes: neighbors" in log


def test_a_panel_too_small_to_choose_counts_all_mappers_alike(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")[:, :9].copy()
    section.write_h5ad(tmp_path / "small.h5ad")
    done = run(sample, tmp_path / "small.h5ad", tmp_path / "spatial.h5ad")
    assert done.returncode == 0, done.stderr
    spatial = ad.read_h5ad(tmp_path / "spatial.h5ad")
    assert spatial.uns["bulk2space"]["mapper_weights"] == pytest.approx(dict.fromkeys(CANDIDATES, 1 / len(CANDIDATES)))
    assert "mappers_not_weighed" in codes(spatial)
    assert "9 genes are shared by section and reference, and 10 are needed" in done.stderr


def test_another_reference_ends_with_one_sentence(sample, tmp_path):
    reference = ad.read_h5ad(sample / "reference.h5ad")
    reference.obs_names = [f"stranger_{i}" for i in range(150)]
    reference.write_h5ad(tmp_path / "other.h5ad")
    done = run(sample, sample / "section.h5ad", tmp_path / "spatial.h5ad", "--reference", tmp_path / "other.h5ad")
    assert done.returncode == 1
    assert "of a generated cell is not in the reference, give the reference that" in done.stderr
    assert "Traceback" not in done.stderr


def test_section_without_labels_has_no_original(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    del section.obs["cell_type"]
    section.write_h5ad(tmp_path / "plain.h5ad")
    done = run(sample, tmp_path / "plain.h5ad", tmp_path / "spatial.h5ad")
    assert done.returncode == 0, done.stderr
    assert "cell_type_original" not in ad.read_h5ad(tmp_path / "spatial.h5ad").obs


def test_columns_named_like_the_steps_own_are_kept(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    own = [f"own-{i}" for i in range(80)]
    section.obs = section.obs.assign(cell=own, cell_type_score=0.25, cell_type_original="older")
    section.write_h5ad(tmp_path / "named.h5ad")
    done = run(sample, tmp_path / "named.h5ad", tmp_path / "spatial.h5ad", "--assignment", "one_to_one")
    assert done.returncode == 0, done.stderr
    spatial = ad.read_h5ad(tmp_path / "spatial.h5ad")
    assert list(spatial.obs["cell_original"].astype(str)) == own
    assert spatial.obs["cell"].astype(str).str.startswith("one_").all()
    assert (spatial.obs["cell_type_score_original"] == 0.25).all()
    assert (spatial.obs["cell_type_original"].astype(str) == section.obs["cell_type"].astype(str)).all()
    assert "own columns cell, cell_type, cell_type_score are kept as cell_original, cell_type_original" in done.stderr
    (remark,) = (one for one in remarks.loads(spatial.uns["remarks"]) if one.code == "column_name_taken")
    assert remark.sentence.startswith("the section's own column cell_type_original is dropped, because its column")
    assert remark.figures == {"columns": ["cell_type_original"]}

    done = run(sample, tmp_path / "named.h5ad", tmp_path / "spatial.h5ad")
    assert done.returncode == 0, done.stderr
    obs = ad.read_h5ad(tmp_path / "spatial.h5ad").obs
    assert "cell_original" not in obs
    assert list(obs["cell"].astype(str)) == own


def test_no_shared_gene_ends_with_one_sentence(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    section.var_names = [f"Z{i}" for i in range(24)]
    section.write_h5ad(tmp_path / "foreign.h5ad")
    done = run(sample, tmp_path / "foreign.h5ad", tmp_path / "spatial.h5ad")
    assert done.returncode == 1
    assert "ERROR: foreign.h5ad: no gene is shared with cells.h5ad" in done.stderr
    assert "Traceback" not in done.stderr


def test_ambiguous_cells_are_annotated_anew_and_the_agreement_is_told(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    labels = section.obs["cell_type"].astype(str).to_numpy()
    truth = labels.copy()
    labels[:10], labels[10:13] = "Unclear", "D"
    section.obs["cell_type"] = labels
    section.write_h5ad(tmp_path / "unclear.h5ad")
    done = run(sample, tmp_path / "unclear.h5ad", tmp_path / "spatial.h5ad", "--ambiguous-label", "Unclear")
    assert done.returncode == 0, done.stderr
    spatial = ad.read_h5ad(tmp_path / "spatial.h5ad")
    assert list(spatial.obs["cell_type_original"].astype(str)) == list(labels)
    assert (spatial.obs["cell_type"].astype(str).to_numpy()[:10] == truth[:10]).mean() > 0.7
    assert "10 cells labelled 'Unclear'; annotated again as" in done.stderr
    assert "3 imaged cells have labels that no generated cell has" in done.stderr
    assert "labels_without_generated_cells" in codes(spatial)
    found = spatial.uns["bulk2space"]
    same = (spatial.obs["cell_type"].astype(str).to_numpy() == labels).sum()
    assert (found["n_ambiguous"], found["n_labelled"], found["n_same_type"]) == (10, 67, same)


def test_one_generated_cell_for_each_imaged_one(sample, tmp_path):
    done = run(sample, sample / "section.h5ad", tmp_path / "spatial.h5ad", "--assignment", "one_to_one")
    assert done.returncode == 0, done.stderr
    spatial, cells = ad.read_h5ad(tmp_path / "spatial.h5ad"), ad.read_h5ad(sample / "cells.h5ad")
    assert spatial.obs["cell"].is_unique
    chosen = cells[spatial.obs["cell"].astype(str)]
    np.testing.assert_allclose(spatial.X.toarray(), chosen.X.toarray(), rtol=1e-6)
    np.testing.assert_allclose(spatial.X.toarray(), spatial.obsm["neighbors"].toarray() @ cells.X.toarray(), rtol=1e-6)
    assert list(spatial.obs["cell_type"].astype(str)) == list(chosen.obs["cell_type"].astype(str))
    assert (spatial.obs["cell_type"].astype(str) == spatial.obs["cell_type_original"].astype(str)).mean() > 0.7


def test_genes_say_how_far_to_trust_them(mapped, sample):
    spatial, log, _ = mapped
    measured = ad.read_h5ad(sample / "section.h5ad").var_names
    var = spatial.var
    assert var.loc[var.index.isin(measured), "expected_pcc"].isna().all()
    new = var[~var.index.isin(measured)]
    assert new["expected_pcc"].between(0.2, 1).all()
    assert (var["weakly_predicted"] == (var["expected_pcc"] < 0.2)).all()
    assert "0 of 70 genes that were not measured are weakly predicted" in log


def test_an_interval_is_one_line_away(mapped):
    spatial, *_ = mapped
    gene, cell = "G40", "cell-3"
    kind = list(spatial.uns["half_width_types"]).index(spatial.obs.loc[cell, "cell_type"])
    half = spatial.varm["half_width"][spatial.var_names.get_loc(gene), kind]
    assert 0 < half < 10
