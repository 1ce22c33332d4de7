import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.composition.composition_file import read_fitted, write_fitted
from bulk2space.composition.fitted_section import FitSettings, fit_section
from bulk2space.contract import remarks, stored, tables
from bulk2space.numerics import device
from bulk2space.numerics.scaling import log_normalize
from bulk2space.spots.placing import FileNames, Inputs, place
from bulk2space.spots.settings import Settings
from script_process import run_script

TYPES = ["A", "B", "C"]
N_GENES = 60


OF_RUN = {"A": "#123456", "B": "#ABCDEF", "C": "#654321"}  # what the plan decided


def cell_counts(labels, rng):
    """Gene g is high in the type of number g modulo the types."""
    high = np.arange(N_GENES)[None] % 3 == np.searchsorted(TYPES, labels)[:, None]
    return rng.poisson(np.where(high, 8.0, 0.5)).astype(np.float32)


def adata(counts, names, **obs):
    made = ad.AnnData(log_normalize(sp.csr_matrix(counts)), obs=pd.DataFrame(obs, index=names))
    made.var_names = [f"G{g}" for g in range(N_GENES)]
    made.layers["counts"] = sp.csr_matrix(counts)
    return made


@pytest.fixture(scope="module")
def sample(tmp_path_factory):
    """Thirty spots of six cells: type A on the left, B on the right, C nowhere; the last spot is empty."""
    folder, rng = tmp_path_factory.mktemp("spots"), np.random.default_rng(0)
    labels = np.repeat(TYPES, 20)
    reference = adata(cell_counts(labels, rng), [f"r{i}" for i in range(60)], cell_type=labels)
    reference.write_h5ad(folder / "reference.h5ad")
    tables.MARKERS.write(markers.rank(reference.X, labels, list(reference.var_names)), folder / "markers.csv")
    bulk = {"cell_type": TYPES, "proportion": [0.2, 0.7, 0.1], "ci_low": [0.1, 0.6, 0.08], "ci_high": [0.3, 0.8, 0.2]}
    bulk = pd.DataFrame(bulk).assign(sample="one", rna_fraction=1 / 3, n_cells=[25, 25, 0])
    tables.PROPORTIONS.write(bulk, folder / "proportions.csv")
    drawn = np.repeat(["A", "B"], 25)  # no cell of type C is generated
    names = [f"one_{i + 1}" for i in range(50)]
    source = [f"r{i}" for i in range(50)]
    cells = adata(cell_counts(drawn, rng), names, cell_type=pd.Categorical(drawn), source_cell=source)
    cells.uns["cell_types"], cells.uns["cell_types_colors"] = list(OF_RUN), list(OF_RUN.values())
    cells.write_h5ad(folder / "cells.h5ad")
    spatial = np.stack(np.meshgrid(np.arange(6), np.arange(5)), axis=-1).reshape(-1, 2).astype(float)
    truth = np.where(spatial[:, 0] < 3, "A", "B")
    counts = sum(cell_counts(truth, rng) for _ in range(6))
    counts[-1] = 0
    section = adata(counts, [f"spot-{i}" for i in range(30)], truth=truth)
    section.obsm["spatial"] = spatial * 100
    section.uns = {"platform": "spot", "coordinate_unit": "micrometre", "spot_diameter": 40.0}
    section.write_h5ad(folder / "section.h5ad")
    fit(folder, folder)
    return folder


def fit(sample, output, *, section=None, **options):
    """Write composition.h5ad as fit_spots.py does (tests/cli/test_fit_spots.py), of the sample's section or another."""
    given = {
        "sample": "one", "seed": 0, "markers_per_type": 10, "method": "negative_binomial", "smoothing": None,
        "cells_by": "number", "cells_per_spot": 7, "spot_diameter": None,
    }  # fmt: skip
    reference, cells = (ad.read_h5ad(sample / f"{name}.h5ad") for name in ("reference", "cells"))
    ranking = tables.MARKERS.read(sample / "markers.csv")
    with stored.Stored(section or sample / "section.h5ad") as opened:
        fitted = fit_section(opened, reference, cells, ranking, FitSettings(**(given | options)))
    write_fitted(fitted, output / "composition.h5ad")
    return output / "composition.h5ad"


def run(sample, output, *options):
    files = [part for name in ("cells", "reference", "section") for part in (f"--{name}", sample / f"{name}.h5ad")]
    fixed = [
        "--proportions",
        sample / "proportions.csv",
        "--markers",
        sample / "markers.csv",
        "--fitted",
        sample / "composition.h5ad",
        "--sample",
        "one",
    ]
    ends = ["--output", output / "spatial.h5ad", "--table", output / "spots.csv", "--expected", output / "spots.h5ad"]
    done = run_script("map_spots.py", *files, *fixed, *ends, *options)
    return done, output / "spatial.h5ad", output / "spots.csv"


def codes(spatial):
    return [remark.code for remark in remarks.loads(spatial.uns["remarks"])]


@pytest.fixture(scope="module")
def cosine(sample, tmp_path_factory):
    options = ("--scorer", "cosine", "--composition", "section")
    done, spatial, table = run(sample, tmp_path_factory.mktemp("cosine"), *options)
    assert done.returncode == 0, done.stderr
    return ad.read_h5ad(spatial), pd.read_csv(table), done.stderr


def test_table_has_every_spot_and_type_with_exact_totals(cosine):
    spatial, table, log = cosine
    of_types = ["cell_type", "proportion", "rna_fraction", "n_cells"]
    assert list(table) == ["sample", "spot", "x", "y", *of_types, "residual", "confidence"]
    assert len(table) == 30 * 3
    totals = table.groupby("spot", sort=False)[["proportion", "rna_fraction", "n_cells"]].sum()
    assert (totals["n_cells"].iloc[:-1] == 7).all()
    np.testing.assert_allclose(totals[["proportion", "rna_fraction"]].iloc[:-1], 1, atol=1e-6)
    assert (totals.iloc[-1] == 0).all()
    assert (table.loc[table["cell_type"] == "C", "proportion"] == 0).all()
    assert "no cell was generated of C" in log
    assert codes(spatial) == ["type_without_generated_cells", "cells_are_a_pool", "cells_behind_places"]
    own = spatial.uns["bulk_and_section"]["of_section"].set_index("cell_type")["proportion"]
    placed = table.groupby("cell_type")["proportion"].mean() * 30 / 29
    np.testing.assert_allclose(own[["A", "B", "C"]], placed[["A", "B", "C"]], atol=1e-6)
    assert "below the size of a spot" in spatial.uns["bulk2space"]["limits"]
    assert "1 of 30 spots are empty; 203 cells placed" in log


def test_the_confidence_of_a_spot_is_the_mean_score_of_its_cells(cosine):
    spatial, table, _ = cosine
    scores = spatial.obs.astype({"spot": str}).groupby("spot")["score"].mean()
    confidence = table.groupby("spot")["confidence"].first()
    assert confidence.isna().sum() == 1, "the empty spot has none"
    np.testing.assert_allclose(confidence[scores.index], scores, atol=1e-6)
    by_type = spatial.obs.astype({"spot": str, "cell_type": str}).groupby(["spot", "cell_type"])["score"]
    assert (by_type.max() == by_type.min()).all()


def test_types_stand_where_they_belong(cosine, sample):
    spatial, _, _ = cosine
    truth = ad.read_h5ad(sample / "section.h5ad").obs["truth"]
    own = spatial.obs["cell_type"].astype(str).to_numpy() == truth.loc[spatial.obs["spot"]].to_numpy()
    assert own.mean() > 0.95


def test_placed_cells_follow_the_contract(cosine, sample):
    spatial, table, _ = cosine
    cells, section = ad.read_h5ad(sample / "cells.h5ad"), ad.read_h5ad(sample / "section.h5ad")
    assert list(spatial.obs) == ["cell_type", "spot", "cell", "source_cell", "score", "fit"]
    assert list(spatial.obs_names[:2]) == ["spot-0_1", "spot-0_2"]
    assert spatial.obs_names.is_unique
    own = cells[spatial.obs["cell"].astype(str)]
    np.testing.assert_array_equal(spatial.layers["counts"].toarray(), own.layers["counts"].toarray())
    np.testing.assert_array_equal(spatial.X.toarray(), own.X.toarray())
    assert (spatial.obs["source_cell"].astype(str).to_numpy() == own.obs["source_cell"].to_numpy()).all()
    assert spatial.obs["score"].between(0, 1).all()
    assert spatial.obs["fit"].between(0, 1).all()
    assert spatial.uns["coordinate_unit"] == "micrometre"
    assert spatial.uns["bulk2space"]["scorer"] == "cosine"
    assert dict(zip(spatial.obs["cell_type"].cat.categories, spatial.uns["cell_type_colors"], strict=True)) == {
        name: OF_RUN[name] for name in "AB"
    }
    np.testing.assert_array_equal(spatial.obsm["X_spatial"], spatial.obsm["spatial"] * [1, -1])
    counted = table.set_index(["spot", "cell_type"])["n_cells"]
    placed = spatial.obs.astype(str).groupby(["spot", "cell_type"]).size().reindex(counted.index, fill_value=0)
    assert (placed == counted).all()
    centres = pd.DataFrame(section.obsm["spatial"], index=section.obs_names).loc[spatial.obs["spot"].astype(str)]
    distance = np.hypot(*(spatial.obsm["spatial"] - centres.to_numpy()).T)
    assert 10 < distance.max() <= 20  # the section's spot diameter of 40


def test_spot_diameter_and_reuse_can_be_given(sample, tmp_path):
    fitted = ["--fitted", fit(sample, tmp_path, spot_diameter=6.0)]
    options = [*fitted, "--scorer", "random", "--max-cell-reuse", 1, "--composition", "section"]
    done, spatial, _ = run(sample, tmp_path, *options)
    assert done.returncode == 0, done.stderr
    assert "a cell may be used 5 times instead of 1" in done.stderr  # 203 places for 50 cells
    placed = ad.read_h5ad(spatial)
    assert placed.obs["cell"].value_counts().max() <= 5
    assert placed.uns["spot_diameter"] == 6
    assert "cells_are_a_pool" in codes(placed)


def test_the_section_decides_by_default_and_follows_the_seed(sample, tmp_path):
    outputs = []
    for name, seed in (("first", 1), ("again", 1), ("other", 2)):
        (tmp_path / name).mkdir()
        fitted = fit(sample, tmp_path / name, seed=seed)
        done, spatial, table = run(sample, tmp_path / name, "--seed", seed, "--threads", 2, "--fitted", fitted)
        assert done.returncode == 0, done.stderr
        outputs.append((ad.read_h5ad(spatial), table.read_bytes()))
    (first, table), (again, same), (other, _) = outputs
    assert (first.uns["bulk2space"]["scorer"], first.uns["bulk2space"]["smoothing"]) == ("auto", "auto")
    choice = first.uns["section_choice"]
    assert choice["scorer"] in ("deep_forest", "cosine", "random")
    assert {"deep_forest", "cosine"} <= set(choice["gains"]["tried"])
    pd.testing.assert_frame_equal(first.obs, again.obs)
    np.testing.assert_array_equal(first.obsm["spatial"], again.obsm["spatial"])
    assert table == same
    assert not np.array_equal(first.obsm["spatial"], other.obsm["spatial"])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--max-cell-reuse", 0], "--max-cell-reuse 0: a cell is used at least once"),
    ],
)
def test_bad_options_end_with_one_sentence(sample, tmp_path, options, sentence):
    done, *_ = run(sample, tmp_path, *options)
    assert done.returncode == 1
    assert f"ERROR: {sentence}" in done.stderr
    assert "Traceback" not in done.stderr


def test_cells_of_an_unknown_type_are_an_error(sample, tmp_path):
    cells = ad.read_h5ad(sample / "cells.h5ad")
    cells.obs["cell_type"] = ["X", *cells.obs["cell_type"].astype(str)[1:]]
    cells.write_h5ad(tmp_path / "strange.h5ad")
    done, *_ = run(sample, tmp_path, "--cells", tmp_path / "strange.h5ad")
    assert done.returncode == 1
    assert "ERROR: strange.h5ad: cell type X is not in reference.h5ad; give the reference" in done.stderr


@pytest.mark.parametrize(
    ("whose", "b_to_a"),
    # C was not generated; with both, half A comes to the end of its interval's inner half, and B has the rest
    [("bulk", 0.7 / 0.2), ("both", 0.75 / 0.25)],
)
def test_the_bulk_decides_on_the_types_if_asked_to(sample, tmp_path, whose, b_to_a):
    done, spatial, table = run(sample, tmp_path, "--scorer", "random", "--composition", whose)
    assert done.returncode == 0, done.stderr
    totals = pd.read_csv(table).groupby("cell_type")["proportion"].sum()
    found = totals / totals.sum()
    assert found["B"] / found["A"] == pytest.approx(b_to_a, rel=1e-3)
    assert "no spot shows C, although the bulk does, or no cell of them was generated" in done.stderr
    placed = ad.read_h5ad(spatial)
    assert "type_in_bulk_only" in codes(placed)
    assert 0 < placed.uns["bulk_and_section"]["distance"] < 1


def test_cells_follow_nuclei_where_they_were_counted(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    section.obs["n_nuclei"] = np.arange(30) % 4
    counted = tmp_path / "section.h5ad"
    section.write_h5ad(counted)
    fitted = fit(sample, tmp_path, section=counted, cells_by="auto")
    done, _, table = run(sample, tmp_path, "--scorer", "random", "--section", counted, "--fitted", fitted)
    assert done.returncode == 0, done.stderr
    held = pd.read_csv(table).groupby("spot")["n_cells"].sum()[section.obs_names]
    np.testing.assert_array_equal(held, np.where(np.arange(30) == 29, 0, np.arange(30) % 4))


def test_cells_follow_counts_where_there_are_no_nuclei(sample, tmp_path):
    done, _, table = run(sample, tmp_path, "--scorer", "random", "--fitted", fit(sample, tmp_path, cells_by="auto"))
    assert done.returncode == 0, done.stderr
    held = pd.read_csv(table).groupby("spot")["n_cells"].sum()
    assert held.sum() == 29 * 7
    assert held.max() > 7


def test_spots_of_few_counts_are_warned_of(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    section.layers["counts"] = sp.csr_matrix(
        np.random.default_rng(0).binomial(section.layers["counts"].toarray().astype(int), 0.01)
    )
    section.layers["counts"][:-1, 0] = 1
    section.X = log_normalize(sp.csr_matrix(section.layers["counts"]))
    thin = tmp_path / "section.h5ad"
    section.write_h5ad(thin)
    fitted = fit(sample, tmp_path, section=thin)
    done, spatial, _ = run(sample, tmp_path, "--scorer", "random", "--section", thin, "--fitted", fitted)
    assert done.returncode == 0, done.stderr
    assert "too few to trust its composition" in done.stderr
    assert "few_counts_in_spots" in codes(ad.read_h5ad(spatial))


def test_a_type_that_comes_to_no_whole_cell_is_warned_of(sample, tmp_path):
    rng = np.random.default_rng(1)
    labels = np.tile(["A", "A", "A", "A", "B"], 30)  # every spot is a fifth B, of which one cell shows nothing
    counts = cell_counts(labels, rng).reshape(30, 5, N_GENES).sum(axis=1)
    section = adata(counts, [f"spot-{i}" for i in range(30)])
    section.obsm["spatial"] = np.column_stack([np.arange(30), np.zeros(30)])
    section.uns = {"platform": "spot", "coordinate_unit": "micrometre", "spot_diameter": 1.0}
    section.write_h5ad(tmp_path / "section.h5ad")
    section = tmp_path / "section.h5ad"
    mixed = ["--scorer", "random", "--composition", "section", "--section", section, "--fitted"]
    done, spatial, table = run(sample, tmp_path, *mixed, fit(sample, tmp_path, section=section, cells_per_spot=1))
    assert done.returncode == 0, done.stderr
    assert set(pd.read_csv(table).query("n_cells > 0")["cell_type"]) == {"A"}
    assert "no spot holds a whole cell of B, although the proportions in spots.csv add up to" in done.stderr
    assert "type_without_whole_cell" in codes(ad.read_h5ad(spatial))
    done, *_ = run(sample, tmp_path, *mixed, fit(sample, tmp_path, section=section, cells_per_spot=10))
    assert "whole cell" not in done.stderr


def test_the_composition_of_another_section_is_refused(sample, tmp_path):
    section = ad.read_h5ad(sample / "section.h5ad")
    section.obs_names = [f"other-{name}" for name in section.obs_names]
    section.write_h5ad(tmp_path / "other.h5ad")
    done, *_ = run(sample, tmp_path, "--section", tmp_path / "other.h5ad")
    assert done.returncode == 1
    assert "ERROR: composition.h5ad: its spots are not those of other.h5ad; fit the spots again" in done.stderr


def test_blocks_of_any_size_give_the_same_places(sample, tmp_path, monkeypatch):
    settings = Settings(sample="one", seed=0, composition="both", scorer="cosine", max_cell_reuse=10, threads=1)
    read = {name: ad.read_h5ad(sample / f"{name}.h5ad") for name in ("cells", "reference")}
    names = FileNames("cells", "reference", "section", "composition")
    made = []
    for size in (7, 5_000):
        monkeypatch.setattr(stored, "ROWS_AT_ONCE", size)
        monkeypatch.setattr(device, "ROWS_AT_ONCE", size)
        fitted = read_fitted(fit(sample, tmp_path, markers_per_type=20, smoothing=0.0))
        with stored.Stored(sample / "section.h5ad") as section:
            bulk = tables.PROPORTIONS.read(sample / "proportions.csv")
            made.append(place(Inputs(*read.values(), section, bulk, None, fitted, names), settings))
    small, whole = made
    pd.testing.assert_frame_equal(small.table, whole.table)
    pd.testing.assert_frame_equal(small.spatial.obs, whole.spatial.obs)
    np.testing.assert_array_equal(small.rows, whole.rows)


def test_expected_expression_of_spots(sample, tmp_path):
    done, _, table = run(sample, tmp_path)
    assert done.returncode == 0, done.stderr
    spots, section = (ad.read_h5ad(path) for path in (tmp_path / "spots.h5ad", sample / "section.h5ad"))
    reference = ad.read_h5ad(sample / "reference.h5ad")
    assert list(spots.obs_names) == list(section.obs_names)
    assert list(spots.var_names) == list(reference.var_names)
    wide = tables.SPOTS.read(table).pivot(index="spot", columns="cell_type", values="proportion")
    found = pd.DataFrame(spots.obsm["proportions"], spots.obs_names, spots.uns["cell_types"])
    np.testing.assert_allclose(found, wide.loc[found.index, found.columns], atol=1e-5)
    assert (spots.X[-1] == 0).all(), "an empty spot expresses nothing"
    wide = wide.loc[spots.obs_names]
    most = wide.idxmax(axis=1).where(wide.sum(axis=1) > 0)
    assert most.isna().tolist() == [False] * (spots.n_obs - 1) + [True], "an empty spot has no type"
    assert spots.obs["cell_type"].astype(object).equals(most.astype(object))
    assert dict(zip(spots.uns["cell_types"], spots.uns["cell_types_colors"], strict=True)) == OF_RUN
    assert list(spots.uns["cell_type_colors"]) == [OF_RUN[name] for name in spots.obs["cell_type"].cat.categories]
    np.testing.assert_array_equal(spots.layers["measured"].toarray(), section[:, spots.var_names].X.toarray())
    one = spots.uns["expected"]
    by_hand = np.log1p(np.maximum(spots.obsm["weights"] @ one["profiles"][:, list(one["genes"]).index("G3")], 0))
    np.testing.assert_allclose(spots.obs_vector("G3"), by_hand, rtol=1e-4)
