"""Names are data: what a sheet, its files and the parameters call things stays text, or is refused in a sentence."""

import json
import re
import shutil

import anndata as ad
import pandas as pd
import pytest
from conftest import run
from hostile_inputs import FOLDER, GENES, MARK, SHELL, TEXT, TYPES, marks, write_hostile
from inputs import PUBLISHED_ROW, write_published, write_sheet
from light_run import NOTE

OUTDIR = f"out $(touch {MARK}10) it's; [x]"
ASKED = (
    "--ambiguous_label",
    "--seed $(x)",
    "--page_genes",
    f"Gene1,$(touch {MARK}11)",
    "--validate_genes",
    "--outdir",
    OUTDIR,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    write_hostile(folder)
    truth = folder / "truth [a] it's" / "spots"
    truth.mkdir(parents=True)
    pd.DataFrame({"cell_type": TYPES, "proportion": [0.5, 0.3, 0.2]}).to_csv(truth / "proportions.csv", index=False)
    return folder


@pytest.mark.slow
def test_every_name_reaches_the_plan_as_text(folder):
    done = run("-stub-run", "--input", "samplesheet.csv", "--truth", "truth [a] it's", *ASKED, cwd=folder)
    assert done.returncode == 0, done.stdout
    assert marks(folder) == []
    plan = json.loads((folder / OUTDIR / "pipeline_info/plan.json").read_text())
    assert set(plan["colours"]["ref__touch_pwned8"]) == set(TYPES)
    assert [sample["bulk_column"] for sample in plan["samples"]] == ["--seed", f"$(touch {MARK}6) it's"]


@pytest.mark.parametrize("cell", [*SHELL, *TEXT, ".", "new\nline", "a\0b", "-"])
@pytest.mark.parametrize("column", ["sample", "bulk"])
def test_a_hostile_cell_of_the_sheet_is_refused_in_a_sentence(tmp_path, column, cell):
    from door_run import plan_of, sentences

    write_published(tmp_path)
    found = sentences(plan_of(write_sheet(tmp_path, PUBLISHED_ROW | {column: cell})))
    assert len(found) == 1
    assert "Traceback" not in found[0]
    assert marks(tmp_path) == []


@pytest.mark.slow
def test_links_out_of_a_folder_are_refused(tmp_path):
    write_published(tmp_path)
    (tmp_path / "secret.tsv").write_text("root:x:0:0\n")
    (tmp_path / "mtx").mkdir()
    for name in ("matrix.mtx", "barcodes.tsv"):
        (tmp_path / "mtx" / name).write_text("x\n")
    (tmp_path / "mtx/features.tsv").symlink_to(tmp_path / "secret.tsv")
    store = tmp_path / "cells.zarr"
    store.mkdir()
    (store / "zarr.json").write_text("{}")
    (store / "X").symlink_to("..")
    rows = [PUBLISHED_ROW | {"sample": name, "reference": name, "reference_meta": ""} for name in ("mtx", "cells.zarr")]
    write_sheet(tmp_path, *rows)
    done = run("-stub-run", "--input", "samplesheet.csv", cwd=tmp_path)
    assert done.returncode != 0
    assert "mtx: its features.tsv is a link to a file outside the folder; copy the folder" in done.stdout
    assert "cells.zarr: its X is a link to a file outside the folder" in done.stdout
    assert not (tmp_path / "out" / NOTE).exists(), "no result was touched"


@pytest.mark.slow
def test_the_whole_run_keeps_every_name(folder):
    shutil.rmtree(folder / OUTDIR, ignore_errors=True)
    options = ("--truth", "truth [a] it's", "--min_shared_genes", "20", "--write_spatialdata", "--vae_epochs", "20")
    done = run("--input", "samplesheet.csv", *options, *ASKED, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert marks(folder) == []
    out = folder / OUTDIR
    numbers_follow = {"spots": {"section": "spots `x`.h5ad"}, "image": {}}  # a section of spots asks for rare types
    for sample in ("spots", "image"):
        assert set(pd.read_csv(out / sample / "proportions.csv")["cell_type"]) == set(TYPES)
        cells = ad.read_h5ad(out / sample / "cells.h5ad")
        assert set(cells.obs["cell_type"]) <= set(TYPES)
        assert set(cells.var_names) == set(GENES)
        source = json.loads(str(cells.uns["provenance"]))["inputs"]
        assert {kind: files[0]["name"] for kind, files in source.items()} == {
            "bulk": "bulk it's.h5ad",
            "reference": f"ref; touch {MARK}8.h5ad",
        } | numbers_follow[sample]
    assert set(pd.read_csv(out / "spots/spots.csv")["spot"]) == set(
        ad.read_h5ad(folder / FOLDER / "spots `x`.h5ad").obs_names
    )
    pages = [out / "multiqc/multiqc_report.html", out / "spots/explorer.html", out / "image/explorer.html"]
    for page in pages:
        assert not re.search(r"<script>\s*alert|<b>[01]</b>", page.read_text()), page
