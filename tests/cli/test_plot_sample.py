"""plot_sample.py on simulated samples, and MultiQC on what it writes."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from subprocess import CompletedProcess

import anndata as ad
import pandas as pd
import pytest
from bulk2space.contract import remarks
from bulk2space.contract.remarks import Remark
from script_process import run_script
from simulated_sample import arguments, write_sample

ROOT = Path(__file__).parents[2]
ALWAYS = {"proportions", "bulk_and_section", "umap", "markers", "gene_moments"}
SPOTS = {"spots_tissue", "spots_shares", "spots_cells", "spots_markers", "confidence"}
IMAGE = {"image_cells", "image_genes", "image_expected_genes", "image_new_genes", "confidence", "held_out_genes"}


def effective(**proportions: float) -> pd.DataFrame:
    return pd.DataFrame({"cell_type": list(proportions), "share": list(proportions.values())})


CALIBRATION = {
    "spots": {
        "tried": True,
        "used": True,
        "error": 0.8,
        "reason": "",
        "n_genes": 30,
        "effective_cells": effective(A=0.6, B=1.0, C=0.75),
        "weights": pd.DataFrame({"cell": [f"r{i}" for i in range(120)], "weight": [0.5, 1.0, 1.5] * 40}),
    },
    "image": {
        "tried": True,
        "used": False,
        "error": 0.97,
        "reason": "the error was 0.970 times as large",
        "n_genes": 30,
        "effective_cells": effective(A=1.0, B=1.0, C=1.0),
    },
}


def run(arguments: list[str]) -> CompletedProcess:
    return run_script("plot_sample.py", *arguments)


def drawn(output: Path, suffix: str = "png") -> set[str]:
    return {path.stem for path in (output / "figures").glob(f"*.{suffix}")}


@pytest.fixture(scope="module")
def outputs(tmp_path_factory) -> dict[str, Path]:
    """Output folders of a sample of spots, of an imaged one, and of one without section and truth."""
    folder = tmp_path_factory.mktemp("samples")
    made = {}
    for sample, platform, truth in (("spots", "spot", True), ("image", "image", True), ("bulk.counts", None, False)):
        write_sample(folder / sample, sample, platform=platform)
        if sample in CALIBRATION:
            cells = ad.read_h5ad(folder / sample / "cells.h5ad")
            cells.uns["calibration"] = CALIBRATION[sample]
            cells.write_h5ad(folder / sample / "cells.h5ad")
        made[sample] = folder / "out" / sample
        done = run(arguments(folder / sample, sample, folder / "out", truth=truth))
        assert done.returncode == 0, done.stderr
        made[f"{sample} log"] = done.stderr
    return made


def test_each_sample_has_its_figures_as_png_pdf_and_table(outputs):
    expected = {
        "spots": ALWAYS | SPOTS | {"spots_truth", "calibrated_states"},
        "image": ALWAYS | IMAGE | {"image_truth"},
        "bulk.counts": ALWAYS,
    }
    for sample, names in expected.items():
        for suffix in ("png", "pdf", "csv"):
            assert drawn(outputs[sample], suffix) == names, (sample, suffix)


def test_log_is_short(outputs):
    assert len(outputs["spots log"].splitlines()) < 10


def test_the_headline_is_that_of_the_sample(outputs):
    line = json.loads((outputs["spots"] / "spots_statistics_mqc.json").read_text())["data"]["spots"]
    assert line["genes"] == 30
    assert line["reference_cells"] == line["cells"] == 120
    assert line["places"] == 24
    assert line["cells_per_spot"] == 5
    assert 0 < line["rmse"] < 0.1
    alone = json.loads((outputs["bulk.counts"] / "bulk.counts_statistics_mqc.json").read_text())["data"]["bulk.counts"]
    assert not {"pcc", "rmse", "places"} & set(alone)


def test_weights_of_source_cells_are_described_where_they_were_used(outputs):
    errors, chapters, remarks = {}, {}, []
    for sample in ("spots", "image", "bulk.counts"):
        line, chapter = (outputs[sample] / f"{sample}_{part}_mqc.json" for part in ("statistics", "bulk"))
        errors[sample] = json.loads(line.read_text())["data"][sample].get("bulk_error")
        chapters[sample] = json.loads(chapter.read_text())["data"]
        remarks += [path.read_text() for path in outputs[sample].glob("*_warnings_mqc.json")]
    assert errors == {"spots": 0.8, "image": 0.97, "bulk.counts": None}
    assert "0.800 times the error with equal weights" in chapters["spots"]
    assert "(--composition both)" in chapters["spots"]
    assert "effectively used is: A 0.60, C 0.75." in chapters["spots"]
    assert "not used to choose the states of the cells: the error was 0.970 times" in chapters["image"]
    assert "calibration was turned off" in chapters["bulk.counts"]
    assert "source cells" not in "".join(remarks)
    spots = json.loads((outputs["spots"] / "spots_spots_mqc.json").read_text())["data"]
    assert "Places within a spot are drawn at random (60 µm)." in spots


def test_the_sections_own_labels_are_compared_with_the_vote(outputs):
    chapter = json.loads((outputs["image"] / "image_image_mqc.json").read_text())["data"]
    assert "of the 77 cells labelled with a generated type, 66 (86%) have the same predicted type" in chapter
    assert "3 cells with the ambiguous label got a predicted type" in chapter


def test_held_out_genes_are_drawn_for_both_schemes(outputs):
    table = pd.read_csv(outputs["image"] / "figures" / "held_out_genes.csv")
    assert set(table["scheme"]) == {"leave_one_out", "five_fold"}
    assert table["gene"].nunique() == 15


def test_held_out_genes_are_summed_up_beside_chance(outputs):
    part = json.loads((outputs["image"] / "image_genes_table_mqc.json").read_text())
    table = pd.read_csv(outputs["image"] / "figures" / "held_out_genes.csv")
    assert list(part["data"]) == ["image, held out one by one", "image, held out in five parts"]
    for row, (_, genes) in zip(part["data"].values(), table.groupby("scheme", sort=False), strict=True):
        assert row["genes"] == 15
        assert row["mean_pcc"] == pytest.approx(genes["pcc"].mean())
        assert row["median_pcc"] == pytest.approx(genes["pcc"].median())
        assert row["shuffled_mean"] == row["shuffled_median"] == pytest.approx(0.01)
        assert set(row) == set(part["headers"])
    assert not list(outputs["spots"].glob("*genes_table*"))


def test_accuracy_of_the_image_is_that_of_its_table(outputs):
    table = pd.read_csv(outputs["image"] / "figures" / "image_truth.csv")
    assert table["cells"].sum() == 80
    right = table.loc[table["truth"] == table["predicted"], "cells"].sum() / 80
    assert 0.7 < right < 1


@pytest.mark.slow
def test_tables_are_the_same_in_a_second_run(outputs, tmp_path):
    folder = outputs["spots"].parents[1] / "spots"
    assert run(arguments(folder, "spots", tmp_path)).returncode == 0
    for table in (outputs["spots"] / "figures").iterdir():
        assert table.read_bytes() == (tmp_path / "spots" / "figures" / table.name).read_bytes(), table.name


def assert_the_page_is_ours(page: str) -> None:
    """Hold the page to what it has beside MultiQC's parts, and to what it has in their place."""
    assert "3 samples: ● 1 good, ■ 2 poor" in page
    assert page.index("b2s-overview") < page.index('data-worst="') < page.index('id="general_stats"')
    for gone in ("MultiQC_logo", "tutorial video", "Seqera_logo", "Welcome!"):
        assert gone not in page
    assert 'aria-label="bulk2space' in page
    for sample in ("spots", "image", "bulk.counts"):
        assert f'data-sample="{sample}"' in page
        nav = page[page.index("<nav") : page.index("</nav>")]
        assert f">{sample}<" not in nav
    links = set(re.findall('href="#([^"]+)"', page[page.index("<main") :]))
    assert {link for link in links if f'id="{link}"' not in page} == set(), "every link within the page has its place"
    assert page.count('src="data:image') == page.count('class="b2s-large"') + page.count('class="b2s-small"') > 20


def test_multiqc_puts_all_samples_into_one_offline_page(outputs, tmp_path):
    for sample in ("spots", "image", "bulk.counts"):
        for part in outputs[sample].glob("*_mqc.*"):
            (tmp_path / part.name).write_bytes(part.read_bytes())
    (tmp_path / "software_mqc_versions.yml").write_text('PLOT_SAMPLE:\n    python: "3.11.9"\n')
    program = str(Path(sys.executable).with_name("multiqc"))
    options = ["--config", str(ROOT / "assets" / "multiqc_config.yml"), "--filename", "multiqc_report.html"]
    page = os.environ | {"PYTHONPATH": str(ROOT / "assets" / "report")}
    done = subprocess.run([program, ".", *options], cwd=tmp_path, capture_output=True, text=True, env=page)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "multiqc_report.html").read_text(encoding="utf-8")
    for section in (
        "b2s_bulk_spots",
        "b2s_cells_spots",
        "b2s_cells_image",
        "b2s_spots_spots",
        "b2s_image_image",
        "b2s_genes_image",
        "b2s_confidence_spots",
    ):
        assert f'id="{section}"' in page
    assert 'id="b2s_spots_image"' not in page
    chapters = (
        "b2s_summary",
        "b2s_verdict",
        "b2s_composition",
        "b2s_bulk",
        "b2s_spots",
        "b2s_training",
    )
    order = [page.index(f'id="mqc-module-section-{chapter}"') for chapter in chapters]
    assert order == sorted(order)
    assert_the_page_is_ours(page)
    table = pd.read_csv(tmp_path / "multiqc_report_data" / "multiqc_general_stats.txt", sep="\t", index_col=0)
    assert set(table.index) == {"spots", "image", "bulk.counts"}
    genes = pd.read_csv(tmp_path / "multiqc_report_data" / "multiqc_b2s_genes_table_plot.txt", sep="\t", index_col=0)
    assert set(genes.index) == {"image, held out one by one", "image, held out in five parts"}
    assert page.index('id="b2s_genes_table"') < page.index('id="b2s_genes_image"')
    # One reference, three samples: its training is shown once.
    assert page.count('id="mqc-section-wrapper-b2s_training') == 1


@pytest.mark.slow
def test_more_types_than_colours_are_drawn_and_said(tmp_path):
    kinds = tuple(f"Newly formed oligodendrocytes of layer {i:02d}" for i in range(41))
    write_sample(tmp_path, "many", kinds=kinds, cells=250, genes=60)
    done = run(arguments(tmp_path, "many"))
    assert done.returncode == 0, done.stderr
    remarks = (tmp_path / "out" / "many" / "many_warnings_mqc.json").read_text()
    assert "41 cell types share 40 colours" in remarks


def parts(folder: Path, sample: str) -> set[str]:
    return {path.name.removeprefix(f"{sample}_").split("_mqc")[0] for path in (folder / sample).glob("*_mqc.*")}


def test_a_sample_without_chapters_has_its_proportions_as_files_and_its_line_in_the_tables(tmp_path):
    write_sample(tmp_path, "one", platform=None)
    cells = ad.read_h5ad(tmp_path / "cells.h5ad")
    cells.uns["remarks"] = remarks.dumps([Remark("large_residual", "warning", "one", {}, "a < b")])
    cells.write_h5ad(tmp_path / "cells.h5ad")
    done = run(arguments(tmp_path, truth=False, chapters=False))
    assert done.returncode == 0, done.stderr
    out = tmp_path / "out"
    assert drawn(out / "one") == {"proportions"}
    assert not drawn(out / "one", "pdf")
    assert parts(out, "one") == {"statistics", "proportion_bars", "warnings_table", "training"}
    line = json.loads((out / "one" / "one_statistics_mqc.json").read_text())["data"]["one"]
    assert (line["cells"], line["warnings"], line["answer"]) == (cells.n_obs, 1, "good")
    table = json.loads((out / "one" / "one_warnings_table_mqc.json").read_text())
    assert table["data"] == {"one": {"warnings": '"a &lt; b"'}}


def test_a_cohort_shows_its_samples_proportions_itself_and_cells_may_be_missing(tmp_path):
    write_sample(tmp_path, "one", platform=None)
    line = arguments(tmp_path, truth=False, cohort="bulk.reference")
    (tmp_path / "one.cells.h5ad").unlink()
    done = run(line)
    assert done.returncode == 0, done.stderr
    assert drawn(tmp_path / "out" / "one") == {"proportions"}
    assert not {"cells", "proportion_bars"} & parts(tmp_path / "out", "one")
    assert {"verdict", "proportions", "statistics"} <= parts(tmp_path / "out", "one")


def test_a_table_of_another_sample_is_refused_in_one_sentence(tmp_path):
    write_sample(tmp_path, "other", platform=None)
    done = run(arguments(tmp_path, "one", truth=False))
    assert done.returncode == 1
    assert "proportions.csv: column sample has no 'one', give the table of this sample" in done.stderr
    assert "Traceback" not in done.stderr


def test_section_without_spatial_is_refused(tmp_path):
    write_sample(tmp_path)
    (tmp_path / "spatial.h5ad").unlink()
    done = run(arguments(tmp_path))
    assert done.returncode == 2
    assert "--section and --spatial go together" in done.stderr
