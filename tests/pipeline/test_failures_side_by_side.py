"""Two runs at a time: in one launch folder and in two they do not disturb each other; into one folder they are refused."""

import re

import pytest
from failures_page import said
from light_run import NOTE, resumable, start, tables

pytestmark = pytest.mark.slow
WAITS = """
process {
    withName: '.*:RANK_MARKERS' {
        cache        = false
        beforeScript = 'while [ ! -e GO ]; do sleep 1; done'
    }
}
"""


def ended(*runs):
    """Wait for runs; return what each has said."""
    said_by_each = [running.communicate()[0] for running in runs]
    return list(zip([running.returncode for running in runs], said_by_each, strict=True))


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
