"""The demo for real, held to the truth that it was made with."""

import contextlib
import json
import re
import shutil
from pathlib import Path
from urllib.parse import unquote

import anndata as ad
import matplotlib as mpl
import matplotlib.pyplot as plt
import nbformat
import numpy as np
import pandas as pd
import pytest
import run_notebook
import torch
from bulk2space.generator.checkpoint import load
from bulk2space.numerics.metrics import align, pcc, rmse
from commands_of_docs import python_of
from conftest import ROOT, run
from matplotlib.colors import to_hex

TRUTH = ROOT / "assets" / "demo" / "truth"
SAMPLES = ["tissue_a", "tissue_b"]
TABLES = [
    "references/reference/markers.csv",
    *(f"{sample}/{name}.csv" for sample in SAMPLES for name in ("proportions", "verdict")),
    "tissue_a/spots.csv",
]


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    done = run(cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def report(demo) -> str:
    return (demo / "multiqc" / "multiqc_report.html").read_text()


@pytest.mark.parametrize("sample", SAMPLES)
def test_bulk_proportions_are_recovered(demo, sample):
    table = pd.read_csv(demo / sample / "proportions.csv")
    truth = pd.read_csv(TRUTH / sample / "proportions.csv").set_index("cell_type")
    for column in ("proportion", "rna_fraction"):
        found, true = align(table.set_index("cell_type")[column], truth[column])
        assert pcc(found, true) >= 0.95
        assert rmse(found, true) <= 0.05
    assert list(table) == ["sample", "cell_type", "proportion", "ci_low", "ci_high", "rna_fraction", "n_cells"]
    assert (table["sample"] == sample).all()
    assert (table["ci_low"] <= table["proportion"]).all()
    assert (table["proportion"] <= table["ci_high"]).all()


@pytest.mark.parametrize("column", ["proportion", "n_cells"])
def test_spot_compositions_are_recovered(demo, column):
    keys = ["spot", "cell_type"]
    found, true = align(
        pd.read_csv(demo / "tissue_a" / "spots.csv").set_index(keys)[column],
        pd.read_csv(TRUTH / "tissue_a" / "spots.csv").set_index(keys)[column],
    )
    assert len(found) == 600
    assert pcc(found, true) >= 0.93
    assert rmse(found, true) <= 0.09 * (10 if column == "n_cells" else 1)


def test_spots_hold_their_cells_and_empty_ones_none(demo):
    spots = pd.read_csv(demo / "tissue_a" / "spots.csv")
    held = spots.groupby("spot")["n_cells"].sum()
    assert held[held == 0].index.tolist() == ["spot_001", "spot_100"]
    assert (held.drop(["spot_001", "spot_100"]) == 10).all()
    placed = ad.read_h5ad(demo / "tissue_a" / "spatial.h5ad")
    assert placed.n_obs == spots["n_cells"].sum() == 980
    centres = spots.drop_duplicates("spot").set_index("spot")[["x", "y"]].loc[placed.obs["spot"].astype(str)]
    assert np.linalg.norm(placed.obsm["spatial"] - centres.to_numpy(), axis=1).max() <= 55 / 2


def test_imaged_cells_get_their_types_and_a_whole_transcriptome(demo):
    placed = ad.read_h5ad(demo / "tissue_b" / "spatial.h5ad")
    cells = ad.read_h5ad(demo / "tissue_b" / "cells.h5ad")
    truth = pd.read_csv(TRUTH / "tissue_b" / "image.csv").set_index("cell")["cell_type"]
    assert list(placed.obs_names) == list(truth.index)
    assert (placed.obs["cell_type"].astype(str) == truth).mean() >= 0.80
    assert list(placed.var_names) == list(cells.var_names)
    assert list(placed.uns["neighbor_cells"]) == list(cells.obs_names)
    drawn = (placed.obsm["neighbors"] @ cells.X).toarray()  # with the noise of the cells' counts
    assert np.corrcoef(placed.X.toarray().ravel(), drawn.ravel())[0, 1] > 0.95
    assert sum(placed.uns["bulk2space"]["mapper_weights"].values()) == pytest.approx(1)


def test_generated_cells_follow_the_proportions(demo):
    for sample in SAMPLES:
        cells = ad.read_h5ad(demo / sample / "cells.h5ad")
        table = pd.read_csv(demo / sample / "proportions.csv").set_index("cell_type")
        found = cells.obs["cell_type"].astype(str).value_counts().reindex(table.index, fill_value=0)
        assert found.tolist() == table["n_cells"].tolist()
        assert cells.obs_names[0] == f"{sample}_1"
        counts = cells.layers["counts"].data
        assert np.array_equal(counts, np.rint(counts))


def test_the_report_has_every_sample_and_section(report):
    for sample in SAMPLES:
        assert sample in report
    for section in (
        "Cell-type proportions",
        "What the bulk changed",
        "Training",
        "Shared UMAP",
        "Methods",
        "Software Versions",
    ):
        assert section in report, section


def test_the_report_says_what_it_is_made_of_and_has_a_page_of_its_own(report):
    assert "Demo. These samples are not measured: they are simulated from 700 real blood cells" in report
    assert "<title>Bulk2Space report</title>" in report
    assert re.search(r"org/bulk2space \d[^ ]*, made with", " ".join(report.split()))
    assert "2 samples: ● 2 good" in report
    assert "tutorial video" not in report


def test_the_files_of_every_figure_are_where_the_report_looks_for_them(demo, report):
    links = set(re.findall(r'href="(\.\./[^"]+)"', report))
    assert "../tissue_a/figures/spots_cells.pdf" in links
    assert "../references/reference/training.csv" in links
    assert [link for link in links if not (demo / "multiqc" / unquote(link)).exists()] == []
    drawn = {f"../{png.relative_to(demo)}" for sample in SAMPLES for png in (demo / sample / "figures").glob("*.png")}
    assert drawn == {link for link in links if link.endswith(".png")}


def test_the_page_of_eight_samples_stays_below_15_megabytes(report):
    figures = sum(len(data) for data in re.findall('src="data:image/[^"]+"', report))
    expected = (len(report) - figures + figures * 8 / len(SAMPLES)) / 1e6
    print(f"page of two samples: {len(report) / 1e6:.1f} MB; of eight like them: {expected:.1f} MB")
    assert expected < 15


@pytest.mark.slow
def test_a_second_run_gives_the_same_bytes(demo, tmp_path):
    done = run(cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    for table in TABLES:
        assert (tmp_path / "out" / table).read_bytes() == (demo / table).read_bytes(), table
    folders = [out / "references" / "reference" for out in (demo, tmp_path / "out")]
    training = [pd.read_csv(folder / "training.csv") for folder in folders]
    pd.testing.assert_frame_equal(*(table.drop(columns="seconds") for table in training), check_exact=True)
    weights, again = (load(folder / "vae.pt").model.state_dict() for folder in folders)
    assert [name for name in weights if not torch.equal(weights[name], again[name])] == []


def test_the_reference_explains_bulk_and_section(demo):
    for sample in SAMPLES:
        table = pd.read_csv(demo / sample / "verdict.csv", keep_default_na=False)
        whole = table[table["cell_type"] == ""]
        assert whole[["input", "verdict"]].to_numpy().tolist() == [["bulk", "good"], ["section", "good"]]
        assert (pd.to_numeric(whole["contradiction"]) == 0).all(), "both are of one tissue"
    report = (demo / "multiqc" / "multiqc_report.html").read_text()
    assert report.index('id="b2s_summary"') < report.index('id="b2s_verdict"') < report.index('id="b2s_inputs"')


@pytest.fixture(scope="module")
def opened(demo):
    """Return what the commands have made, and the figures that they have drawn."""
    mpl.use("Agg")
    plt.close("all")
    made = {}
    with contextlib.chdir(demo):
        for commands in python_of("output.md", "Open the results"):
            exec(commands, made)
    yield made, [plt.figure(number) for number in plt.get_fignums()]
    plt.close("all")


def colours_of_report(demo):
    """The colours that the report gives to the types."""
    return json.loads((demo / "pipeline_info" / "plan.json").read_text())["colours"]["reference"]


def test_maps_have_the_colours_of_the_run_and_are_the_right_way_up(opened, demo):
    made, figures = opened
    upright, *maps = drawn = [figure.axes[0] for figure in figures[:4]]
    of_run = colours_of_report(demo)
    for axes, name in zip(drawn, ("placed", "placed", "spots", "imaged"), strict=True):
        labels = made[name].obs["cell_type"]
        types, without = (
            list(labels.cat.categories),
            ["NA"] * int(labels.isna().any()),
        )  # as scanpy calls spots without cells
        legend = axes.get_legend()
        assert [text.get_text() for text in legend.get_texts()] == types + without
        shown = [to_hex(handle.get_facecolor()[0]) for handle in legend.legend_handles[: len(types)]]
        assert shown == [of_run[one].lower() for one in types]
    assert not upright.yaxis_inverted()
    np.testing.assert_array_equal(made["placed"].obsm["X_spatial"], made["placed"].obsm["spatial"] * [1, -1])
    assert all(axes.yaxis_inverted() for axes in maps)


def test_the_umap_is_that_of_the_report(opened, demo):
    table = pd.read_csv(demo / "tissue_a" / "figures" / "umap.csv", index_col="cell")
    own = table[table["source"] == "generated"]
    generated, placed = opened[0]["generated"], opened[0]["placed"]
    assert len(own) == generated.n_obs > 100
    columns = ["umap_1", "umap_2"]
    np.testing.assert_allclose(generated.obsm["X_umap"], own.loc[generated.obs_names, columns], rtol=1e-4)
    np.testing.assert_allclose(placed.obsm["X_umap"], own.loc[placed.obs["cell"], columns], rtol=1e-4)


def test_statistics_come_out(opened):
    made = opened[0]
    generated, imaged = made["generated"], made["imaged"]
    best = {
        name: generated.uns["rank_genes_groups"]["names"][name][0] for name in generated.obs["cell_type"].cat.categories
    }
    means = generated.to_df().groupby(generated.obs["cell_type"].to_numpy(str)).mean()
    assert all(means[gene].idxmax() == name for name, gene in best.items())
    types = len(imaged.obs["cell_type"].cat.categories)
    assert imaged.uns["cell_type_nhood_enrichment"]["zscore"].shape == (types, types)
    assert imaged.obsm["X_pca"].shape == (imaged.n_obs, 50)
    assert (imaged.layers["measured_counts"].data == np.round(imaged.layers["measured_counts"].data)).all()
    assert imaged[:, ~imaged.var["measured"]].layers["measured"].nnz == 0


def test_viewers_find_what_they_need(opened, demo):
    for name in ("tissue_a/cells.h5ad", "tissue_a/spatial.h5ad", "tissue_a/spots.h5ad", "tissue_b/spatial.h5ad"):
        adata = ad.read_h5ad(demo / name)
        assert adata.obs_names.is_unique
        assert adata.var_names.is_unique
        assert isinstance(adata.obs["cell_type"].dtype, pd.CategoricalDtype)
        assert not any(values.dtype == object for _, values in adata.obs.items())
        for matrix in (adata.X, *adata.layers.values()):
            assert isinstance(matrix, np.ndarray) or matrix.format in ("csr", "csc")
            assert isinstance(matrix, np.ndarray) or matrix.indices.dtype == matrix.indptr.dtype
    again = ad.read_zarr(demo / "tissue_a.zarr")
    np.testing.assert_array_equal(again.obsm["spatial"], opened[0]["placed"].obsm["spatial"])
    shutil.rmtree(demo / "tissue_a.zarr")


def images(notebook):
    """The cells of a notebook that show a figure."""
    shown = [cell for cell in notebook.cells if cell.cell_type == "code"]
    return [cell.id for cell in shown if any("image/png" in output.get("data", {}) for output in cell.outputs)]


@pytest.mark.slow
def test_the_notebook_of_the_first_hour_runs_and_is_stored_with_its_figures(demo, tmp_path):
    stored = nbformat.read(run_notebook.NOTEBOOK, as_version=4)
    (tmp_path / "results").symlink_to(demo)
    made = run_notebook.executed(nbformat.read(run_notebook.NOTEBOOK, as_version=4), tmp_path)
    assert len(images(made)) >= 6
    assert images(stored) == images(made), "run `make docs`"
    assert run_notebook.NOTEBOOK.stat().st_size < 1_500_000
