"""A run without cells and section: real tables in about a minute, for the tests of failures.

What is told of a run is read from Nextflow's own log, since a killed run leaves no trace behind.
"""

import csv
import os
import re
import shutil
import signal
import subprocess
import time
from pathlib import Path

from conftest import ROOT, run
from inputs import PUBLISHED_ROW, write_published, write_sheet

ARGUMENTS = ("--input", "samplesheet.csv", "--skip_cells")
TABLES = ("references/sc_data/markers.csv", "s/proportions.csv", "s/verdict.csv", "s/figures/proportions.csv")
NOTE = "UNFINISHED.txt"


def write_light(folder: Path) -> Path:
    """Write a samplesheet of one sample without a section, and its files; return the folder."""
    write_published(folder)
    write_sheet(folder, PUBLISHED_ROW | {"spatial": "", "spatial_meta": "", "platform": ""})
    return folder


def resumable(calm: Path, folder: Path) -> tuple[str | Path, ...]:
    """Let runs in a new folder start from the tasks of a run that has ended; return their arguments."""
    shutil.copytree(calm / ".nextflow", folder / ".nextflow")
    return ("--input", calm / "samplesheet.csv", "--skip_cells", "-w", calm / "work", "-resume")


def light(folder: Path, *arguments: str | Path):
    """Run the pipeline on the light samplesheet of a folder, to its end."""
    return run(*ARGUMENTS, *arguments, cwd=folder)


def tables(out: Path) -> dict[str, bytes]:
    """Return the contents of the tables that are there."""
    return {name: (out / name).read_bytes() for name in TABLES if (out / name).exists()}


def trace(folder: Path) -> list[dict[str, str]]:
    """Return the rows of the trace; the name without the workflows'."""
    with (folder / "out/pipeline_info/execution_trace.txt").open() as lines:
        return [row | {"name": row["name"].split(":")[-1]} for row in csv.DictReader(lines, delimiter="\t")]


def finished(folder: Path) -> set[str]:
    """Return the tasks that the last run has seen to their good end, or found to have ended so before."""
    log = (folder / ".nextflow.log").read_text()
    ended = re.findall(r"Task completed > TaskHandler\[.*?; name: (.*?); status: COMPLETED; exit: 0;", log)
    cached = re.findall(r"Cached process > (.*)", log)
    return {name.split(":")[-1] for name in [*ended, *cached]}


def start(
    folder: Path, *arguments: str | Path, project: Path = ROOT, outdir: str | Path = "out"
) -> subprocess.Popen[str]:
    """Start a run in a group of processes of its own."""
    command = [ROOT / "tools/nextflow", "run", project, "-profile", "test,local", "--outdir", outdir, *arguments]
    return subprocess.Popen(
        [str(part) for part in command],
        cwd=folder,
        env=os.environ | {"NXF_OFFLINE": "true", "NXF_ANSI_LOG": "false"},
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # which a shell's background jobs ignore
    )


def stop_at(folder: Path, line: str, how: signal.Signals, *arguments: str | Path, project: Path = ROOT) -> set[str]:
    """Start a run and send Nextflow alone, not its tasks, a signal once it has said such a line.

    Return the tasks that had finished by then; Nextflow has a second to note them down for -resume.
    """
    with start(folder, *arguments, project=project) as running:
        for written in running.stdout:
            if re.search(line, written):
                known = finished(folder)
                time.sleep(1)
                os.kill(running.pid, how)
                break
        else:
            raise AssertionError(f"the run has ended before {line}")
        running.stdout.read()
    assert running.returncode != 0
    return known
