"""The demo's cells and sections in the formats of instruments, with odd names, several libraries and all the way."""

import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.numerics.metrics import align, pcc
from conftest import ROOT, run
from inputs import write_sheet
from vendor_inputs import ensembl, write_10x_h5, write_spaceranger, write_xenium

DEMO = ROOT / "assets" / "demo"
ODD = {
    "B cell": 'B "naïve", IgD+',
    "T cell": "αβ/γδ T",
    "NK cell": "NK (CD56+) 100%",
    "CD14+ monocyte": "../Mono & <i>Mφ</i>",
    "Dendritic cell": "1",
    "CD34+ progenitor": "it's $CD34^+",
}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Write the demo as a 10x reference, salmon counts of a longer transcriptome, Space Ranger and Xenium folders."""
    folder = tmp_path_factory.mktemp("vendors")
    reference = ad.read_h5ad(DEMO / "reference.h5ad")
    symbols = list(reference.var_names)
    ids = dict(zip(symbols, ensembl(len(symbols)), strict=True))
    barcodes = [f"{name}-1" for name in reference.obs_names]
    write_10x_h5(folder / "cells.h5", dense(reference), barcodes, symbols, list(ids.values()))
    labels = reference.obs["cell_type"].astype(str).map(ODD)
    meta = pd.DataFrame({"Cell": barcodes, "Cell_type": labels.to_numpy(), "donor": np.arange(len(labels)) % 2})
    meta.sample(frac=1, random_state=0).to_csv(folder / "labels.csv", index=False)

    bulk = pd.read_csv(DEMO / "bulk.csv", index_col=0)
    lengths = np.random.default_rng(0).uniform(500, 5000, len(bulk))
    names = pd.DataFrame({"gene_id": [f"{ids[name]}.3" for name in bulk.index], "gene_name": bulk.index})
    reads = bulk.reset_index(drop=True).mul(lengths / 1000, axis=0)  # as a full-length protocol counts
    columns = dict.fromkeys(bulk.columns, lengths)
    names.join(reads).to_csv(folder / "salmon.merged.gene_counts.tsv", sep="\t", index=False)
    names.join(pd.DataFrame(columns)).to_csv(folder / "salmon.merged.gene_lengths.tsv", sep="\t", index=False)

    spots = ad.read_h5ad(DEMO / "spots.h5ad")
    write_spaceranger(
        folder / "outs", dense(spots), list(spots.obs_names), list(spots.var_names),
        [ids[name] for name in spots.var_names], np.asarray(spots.obsm["spatial"]), positions="parquet",
    )  # fmt: skip
    image = pd.read_csv(DEMO / "image.csv", index_col=0)
    places = pd.read_csv(DEMO / "image_meta.csv", index_col=0).loc[image.columns, ["xcoord", "ycoord"]].to_numpy(float)
    write_xenium(
        folder / "xenium", image.to_numpy().T, list(image.columns), list(image.index),
        [ids[name] for name in image.index], places,
    )  # fmt: skip
    row = {"bulk": "salmon.merged.gene_counts.tsv", "reference": "cells.h5", "reference_meta": "labels.csv"}
    write_sheet(
        folder,
        row | {"sample": "a", "bulk_column": "tissue_a", "spatial": "outs", "platform": "spot"},
        row | {"sample": "b", "bulk_column": "tissue_b", "spatial": "xenium", "platform": "image"},
    )
    return folder


def dense(adata: ad.AnnData) -> np.ndarray:
    """Return counts as an array."""
    values = adata.layers.get("counts", adata.X)
    return np.asarray(values.todense() if hasattr(values, "todense") else values).astype(int)


@pytest.fixture(scope="module")
def results(folder):
    options = ["--input", "samplesheet.csv", "--batch_key", "donor"]
    done = run(*options, "--gene_lengths", "salmon.merged.gene_lengths.tsv", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


def test_proportions_are_those_of_the_demo(results):
    for sample, tissue in (("a", "tissue_a"), ("b", "tissue_b")):
        found = pd.read_csv(results / sample / "proportions.csv").astype({"cell_type": str})
        truth = pd.read_csv(DEMO / "truth" / tissue / "proportions.csv")
        truth = truth.assign(cell_type=truth["cell_type"].map(ODD))
        pair = align(*(table.set_index("cell_type")["proportion"] for table in (found, truth)))
        assert pcc(*pair) > 0.95


def test_odd_names_come_through_whole(results):
    for sample in ("a", "b"):
        spatial = ad.read_h5ad(results / sample / "spatial.h5ad")
        assert set(spatial.obs["cell_type"].astype(str)) <= set(ODD.values())
    plan = json.loads((results / "pipeline_info" / "plan.json").read_text())
    assert {name for of in plan["colours"].values() for name in of} == set(ODD.values())
    report = (results / "multiqc" / "multiqc_report.html").read_text()
    assert "<i>Mφ</i>" not in report, "markup in a name is text"


def test_libraries_come_through(results):
    cells = ad.read_h5ad(results / "a" / "cells.h5ad")
    assert set(cells.obs["batch"]) == {"0", "1"}


def test_a_spots_diameter_comes_from_its_file(results):
    assert ad.read_h5ad(results / "a" / "spatial.h5ad").uns["spot_diameter"] == 88.5


def test_a_reference_without_types_goes_all_the_way(folder):
    row = {"sample": "c", "bulk": "salmon.merged.gene_counts.tsv", "bulk_column": "tissue_a", "reference": "cells.h5"}
    write_sheet(folder, row)
    done = run("--input", "samplesheet.csv", "--annotate", "leiden", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Leiden clusters are used in their place" in done.stdout
    found = pd.read_csv(folder / "out" / "c" / "proportions.csv")
    assert len(found) > 2
    assert found["cell_type"].str.fullmatch(r"cluster \d+").all()


def test_a_reference_of_one_type_goes_all_the_way(folder):
    labels = pd.read_csv(folder / "labels.csv").assign(Cell_type="alone")
    labels.to_csv(folder / "one.csv", index=False)
    row = {"sample": "d", "bulk": "salmon.merged.gene_counts.tsv", "bulk_column": "tissue_a", "reference": "cells.h5"}
    section = {"reference_meta": "one.csv", "spatial": "outs", "platform": "spot"}
    write_sheet(folder, row | section)
    done = run("--input", "samplesheet.csv", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    found = pd.read_csv(folder / "out" / "d" / "proportions.csv")
    assert found["proportion"].tolist() == [1.0]
    assert set(ad.read_h5ad(folder / "out" / "d" / "spatial.h5ad").obs["cell_type"]) == {"alone"}
