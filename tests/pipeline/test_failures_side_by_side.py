"""Two runs at a time do not disturb each other, and do not both write into one folder."""

import fcntl
import re

import pytest
from failures_page import said
from light_run import NOTE, light, resumable, start, tables, write_light

WAITS = """
process {
    withName: '.*:RANK_MARKERS' {
        cache        = false
        beforeScript = 'while [ ! -e GO ]; do sleep 1; done'
    }
}
"""


def test_a_folder_that_a_run_has_locked_is_refused(tmp_path):
    """Here the test stands for the first run."""
    write_light(tmp_path)
    (tmp_path / "out").mkdir()
    note = tmp_path / "out" / NOTE
    note.write_text("The run a, started b in c, is writing into this folder, or was ended before it was done.\n")
    with note.open("r+") as held:
        fcntl.lockf(held, fcntl.LOCK_EX)
        second = light(tmp_path)
        assert held.read().startswith("The run a, started b in c,")
    assert second.returncode != 0
    assert re.search(said("a second run writes into the same folder"), second.stdout), second.stdout
    assert " process > " not in second.stdout
    assert not (tmp_path / "out" / "pipeline_info" / "params.json").exists()


def ended(*runs):
    """Wait for runs; return what each has said."""
    said_by_each = [running.communicate()[0] for running in runs]
    return list(zip([running.returncode for running in runs], said_by_each, strict=True))


@pytest.mark.slow
def test_two_runs_with_results_of_their_own(calm, tmp_path):
    """In one launch folder, from one samplesheet, with one folder of work."""
    given = ("--input", calm / "samplesheet.csv", "--skip_cells", "-w", calm / "work")
    two = [start(tmp_path, *given, outdir=name) for name in ("first", "second")]
    for code, said_there in ended(*two):
        assert code == 0, said_there
    for name in ("first", "second"):
        assert tables(tmp_path / name) == tables(calm / "out")
        assert not (tmp_path / name / NOTE).exists()
    logs = sorted(path.name for path in tmp_path.glob(".nextflow.log*"))
    assert logs == [".nextflow.log", ".nextflow.log.1"]


@pytest.mark.slow
def test_two_runs_into_one_folder(calm, tmp_path):
    """From two launch folders: the second ends before its first task, the first comes to its end."""
    (tmp_path / "one").mkdir()
    (tmp_path / "two").mkdir()
    arguments = resumable(calm, tmp_path / "one")
    (tmp_path / "waits.config").write_text(WAITS.replace("GO", str(tmp_path / "go")))
    first = start(tmp_path / "one", *arguments, "-c", tmp_path / "waits.config", outdir=tmp_path / "results")
    for line in first.stdout:
        if re.search("Submitted process > .*RANK_MARKERS", line):
            break
    resumable(calm, tmp_path / "two")
    ((code, second),) = ended(start(tmp_path / "two", *arguments, outdir=tmp_path / "results"))
    (tmp_path / "go").touch()
    assert code != 0
    assert re.search(said("a second run writes into the same folder"), second), second
    assert " process > " not in second
    ((code, rest),) = ended(first)
    assert code == 0, rest
    assert tables(tmp_path / "results") == tables(calm / "out")
    assert not (tmp_path / "results" / NOTE).exists()
