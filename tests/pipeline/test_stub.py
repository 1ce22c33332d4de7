"""The whole way without the work: which tasks run, what lies where, and what a second run repeats."""

import json
import re
import signal
import warnings
from hashlib import sha256
from pathlib import Path

import pandas as pd
import pytest
import yaml
from conftest import ROOT, ROWS, run, tasks
from inputs import TYPES, write_sheet
from light_run import NOTE, stop_at
from rocrate.rocrate import ROCrate

TASKS = {
    "CHECK_SAMPLESHEET (samplesheet.csv)",
    "NORMALIZE_BULK (bulk)",
    "NORMALIZE_REFERENCE (sc_data)",
    "NORMALIZE_SECTION (st_data)",
    "NORMALIZE_SECTION (image)",
    "PLAN_SAMPLES (samplesheet.csv)",
    "RANK_MARKERS (sc_data)",
    "TRAIN_VAE (sc_data)",
    "ESTIMATE_PROPORTIONS (bulk.sc_data)",
    "ESTIMATE_EXPRESSION (bulk.sc_data)",
    "JUDGE_FIT (spots)",
    "JUDGE_FIT (image)",
    "JUDGE_FIT (cells)",
    "GENERATE_CELLS (spots)",
    "GENERATE_CELLS (image)",
    "GENERATE_CELLS (cells)",
    "FIT_SPOTS (spots)",
    "MAP_SPOTS (spots)",
    "MAP_CELLS (image)",
    "DESCRIBE_SECTION (spots)",
    "DESCRIBE_SECTION (image)",
    "PLOT_SAMPLE (spots)",
    "PLOT_SAMPLE (image)",
    "PLOT_SAMPLE (cells)",
    "EXPLORE_SECTION (spots)",
    "EXPLORE_SECTION (image)",
    "MULTIQC (all samples)",
}
# A new row is another sheet; a sheet written again with the same rows is not.
OF_THE_SHEET = {"CHECK_SAMPLESHEET (samplesheet.csv)", "PLAN_SAMPLES (samplesheet.csv)"}

FILES = {
    "cohorts/bulk.sc_data/expression.h5ad",
    "multiqc/multiqc_report.html",
    "multiqc/multiqc_report_data/multiqc.log",
    "pipeline_info/execution_report.html",
    "pipeline_info/execution_timeline.html",
    "pipeline_info/execution_trace.txt",
    "pipeline_info/params.json",
    "pipeline_info/pipeline_dag.html",
    "pipeline_info/plan.json",
    "pipeline_info/versions.yml",
    "references/sc_data/markers.csv",
    "references/sc_data/training.csv",
    "references/sc_data/vae.pt",
    "ro-crate-metadata.json",
    *(
        f"{sample}/{name}"
        for sample in ("spots", "image", "cells")
        for name in (
            "cells.h5ad",
            "proportions.csv",
            "verdict.csv",
            "figures/proportions.csv",
            "figures/proportions.png",
        )
    ),
    "spots/spatial.h5ad",
    "spots/spots.csv",
    "spots/spots.h5ad",
    "image/spatial.h5ad",
    "spots/explorer.html",
    "image/explorer.html",
    *(f"{sample}/{name}.csv" for sample in ("spots", "image") for name in ("genes_in_space", "type_pairs", "regions")),
}

NEXTFLOW_WRITES_LAST = (
    "execution_report.html",
    "execution_timeline.html",
    "execution_trace.txt",
    "pipeline_dag.html",
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("run")


@pytest.fixture(scope="module")
def again(project, inputs, folder):
    """Return a function that runs the stubs (again) and gives what was done and what was kept."""

    def go() -> tuple[set[str], set[str]]:
        arguments = ("-stub-run", "-resume", "--input", inputs / "samplesheet.csv")
        result = run(*arguments, cwd=folder, project=project)
        assert result.returncode == 0, result.stdout
        status = tasks(folder)
        return tuple({name for name in status if status[name] == kind} for kind in ("COMPLETED", "CACHED"))

    return go


@pytest.fixture(scope="module")
def first(again):
    return again()


def test_preview(inputs, tmp_path):
    result = run("-preview", "--input", inputs / "samplesheet.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert not (tmp_path / "out/pipeline_info/params.json").exists()


def test_every_task_runs_once(first):
    done, kept = first
    assert done == TASKS
    assert not kept


def test_tree_of_results(first, folder):
    found = {str(path.relative_to(folder / "out")) for path in (folder / "out").rglob("*") if path.is_file()}
    assert found - {"multiqc/multiqc_report_plots/stub.svg"} == FILES


@pytest.mark.slow
def test_what_sections_are_asked_for_besides(inputs, tmp_path):
    asked = ("--validate_genes", "--write_spatialdata")
    result = run("-stub-run", *asked, "--input", inputs / "samplesheet.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert set(tasks(tmp_path)) == TASKS | {
        "VALIDATE_GENES (image)", "WRITE_SPATIALDATA (image)", "WRITE_SPATIALDATA (spots)",
    }  # fmt: skip
    stores = {path.parent.name for path in (tmp_path / "out").rglob("spatialdata.zarr")}
    assert stores == {"image", "spots"}
    assert {str(path.parent.name) for path in (tmp_path / "out").rglob("genes.csv")} == {"image"}


@pytest.mark.slow
def test_tables_and_ground_truth_reach_the_steps_that_ask_for_them(inputs, tmp_path):
    content = pd.DataFrame({"cell_type": TYPES, "mrna_content": [1, 2, 3]})
    content.to_csv(tmp_path / "content.csv", index=False)
    pd.DataFrame({"gene_id": ["Gene1"], "gene_name": ["One"]}).to_csv(tmp_path / "map.csv", index=False)
    for sample in ("spots", "cells"):
        folder = tmp_path / "known truth" / sample
        folder.mkdir(parents=True)
        pd.DataFrame({"cell_type": TYPES, "proportion": [0.5, 0.3, 0.2]}).to_csv(
            folder / "proportions.csv", index=False
        )
    asked = (
        "--mrna_content",
        "content.csv",
        "--gene_map",
        "map.csv",
        "--truth",
        "known truth",
        "--on_poor_fit",
        "stop",
    )
    result = run("-stub-run", *asked, "--input", inputs / "samplesheet.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert set(tasks(tmp_path)) == TASKS
    staged = {path.parents[2] for path in (tmp_path / "work").glob("*/*/true/*/proportions.csv")}
    assert len(staged) == 2
    assert len(list((tmp_path / "work").glob("*/*/content.csv"))) == 7  # JUDGE_FIT three times, and four steps once


@pytest.mark.slow
def test_a_reference_without_types_and_a_bulk_without_a_chosen_column(inputs, tmp_path):
    row = {"sample": "s", "bulk": inputs / "bulk.csv", "reference": inputs / "sc_data.csv"}
    write_sheet(tmp_path, row)
    result = run("-stub-run", "--annotate", "leiden", "--input", "samplesheet.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert {name for name in tasks(tmp_path) if "(s." in name or "bulk" in name} >= {"NORMALIZE_BULK (bulk)"}
    assert {path.parent.name for path in (tmp_path / "out").rglob("cells.h5ad")} == {"s.one", "s.two"}


def test_every_process_runs_in_some_stub():
    written = "".join((Path(__file__).parent / name).read_text() for name in ("test_stub.py", "test_cohort.py"))
    modules = (ROOT / "modules" / "local").rglob("main.nf")
    processes = {re.search(r"^process (\w+)", path.read_text(), flags=re.MULTILINE)[1] for path in modules}
    assert len(processes) == 21
    missing = {name for name in processes if name != "NORMALIZE" and not re.search(rf'"{name}["( ]', written)}
    assert missing == set()


def test_records_of_the_run(first, folder):
    given = json.loads((folder / "out/pipeline_info/params.json").read_text())
    assert given["seed"] == 42
    assert given["vae_epochs"] is None
    versions = (folder / "out/pipeline_info/versions.yml").read_text()
    assert "TRAIN_VAE:\n    python: 3.11." in versions
    assert "    org/bulk2space: 1.0.0dev\n" in versions


def test_the_run_is_recorded_as_a_crate(first, folder, inputs):
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # of parts that are not listed
        crate = ROCrate(folder / "out")
    workflow, (run,) = crate.mainEntity, crate.root_dataset["mentions"]
    assert (workflow["name"], workflow["version"]) == ("org/bulk2space", "1.0.0dev")
    assert re.fullmatch("[0-9a-f]{64}", workflow["sha256"])
    assert run["instrument"] == workflow
    assert run["startTime"] < run["endTime"]
    assert run["actionStatus"].endswith("CompletedActionStatus")

    made = [part for part in crate.data_entities if part in run["result"]]
    of_nextflow = {f"pipeline_info/{name}" for name in NEXTFLOW_WRITES_LAST} | {"ro-crate-metadata.json"}
    assert {part.id for part in made} == FILES - of_nextflow | {"multiqc/multiqc_report_plots/stub.svg"}
    assert all(Path(part.source).is_file() for part in made)
    values = {value["name"]: value["value"] for value in run["object"] if value.type == "PropertyValue"}
    assert (values["seed"], values["input"]) == (42, str(inputs / "samplesheet.csv"))
    given = {part["name"]: part["sha256"] for part in run["object"] if part.type == "File"}
    names = ("samplesheet", "bulk", "sc_data", "sc_meta", "st_data", "st_meta", "image", "image_meta")
    expected = {f"{name}.csv": sha256((inputs / f"{name}.csv").read_bytes()).hexdigest() for name in names}
    assert given == expected


def test_methods_text_is_a_section_of_the_report(first, folder):
    (staged,) = (folder / "work").glob("*/*/sections/*/methods_mqc.json")
    section = json.loads(staged.read_text())
    assert section["id"] == "b2s_methods"
    assert "org/bulk2space 1.0.0dev, an implementation of Bulk2Space" in section["data"]


def test_second_run_repeats_nothing(first, again):
    done, kept = again()
    assert not done
    assert kept == TASKS


def test_new_row_runs_only_what_is_new(first, again, inputs):
    write_sheet(inputs, *ROWS, ROWS[0] | {"sample": "more", "bulk_column": "two"})
    done, kept = again()
    steps = (
        "JUDGE_FIT",
        "GENERATE_CELLS",
        "FIT_SPOTS",
        "MAP_SPOTS",
        "DESCRIBE_SECTION",
        "PLOT_SAMPLE",
        "EXPLORE_SECTION",
    )
    of_the_row = {f"{step} (more)" for step in steps}
    assert done == of_the_row | OF_THE_SHEET | {"ESTIMATE_EXPRESSION (bulk.sc_data)", "MULTIQC (all samples)"}
    assert kept == TASKS - done
    write_sheet(inputs, *ROWS)


def test_a_sample_that_a_step_loses_ends_the_run(inputs, tmp_path):
    (tmp_path / "off.config").write_text("process { withName: MAP_CELLS { ext.when = false } }\n")
    result = run("-stub-run", "-c", "off.config", "--input", inputs / "samplesheet.csv", cwd=tmp_path)
    assert result.returncode != 0
    assert "Join mismatch for the following entries: key=image" in result.stdout


def rooms(step: str) -> list[str]:
    """Return the rooms that a module names; NORMALIZE_BULK is the module normalize."""
    module = "normalize" if step.startswith("NORMALIZE_") else step.lower()
    meta = ROOT / "modules/local/bulk2space" / module / "meta.yml"
    return yaml.safe_load(meta.read_text())["rooms"] if meta.exists() else []


OTHER_ROOMS = [
    pytest.param(room, marks=pytest.mark.slow)
    for room in ("contract", "numerics", "inputs", "composition", "spots", "images", "patterns", "report")
]


@pytest.mark.parametrize("room", ["generator", *OTHER_ROOMS])
def test_an_edited_room_reruns_the_steps_that_use_it_and_nothing_else(room, first, again, project):
    """Steps behind them stay cached where what they are handed is the same: an edited reader retrains nothing."""
    source = max((project / "bin/bulk2space" / room).glob("*.py"))
    source.write_text(source.read_text() + "# another thought\n")
    done, kept = again()
    print(f"{room}: {', '.join(sorted({name.split(' ')[0] for name in done}))}")
    assert done == {name for name in TASKS if room in rooms(name.split(" ")[0])}
    assert kept == TASKS - done


@pytest.mark.slow
def test_an_edited_page_repeats_the_report_alone(first, again, project):
    style = project / "assets/report/bulk2space_page/bulk2space.css"
    style.write_text(style.read_text() + "/* another thought */\n")
    done, kept = again()
    assert done == {"MULTIQC (all samples)"}
    assert kept == TASKS - done


def test_a_killed_run_goes_on_where_it_was(first, again, project, inputs, folder):
    """A result that was half-copied at that moment is made whole, though its task is not repeated."""
    source = project / "bin/bulk2space/generator/network.py"
    source.write_text(source.read_text() + "# a last thought\n")
    slow = inputs / "slow.config"  # without it, a fast machine can end the run before it is killed
    slow.write_text("process { withName: GENERATE_CELLS { beforeScript = 'sleep 10' } }\n")
    arguments = ("-stub-run", "-resume", "-c", slow, "--input", inputs / "samplesheet.csv")
    before = stop_at(folder, "Submitted process > .*GENERATE_CELLS", signal.SIGKILL, *arguments, project=project)
    assert {"RANK_MARKERS (sc_data)", "TRAIN_VAE (sc_data)"} <= before
    assert (folder / "out" / NOTE).exists()
    half = folder / "out/references/sc_data/markers.csv"
    half.write_text("half of a line")
    done, kept = again()
    assert before <= kept
    assert done == TASKS - kept
    assert half.read_text() == ""
    assert not (folder / "out" / NOTE).exists()


def test_an_edited_reader_retrains_nothing():
    assert "inputs" not in rooms("TRAIN_VAE")
    assert "report" not in rooms("TRAIN_VAE")


def test_compiled_files_are_not_code(first, again, project):
    folder = project / "bin/bulk2space/generator/__pycache__"
    folder.mkdir(exist_ok=True)
    (folder / "network.pyc").write_bytes(b"compiled")
    done, _kept = again()
    assert not done
