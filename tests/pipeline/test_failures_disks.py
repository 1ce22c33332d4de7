"""Disks that are full, files that are damaged and folders that vanish: one sentence, and -resume mends it."""

import re
import shutil
from pathlib import Path

import pytest
from conftest import run
from failures_page import said
from light_run import NOTE, resumable, start, tables, trace
from small_disk import small_disk

pytestmark = pytest.mark.slow
REPEATED = "process { withName: '.*:RANK_MARKERS' { cache = false } }\n"


def completed(folder, arguments, calm):
    """Resume; all results must come out as in a run that nothing has disturbed."""
    done = run(*arguments, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert tables(folder / "out") == tables(calm / "out")
    assert not (folder / "out" / NOTE).exists()
    return {row["name"] for row in trace(folder) if row["status"] == "COMPLETED"}


def failed(folder, arguments, failure):
    """Return what is said of a run that must fail with the sentence of a failure."""
    done = run(*arguments, cwd=folder)
    assert done.returncode != 0
    assert re.search(said(failure), done.stdout), done.stdout
    assert re.search(said("any failure"), done.stdout), done.stdout
    assert "Traceback" not in done.stdout + done.stderr
    return done.stdout


def test_the_disk_of_the_results_is_full(calm, tmp_path):
    arguments = resumable(calm, tmp_path)
    with small_disk(tmp_path / "out", "300k") as out:
        failed(tmp_path, arguments, "a disk is full when Nextflow writes")
        for name, content in tables(out).items():
            assert content == tables(calm / "out")[name]
        assert (out / NOTE).exists()
    assert completed(tmp_path, arguments, calm) == set()


def test_the_disk_of_the_work_folder_is_full(calm, tmp_path):
    with small_disk(tmp_path / "work", "24k") as work:
        arguments = ("--input", calm / "samplesheet.csv", "--skip_cells", "-w", work)
        failed(tmp_path, arguments, "a disk is full when Nextflow writes")


def test_a_damaged_file_is_named_and_made_anew(calm, tmp_path):
    arguments = resumable(calm, tmp_path)
    reference = next(path for path in (calm / "work").rglob("sc_data.h5ad") if not path.is_symlink())
    reference.write_bytes(reference.read_bytes()[:20_000])
    told = failed(tmp_path, arguments, "a file in the work folder is damaged")
    (folder,) = set(re.findall(r"delete the folder (\S+) and start", told))
    assert Path(folder) == reference.parent
    shutil.rmtree(folder)
    assert completed(tmp_path, arguments, calm) == {"NORMALIZE_REFERENCE (sc_data)"}


def test_the_folder_of_a_task_is_deleted_while_it_runs(calm, tmp_path):
    arguments = resumable(calm, tmp_path)
    (tmp_path / "repeated.config").write_text(REPEATED)
    with start(tmp_path, *arguments, "-c", "repeated.config") as running:
        said_so_far = ""
        for line in running.stdout:
            said_so_far += line
            if submitted := re.match(r"\[(\S+)\] Submitted process > .*RANK_MARKERS", line):
                (folder,) = (calm / "work").glob(f"{submitted.group(1)}*")
                shutil.rmtree(folder.rename(folder.with_suffix(".gone")), ignore_errors=True)
    assert running.returncode != 0
    assert re.search(said("any failure"), said_so_far), said_so_far
    assert completed(tmp_path, arguments, calm) <= {"RANK_MARKERS (sc_data)"}
