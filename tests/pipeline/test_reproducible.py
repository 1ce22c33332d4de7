"""The same input and seed give the same results: byte by byte in another clone, and with another number of CPUs."""

import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from conftest import copy_project, run
from rocrate.rocrate import ROCrate

pytestmark = pytest.mark.slow

MOST_DIFFERENCE = 1e-6  # of proportions, between 1 and 2 CPUs
SAMPLES = ("tissue_a", "tissue_b")
OPTIONS = ("--vae_epochs", "40")


def results(folder: Path, clone: str, *options: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    done = run(*OPTIONS, *options, cwd=folder, project=copy_project(folder / clone))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "out"


@pytest.fixture(scope="module")
def first(tmp_path_factory):
    return results(tmp_path_factory.mktemp("first"), "clone")


@pytest.fixture(scope="module")
def one_cpu(tmp_path_factory):
    folder = tmp_path_factory.mktemp("single")
    (folder / "one.config").write_text("process { withName: '.*' { cpus = 1 } }\n")
    return results(folder, "clone", "-c", "one.config")


def files(out: Path) -> dict[str, Path]:
    """Return tables and h5ad files by their place, without the record of times."""
    found = [*out.rglob("*.csv"), *out.rglob("*.h5ad")]
    return {str(path.relative_to(out)): path for path in sorted(found)}


def test_another_clone_gives_the_same_bytes(first, tmp_path):
    again = files(results(tmp_path / "another folder", "of the project"))
    before = files(first)
    assert set(again) == set(before)
    assert len([name for name in before if name.endswith(".h5ad")]) == 6
    differing = [name for name in before if before[name].read_bytes() != again[name].read_bytes()]
    assert differing == ["references/reference/training.csv"]
    one, other = (pd.read_csv(found[differing[0]]).drop(columns="seconds") for found in (before, again))
    pd.testing.assert_frame_equal(one, other, check_exact=True)


@pytest.mark.parametrize("sample", SAMPLES)
def test_proportions_do_not_depend_on_the_number_of_cpus(first, one_cpu, sample):
    two, one = (pd.read_csv(out / sample / "proportions.csv", index_col="cell_type") for out in (first, one_cpu))
    numbers = ["proportion", "ci_low", "ci_high", "rna_fraction"]
    assert np.abs(two[numbers] - one[numbers]).to_numpy().max() <= MOST_DIFFERENCE
    assert (two["n_cells"] == one["n_cells"]).all()


def test_compositions_of_spots_do_not_depend_on_the_number_of_cpus(first, one_cpu):
    two, one = (pd.read_csv(out / "tissue_a/spots.csv", index_col=["spot", "cell_type"]) for out in (first, one_cpu))
    assert np.abs(two["rna_fraction"] - one["rna_fraction"]).max() <= MOST_DIFFERENCE
    assert np.abs(two["proportion"] - one["proportion"]).max() <= MOST_DIFFERENCE


@pytest.mark.parametrize("sample", SAMPLES)
def test_counts_agree_in_their_statistics(first, one_cpu, sample):
    two, one = (ad.read_h5ad(out / sample / "cells.h5ad") for out in (first, one_cpu))
    assert (two.obs["cell_type"].to_numpy() == one.obs["cell_type"].to_numpy()).all()
    means = [np.asarray(cells.layers["counts"].mean(axis=0)).ravel() for cells in (two, one)]
    assert np.corrcoef(*np.log1p(means))[0, 1] > 0.99
    totals = [cells.layers["counts"].sum() for cells in (two, one)]
    assert totals[0] == pytest.approx(totals[1], rel=0.02)


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_h5ad_says_where_it_comes_from(first, sample):
    plan = json.loads((first / "pipeline_info/plan.json").read_text())
    known = {found["kind"]: found["files"] for found in plan["inputs"] if found["kind"] != "section"}
    for path in (first / sample).glob("*.h5ad"):
        record = json.loads(str(ad.read_h5ad(path, backed="r").uns["provenance"]))
        assert len(record["code"]) == 64
        assert record["parameters"]["seed"] == 42
        assert {kind: record["inputs"][kind] for kind in known} == known
        assert ("section" in record["inputs"]) == (path.name != "cells.h5ad" or sample == "tissue_a")


def test_tables_are_those_of_the_record(first):
    crate = ROCrate(first)
    recorded = {part.id for part in crate.data_entities if part.get("encodingFormat") == "text/csv"}
    assert recorded == {name for name in files(first) if name.endswith(".csv")}
