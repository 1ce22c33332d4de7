"""estimate_expression.py: the file of a bulk's samples, by type."""

import json

import anndata as ad
import numpy as np
import pytest
from bulk2space.contract import tables
from bulk2space.contract.keys import Layers
from bulk2space.contract.type_layers import read_type
from known_cohort import TYPES, known_cohort
from script_process import run_script as run


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("cohort")
    cohort = known_cohort(12)
    cohort.bulk.write_h5ad(folder / "bulk.h5ad")
    cohort.reference.write_h5ad(folder / "reference.h5ad")
    tables.ESTIMATES.write(cohort.estimates, folder / "estimates.csv")
    return folder


def estimate(folder, samples):
    (folder / "samples.json").write_text(json.dumps(samples))
    files = ("bulk.h5ad", "reference.h5ad")
    return run(
        "estimate_expression.py",
        *(word for name in files for word in (f"--{name.removesuffix('.h5ad')}", folder / name)),
        *("--proportions", folder / "estimates.csv", "--samples", folder / "samples.json"),
        *("--output", folder / "expression.h5ad"),
    )


def test_samples_of_the_run_have_two_layers_a_type(folder):
    done = estimate(folder, [{"id": "late", "bulk_column": "column 9"}, {"id": "early", "bulk_column": "column 0"}])
    assert done.returncode == 0, done.stderr
    assert "genes that the bulk resolves: B " in done.stderr
    found = ad.read_h5ad(folder / "expression.h5ad")
    assert list(found.obs_names) == ["late", "early"]
    assert list(found.obs["bulk_column"]) == ["column 9", "column 0"]
    assert list(found.uns["cell_types"]) == TYPES
    assert "per 10 000" in found.uns["units"]["layers"]
    assert set(found.layers) == {name(each) for each in TYPES for name in (Layers.mean, Layers.sd)}
    assert found.varm["resolvable"].dtype == bool
    np.testing.assert_array_equal(found.varm["resolvable"], found.varm["expected_pcc"] >= 0.6)
    estimates = tables.ESTIMATES.read(folder / "estimates.csv")
    np.testing.assert_allclose(
        found.obsm["rna_fraction"][1], tables.of_column(estimates, "column 0")["rna_fraction"], rtol=1e-6
    )
    mean = read_type(folder / "expression.h5ad", "NK/T").mean
    assert mean.sum(axis=1).between(9_000, 11_000).all()


def test_a_column_that_the_bulk_lacks_is_one_sentence(folder):
    done = estimate(folder, [{"id": "one", "bulk_column": "column 3"}, {"id": "two", "bulk_column": "nowhere"}])
    assert done.returncode == 1
    assert "ERROR: the estimates of the bulk have no sample nowhere, check the bulk column's name" in done.stderr
    assert "Traceback" not in done.stderr
