import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition.composition_file import write_fitted
from bulk2space.composition.fitted_section import FittedSection
from bulk2space.composition.spot_choice import Choice
from bulk2space.composition.spots import SpotFractions
from bulk2space.contract import remarks
from bulk2space.contract.colours import palette
from bulk2space.numerics.scaling import log_normalize
from cli.test_rank_markers import write_reference
from cli.test_train_vae import train
from script_process import run_script as run
from sklearn.neighbors import NearestNeighbors


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generate")
    cells = write_reference(folder / "reference.h5ad")
    assert train(folder, "--epochs", 2).returncode == 0
    bulk = ad.AnnData(sp.csr_matrix(np.ones((2, 40), dtype=np.float32)), obs=pd.DataFrame(index=["x", "y"]))
    bulk.var_names = [*reversed(cells.var_names[:35]), "n1", "n2", "n3", "n4", "n5"]
    bulk.write_h5ad(folder / "bulk.h5ad")
    table = pd.DataFrame({"sample": np.repeat(["x", "y"], 3), "cell_type": ["a", "b", "c"] * 2})
    table["proportion"] = [0.5, 0.25, 0.25, 0.35, 0.65, 0.0]
    table["ci_low"], table["ci_high"], table["rna_fraction"] = 0.0, table["proportion"], table["proportion"]
    table["residual"] = 9.0
    table.to_csv(folder / "bulk.csv", index=False)
    return folder


def generate(folder, *options, column="y", cells=50, umap=False, **others):
    """Generate cells of one column as sample ``s.1``; ``others`` are columns of samples before it, by their ids."""
    samples = [{"id": name, "bulk_column": other, "n_cells": cells} for name, other in others.items()]
    samples += [{"id": "s.1", "bulk_column": column, "n_cells": cells, "umap": umap}]
    (folder / "samples.json").write_text(json.dumps(samples))
    return run(
        "generate_cells.py",
        *("--samples", folder / "samples.json", "--reference", folder / "reference.h5ad"),
        *("--bulk", folder / "bulk.h5ad", "--proportions", folder / "bulk.csv", "--vae", folder / "vae.pt"),
        *("--output", folder, *options),
    )


def test_cells_follow_the_proportions_of_their_column(files):
    done = generate(files)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(files / "s.1.proportions.csv")
    columns = ["sample", "cell_type", "proportion", "ci_low", "ci_high", "rna_fraction", "n_cells"]
    assert list(table.columns) == columns
    assert set(table["sample"]) == {"s.1"}
    assert list(table["n_cells"]) == [17, 33, 0]  # of 17.5 and 32.5: the larger proportion comes first
    cells = ad.read_h5ad(files / "s.1.cells.h5ad")
    assert cells.shape == (50, 35)
    assert list(cells.var_names) == [f"g{i}" for i in range(35)]
    assert cells.obs["cell_type"].value_counts().to_dict() == {"a": 17, "b": 33}
    assert list(cells.uns["cell_type_colors"]) == list(palette("ab").values())
    assert cells.obs_names[0] == "s.1_1"
    assert cells.uns["bulk2space"]["sample"] == "s.1"
    assert "calibration" not in cells.uns  # not asked for
    remark, sources = remarks.loads(cells.uns["remarks"])  # the report shows them
    assert "1 of 1 have a residual above 6.0 times the counts' noise" in remark.sentence
    assert remark.subject == "s.1"
    assert sources.sentence.startswith(f"50 generated cells start from {cells.obs['source_cell'].nunique()} cells of")
    # the types' own genes are theirs in the new cells too
    means = pd.DataFrame(cells.layers["counts"].toarray()).groupby(cells.obs["cell_type"].to_numpy(str)).mean()
    assert means.loc["a", :9].mean() > 3 * means.loc["b", :9].mean()
    assert means.loc["b", 10:19].mean() > 3 * means.loc["a", 10:19].mean()


def test_cells_are_laid_out_beside_the_reference_where_asked_for(files):
    assert generate(files, umap=True).returncode == 0
    cells, reference = ad.read_h5ad(files / "s.1.cells.h5ad"), ad.read_h5ad(files / "reference.h5ad")
    known = cells.uns["cell_map"]["reference"]
    assert list(known["cell"]) == list(reference.obs_names)
    places = np.vstack([cells.obsm["X_umap"], known[["umap_1", "umap_2"]].to_numpy()])
    types = pd.concat([cells.obs["cell_type"].astype(str), reference.obs["cell_type"].astype(str)]).to_numpy()
    nearest = NearestNeighbors(n_neighbors=6).fit(places).kneighbors(return_distance=False)
    assert (types[nearest] == types[:, None]).mean() > 0.8


def test_a_section_that_shows_a_type_gets_cells_of_it(files):
    pd.read_csv(files / "bulk.csv").assign(ci_high=1.0).to_csv(files / "unsure.csv", index=False)
    found = np.array([[0.2, 0.3, 0.5], [0.6, 0.4, 0.0]])
    fit = SpotFractions(found, found, np.zeros(2), np.zeros((2, 3)))
    spots, choice = pd.Index(["s1", "s2"]), Choice((), 0.0, {})
    section = FittedSection(spots, ["g0"], ["a", "b", "c"], np.array([4, 1]), False, fit, choice, 1.0, {})
    write_fitted(section, files / "composition.h5ad")
    done = generate(files, "--fitted", files / "composition.h5ad", "--proportions", files / "unsure.csv")
    assert done.returncode == 0, done.stderr
    assert list(pd.read_csv(files / "s.1.proportions.csv")["n_cells"]) == [10, 20, 20]  # c: (4 * 0.5 + 0) / 5 of 50


def test_colours_are_those_of_the_run(files):
    of_run = {"a": "#000001", "b": "#000002", "c": "#000003"}
    (files / "colours.json").write_text(json.dumps(of_run))
    assert generate(files, "--colours", files / "colours.json").returncode == 0
    cells = ad.read_h5ad(files / "s.1.cells.h5ad")
    assert dict(zip(cells.uns["cell_types"], cells.uns["cell_types_colors"], strict=True)) == of_run
    assert list(cells.uns["cell_type_colors"]) == ["#000001", "#000002"], "no cell has type c"


def test_the_seed_decides(files):
    def drawn(seed):
        assert generate(files, "--seed", seed).returncode == 0
        return ad.read_h5ad(files / "s.1.cells.h5ad").X.toarray()

    first = drawn(1)
    np.testing.assert_array_equal(first, drawn(1))
    assert (first != drawn(2)).any()


def test_samples_of_one_task_are_those_of_tasks_of_their_own(states):
    """Samples before it do not change a byte of a sample: cells, numbers, calibration and remarks."""
    folder, _ = states
    names = ("s.1.cells.h5ad", "s.1.proportions.csv")
    assert generate(folder, "--calibrate", column="low", cells=60).returncode == 0
    alone = [(folder / name).read_bytes() for name in names]
    done = generate(folder, "--calibrate", column="low", cells=60, other="high", third="as_is")
    assert done.returncode == 0, done.stderr
    assert [(folder / name).read_bytes() for name in names] == alone
    assert (folder / "other.cells.h5ad").read_bytes() != alone[0]


def test_remarks_are_those_of_their_own_sample(files):
    assert generate(files, other="x").returncode == 0
    for name in ("s.1", "other"):
        found = remarks.loads(ad.read_h5ad(files / f"{name}.cells.h5ad").uns["remarks"])
        assert {one.subject for one in found} == {name}
        assert [one.code for one in found].count("large_residual") == 1


def test_what_training_had_to_say_reaches_the_sample(files, tmp_path):
    for name in ("bulk.h5ad", "bulk.csv"):
        (tmp_path / name).symlink_to(files / name)
    write_reference(tmp_path / "reference.h5ad", counts=False)
    assert train(tmp_path, "--epochs", 1).returncode == 0
    assert generate(tmp_path).returncode == 0
    cells = ad.read_h5ad(tmp_path / "s.1.cells.h5ad")
    assert "counts" not in cells.layers
    first = remarks.loads(cells.uns["remarks"])[0]
    assert (first.code, first.subject) == ("reference_without_counts", "reference")


@pytest.mark.parametrize(
    ("column", "cells", "sentence"),
    [
        ("z", 50, "ERROR: the estimates of the bulk have no sample z"),
        ("x", 0, "ERROR: s.1: 0 is not a positive number"),
    ],
)
def test_bad_input_is_one_sentence(files, column, cells, sentence):
    done = generate(files, column=column, cells=cells)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


@pytest.fixture(scope="module")
def states(tmp_path_factory):
    """A reference whose type a has two states, and bulks of equal proportions: one state prevails, or none does."""
    folder = tmp_path_factory.mktemp("states")
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], [120, 60])
    up = (codes == 0) & (np.arange(180) % 2 == 0)
    rates = rng.gamma(1.0, 1.5, (2, 300)) + 0.3

    def drawn(codes, up):
        mean = rates[codes].copy()
        mean[np.ix_(up, np.arange(30))] *= 5
        return rng.poisson(mean).astype(np.float32)

    raw = sp.csr_matrix(drawn(codes, up))
    cells = ad.AnnData(log_normalize(raw), obs=pd.DataFrame(index=[f"cell{i}" for i in range(180)]))
    cells.var_names = [f"g{i}" for i in range(300)]
    cells.obs["cell_type"], cells.layers["counts"] = pd.Categorical(np.array(["a", "b/c"])[codes]), raw
    cells.write_h5ad(folder / "reference.h5ad")
    assert train(folder, "--epochs", 2).returncode == 0
    new = np.repeat([0, 1], [400, 200])
    sums = [drawn(new, (new == 0) & (rng.random(600) < share)).sum(axis=0) for share in (0.95, 0.05, 0.5)]
    bulk = ad.AnnData(sp.csr_matrix(np.array(sums)), obs=pd.DataFrame(index=["high", "low", "as_is"]))
    bulk.var_names = cells.var_names
    bulk.write_h5ad(folder / "bulk.h5ad")
    table = pd.DataFrame({"sample": np.repeat(bulk.obs_names, 2), "cell_type": ["a", "b/c"] * 3})
    table["proportion"] = [2 / 3, 1 / 3] * 3
    table["ci_low"], table["ci_high"], table["rna_fraction"] = 0.0, 1.0, table["proportion"]
    table["residual"] = 1.0
    # the order of rows is not that of the bulk's samples
    table.iloc[::-1].to_csv(folder / "bulk.csv", index=False)
    return folder, np.flatnonzero(up)


def test_calibration_is_written_and_columns_of_equal_proportions_get_cells_of_their_own(states):
    folder, up = states
    share, calibrations, values = {}, {}, {}
    for column in ("high", "low", "as_is"):
        done = generate(folder, "--calibrate", column=column, cells=180)
        assert done.returncode == 0, done.stderr
        cells = ad.read_h5ad(folder / "s.1.cells.h5ad")
        assert cells.obs["cell_type"].value_counts().to_dict() == {"a": 120, "b/c": 60}
        own = cells[cells.obs["cell_type"] == "a"]
        share[column] = own.obs["source_cell"].isin([f"cell{i}" for i in up]).mean()
        values[column] = own.X[:, :30].mean()
        calibrations[column] = cells.uns["calibration"]
        weights = {"weights"} if column != "as_is" else set()
        assert set(cells.uns["calibration"]) == {
            "tried", "used", "error", "reason", "n_genes", "effective_cells", *weights
        }  # fmt: skip
        assert bool(cells.uns["calibration"]["tried"])
        assert "no replicates" in cells.uns["bulk2space"]["limits"]
    assert [bool(found["used"]) for found in calibrations.values()] == [True, True, False]
    assert [found["error"] < 0.9 for found in calibrations.values()] == [True, True, False]
    assert all(250 < found["n_genes"] <= 300 for found in calibrations.values())
    assert "predicted held-out genes of the bulk no" in calibrations["as_is"]["reason"]
    weights = calibrations["high"]["weights"].set_index("cell")["weight"]
    assert weights[[f"cell{i}" for i in up]].mean() > 1.2
    effective = {column: found["effective_cells"].set_index("cell_type") for column, found in calibrations.items()}
    assert list(effective["high"].index) == ["a", "b/c"]
    assert list(effective["high"].columns) == ["share"]
    assert 0.2 < effective["high"].loc["a", "share"] < 0.95
    assert (effective["as_is"]["share"] == 1).all()
    assert share["high"] > 0.65
    assert share["low"] < 0.35
    assert share["as_is"] == 0.5
    assert values["high"] > values["as_is"] > values["low"]  # so is the module in the new cells


def test_without_calibration_the_bulks_expression_chooses_no_cells(states):
    folder, _ = states
    found = {}
    for column in ("high", "low"):
        assert generate(folder, column=column, cells=180).returncode == 0
        cells = ad.read_h5ad(folder / "s.1.cells.h5ad")
        assert "calibration" not in cells.uns
        found[column] = cells.X.toarray()
    np.testing.assert_array_equal(found["high"], found["low"])


def test_the_same_calibrated_cells_come_again(states):
    folder, _ = states
    found = []
    for _ in range(2):
        assert generate(folder, "--calibrate", column="high", cells=60).returncode == 0
        found.append(ad.read_h5ad(folder / "s.1.cells.h5ad").X.toarray())
    np.testing.assert_array_equal(*found)
