"""A reference of another tissue: the run says so first, or stops there."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from conftest import ROOT, run, tasks
from inputs import write_sheet

DEMO = ROOT / "assets" / "demo"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """The demo's bulk and spots, with a reference whose genes bear each other's names."""
    folder = tmp_path_factory.mktemp("wrong")
    reference = ad.read_h5ad(DEMO / "reference.h5ad")
    names = np.random.default_rng(0).permutation(reference.var_names)
    reference = ad.AnnData(reference.layers.get("counts", reference.X), reference.obs)
    reference.var_names = names
    reference.write_h5ad(folder / "reference.h5ad")
    row = {"sample": "s", "bulk": DEMO / "bulk.csv", "bulk_column": "tissue_a", "reference": "reference.h5ad"}
    write_sheet(folder, row | {"spatial": DEMO / "spots.h5ad", "platform": "spot", "cells_per_spot": "5"})
    return folder


@pytest.mark.slow
def test_stop_ends_the_run_with_one_sentence(folder):
    result = run("--input", "samplesheet.csv", "--on_poor_fit", "stop", cwd=folder)
    assert result.returncode != 0
    assert "s: the reference does not explain the bulk and the section: most markers" in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert not any(name.startswith("MULTIQC") for name in tasks(folder))


@pytest.mark.slow
def test_the_report_says_it_first(folder):
    result = run("--input", "samplesheet.csv", "-resume", cwd=folder)
    assert result.returncode == 0, result.stdout
    assert "WARN: s: the reference does not explain the bulk and the section" in result.stdout
    table = pd.read_csv(folder / "out" / "s" / "verdict.csv", keep_default_na=False)
    assert table.loc[table["cell_type"] == "", "verdict"].tolist() == ["poor", "poor"]
    report = (folder / "out" / "multiqc" / "multiqc_report.html").read_text()
    assert 'data-verdict="poor"' in report
    assert "Wrong reference: it does not explain the bulk and the section" in report
    assert "1 sample: ■ 1 poor" in report
