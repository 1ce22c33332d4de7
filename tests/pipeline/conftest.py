"""Nextflow as the tests start it: through tools/nextflow, each run with a folder of its own."""

import csv
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from inputs import PUBLISHED_ROW, counts, pd, write_published, write_sheet, write_table

ROOT = Path(__file__).parents[2]
PARTS = ["main.nf", "nextflow.config", "nextflow_schema.json", "assets", "bin", "conf", "lib", "modules"]
PARTS += ["subworkflows", "workflows"]


def nextflow(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Nextflow in ``cwd`` and return what became of it."""
    command = [ROOT / "tools" / "nextflow", *arguments]
    environment = os.environ | {"NXF_OFFLINE": "true", "NXF_ANSI_LOG": "false"}
    return subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env=environment,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )


def run(*arguments: str | Path, cwd: Path, project: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """Run the pipeline, with results in ``cwd/out``, on no more than the demo's two CPUs."""
    return nextflow("run", project, "-profile", "test,local", "--outdir", "out", *arguments, cwd=cwd)


def tasks(folder: Path) -> dict[str, str]:
    """Return what the trace says of each task: 'TRAIN_VAE (one)' -> COMPLETED or CACHED."""
    with (folder / "out/pipeline_info/execution_trace.txt").open() as trace:
        return {row["name"].split(":")[-1]: row["status"] for row in csv.DictReader(trace, delimiter="\t")}


@pytest.fixture(scope="session")
def arguments_as_tags(tmp_path_factory) -> Path:
    """Return a configuration in which each task is tagged with the arguments that it is given, for a stub run."""
    config = tmp_path_factory.mktemp("configuration") / "tags.config"
    config.write_text("process { withName: '.*' { tag = { \"${meta.id} ${task.ext.args}\" } } }\n")
    return config


def copy_project(copy: Path) -> Path:
    """Copy the pipeline into a folder, as a clone of it is."""
    copy.mkdir(parents=True, exist_ok=True)
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, copy / part)
    return copy


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Path:
    """Return a copy of the pipeline, to be edited."""
    return copy_project(tmp_path_factory.mktemp("project"))


ROWS = [
    PUBLISHED_ROW | {"sample": "spots"},
    PUBLISHED_ROW
    | {"sample": "image", "bulk_column": "two", "spatial": "image.csv\N{NO-BREAK SPACE}"}
    | {"spatial_meta": "image_meta.csv", "platform": "image", "condition": "it's quoted"},
    PUBLISHED_ROW | {"sample": "cells", "spatial": "", "spatial_meta": "", "platform": ""},
]


@pytest.fixture(scope="session")
def calm(tmp_path_factory) -> Path:
    """Return the folder of a light run that nothing has disturbed."""
    from light_run import light, write_light  # which imports from here

    folder = write_light(tmp_path_factory.mktemp("calm"))
    done = light(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def inputs(tmp_path_factory) -> Path:
    """Return a folder with a samplesheet of three samples: a spot section, an image section, none."""
    folder = tmp_path_factory.mktemp("inputs")
    write_published(folder)
    cells = [f"i{number}" for number in range(8)]
    write_table(folder / "image.csv", counts(8, seed=4), cells)
    pd.DataFrame({"Cell": cells, "xcoord": range(8), "ycoord": 0}).to_csv(folder / "image_meta.csv", index=False)
    write_sheet(folder, *ROWS)
    return folder
