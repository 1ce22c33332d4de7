"""The benchmark pipeline without its work: every planned run is judged, and edited code reruns what it reaches."""

import csv
import json
import re
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, nextflow

BENCH = ROOT / "benchmarks"
SETS = re.findall(r"file: '([^']+)'", (BENCH / "grid.nf").read_text())


def bench(*arguments: str | Path, cwd: Path, project: Path = BENCH):
    done = nextflow("run", project, "--data", cwd / "data", *arguments, cwd=cwd)
    return done, done.stdout + done.stderr


def tasks(folder: Path, outdir: str = "reduced") -> dict[str, str]:
    with (folder / outdir / "trace.txt").open() as trace:
        return {row["name"]: row["status"] for row in csv.DictReader(trace, delimiter="\t")}


def planned(folder: Path, outdir: str) -> set[tuple[str, str]]:
    """Return step and tag of each task that a run said it would start."""
    return {(row["step"], row["tag"]) for row in rows(folder, outdir, "plan.csv")}


def started(folder: Path, outdir: str) -> set[tuple[str, str]]:
    """Return step and tag of each task that a run started."""
    return {re.fullmatch(r"(?:\w+:)*(\w+) \((.*)\)", name).groups() for name in tasks(folder, outdir)}


def rows(folder: Path, outdir: str, table: str) -> list[dict[str, str]]:
    """Return the rows of a table that a run left."""
    with (folder / outdir / table).open() as lines:
        return list(csv.DictReader(lines))


def full_grid(folder: Path, steps: str, case: str) -> list[dict[str, str]]:
    """Run a step of a case in the full grid, check that it starts what it planned, and return its rows."""
    done, said = bench("-stub", "-profile", "full", "--steps", steps, "--cases", case, cwd=folder)
    assert done.returncode == 0, said
    assert planned(folder, "full") == started(folder, "full")
    return rows(folder, "full", f"{steps}.csv")


@pytest.fixture
def folder(tmp_path) -> Path:
    """Return a folder to run in, whose data sets are empty files: a stub run reads none."""
    (tmp_path / "data").mkdir()
    for name in SETS:
        (tmp_path / "data" / name).touch()
    return tmp_path


@pytest.mark.parametrize("profile", ["standard", "full"])
def test_both_grids_can_be_planned(folder, profile):
    done, said = bench("-preview", "-profile", profile, "--judge", "true", cwd=folder)
    assert done.returncode == 0, said


@pytest.mark.slow
def test_missing_data_and_unknown_cases_are_told_in_a_sentence(tmp_path):
    done, said = bench("-preview", cwd=tmp_path)
    assert done.returncode != 0
    assert "--data: there is no folder" in said
    (tmp_path / "data").mkdir()
    done, said = bench("-preview", "--cases", "nothing", cwd=tmp_path)
    assert done.returncode != 0
    assert "--cases nothing: is no case of the reduced grid, which are paired-pbmc3k" in said
    done, said = bench("-preview", "--steps", "spot", cwd=tmp_path)
    assert done.returncode != 0
    assert "--steps must be one of all, cells, spots, but is 'spot'." in said


def test_false_as_text_leaves_the_judging_sets_alone(folder):
    """Nextflow from 26.04 on hands over every value of its command line as text, as a file of parameters can."""
    (folder / "text.json").write_text(json.dumps({"judge": "false", "cases": "paired-baron"}))
    done, said = bench("-preview", "-params-file", "text.json", cwd=folder)
    assert done.returncode != 0
    assert "--cases paired-baron: is no case of the reduced grid" in said


@pytest.mark.slow
def test_parameters_given_as_text_behave_as_if_typed(folder, arguments_as_tags):
    schema = json.loads((BENCH / "nextflow_schema.json").read_text())
    parameters = {name: of for group in schema["$defs"].values() for name, of in group["properties"].items()}
    typed = {
        name: False if of["type"] == "boolean" else of["minimum"] + 7
        for name, of in parameters.items()
        if of["type"] in {"boolean", "integer", "number"}
    }
    text = {name: json.dumps(value) for name, value in typed.items()}
    (folder / "text.json").write_text(json.dumps(text | {"cases": "paired-pbmc3k"}))
    done, said = bench("-stub", "-c", arguments_as_tags, "-params-file", "text.json", cwd=folder)
    assert done.returncode == 0, said
    settings = json.loads((folder / "reduced" / "settings.json").read_text())
    assert {name: settings[name] for name in typed} == typed
    (rival,) = [name for name in tasks(folder) if name.startswith("RIVAL_CELLS") and ".gan." in name]
    assert f"--limit {60 * typed['minutes']}" in rival


@pytest.mark.slow
def test_every_planned_run_is_judged_and_judging_sets_wait_to_be_asked_for(folder):
    done, said = bench("-stub", cwd=folder)
    assert done.returncode == 0, said
    judged = {row["id"] for row in rows(folder, "reduced", "cells.csv")}
    for reference in ("pbmc3k", "celllines"):
        for method in ("default", "paper", "gan", "cgan", "bmind", "resample"):
            assert f"paired-{reference}.{method}.own.42" in judged
    for kind in ("labels", "expression"):
        for share in ("0.1", "0.3", "0.5"):
            assert f"noise-{kind}-{share}.default.own.42" in judged
    assert {f"repeats.default.own.{seed}" for seed in range(42, 62)} <= judged
    assert {f"latent.latent-{level}.own.42" for level in ("0", "1", "2", "prior")} <= judged
    assert "annotation_free.default.own.42" in judged
    assert any(name.startswith("unpaired-") for name in judged)
    assert not any(kept in name for name in judged for kept in ("lymphoid", "baron", "zeisel"))
    assert planned(folder, "reduced") == started(folder, "reduced")
    assert len(judged) == len([name for name in tasks(folder) if name.startswith("JUDGE_CELLS")])
    spots = {(row["section"], row["method"]) for row in rows(folder, "reduced", "spots.csv")}
    cases = ("whole-pbmc3k", "whole-mob", "unpaired-indrop-celseq2")
    sections = {
        f"{case}.{section}" for case in cases for section in ("random.100.42", "random.500.42", "dirichlet.500.42")
    }
    assert {section for section, _ in spots} == sections
    for method in (
        "deep_forest",
        "cosine",
        "random",
        "log_nnls",
        "perceptron",
        "deepgbm",
        "linear_assignment",
        "spotlight",
        "spatialdwls",
        "rctd",
        "stereoscope",
    ):
        assert {(section, method) for section in sections} <= spots


@pytest.mark.slow
def test_the_full_grid_runs_dear_methods_on_small_sections_and_says_so_before(folder):
    spots = {(row["section"], row["method"]) for row in full_grid(folder, "spots", "whole-mob")}
    published = {section for section, method in spots if method == "published"}
    assert published == {"whole-mob.random.100.42", "whole-mob.dirichlet.100.42"}
    assert ("whole-mob.random.5000.42", "auto") in spots
    assert ("whole-mob.random.100.46", "auto") in spots


@pytest.mark.slow
def test_the_full_grid_judges_expression_by_type_of_every_bulk_and_seed(folder):
    judged = {row["id"] for row in full_grid(folder, "cells", "paired-celllines")}
    bulks = [f"{column}.{seed}" for column in ("own", "second", "third") for seed in range(42, 47)]
    assert {f"paired-celllines.by_type.{bulk}" for bulk in bulks} <= judged


@pytest.mark.slow
def test_spots_alone_run_nothing_that_they_do_not_need(folder):
    done, said = bench("-stub", "--steps", "spots", "--cases", "whole-mob", cwd=folder)
    assert done.returncode == 0, said
    assert (folder / "reduced" / "spots.csv").exists()
    assert not (folder / "reduced" / "cells.csv").exists()
    ran = {name.split(" ")[0].split(":")[-1] for name in tasks(folder)}
    assert {"MAP_SPOTS", "RIVAL_SPOTS", "JUDGE_SPOTS"} <= ran
    assert not {"JUDGE_CELLS", "JUDGE_PROPORTIONS", "RIVAL_CELLS", "PERTURB_LATENT"} & ran


@pytest.mark.slow
def test_resume_repeats_what_edited_code_reaches_and_nothing_else(folder, tmp_path_factory):
    copy = tmp_path_factory.mktemp("project")
    for part in ("benchmarks", "bin", "lib", "modules"):
        ignored = shutil.ignore_patterns("__pycache__", "results")
        shutil.copytree(ROOT / part, copy / part, ignore=ignored, symlinks=True)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    arguments = ("-stub", "-resume", "--cases", "paired-pbmc3k")

    def again() -> dict[str, str]:
        done, said = bench(*arguments, cwd=folder, project=copy / "benchmarks")
        assert done.returncode == 0, said
        return {name.split(" ")[0]: status for name, status in tasks(folder).items()}

    def edit(path: str) -> None:
        (copy / path).write_text((copy / path).read_text() + "\n# edited\n")

    assert set(again().values()) == {"COMPLETED"}
    assert set(again().values()) == {"CACHED"}
    edit("benchmarks/bin/bench/judges/likeness.py")
    assert [name for name, status in again().items() if status == "COMPLETED"] == ["JUDGE_CELLS"]
    edit("bin/bulk2space/report/style.py")
    assert set(again().values()) == {"CACHED"}
    edit("benchmarks/bin/bench/rivals/gan.py")
    states = again()
    assert states["RIVAL_CELLS"] == "COMPLETED"
    assert states["TRAIN_VAE"] == states["SPLIT_REFERENCE"] == "CACHED"
    edit("bin/train_vae.py")
    assert again()["TRAIN_VAE"] == "COMPLETED"


@pytest.mark.slow
def test_one_case_runs_for_real(tmp_path):
    """The stubs of the modules check no options, so one case is run: of cells of cultures, with its rivals."""
    data = ROOT.parent / "shared" / "data"
    if not data.exists():
        pytest.skip("the data sets are not beside the clone")
    sizes = ("--max_cells", "200", "--max_genes", "200", "--cells", "100", "--minutes", "1")
    done = nextflow("run", BENCH, "--data", data, "--cases", "paired-celllines", *sizes, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    ended = {row["method"]: row["status"] for row in rows(tmp_path, "reduced", "cells.csv")}
    assert ended == dict.fromkeys(("default", "paper", "gan", "cgan", "bmind", "resample"), "done")
