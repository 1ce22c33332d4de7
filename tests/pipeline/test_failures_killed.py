"""Nextflow is killed or stopped at five points of a run, and resumed each time."""

import re
import signal

import pytest
from failures_page import said
from light_run import ARGUMENTS, NOTE, light, stop_at, tables, trace, write_light

pytestmark = pytest.mark.slow
POINTS = {
    "Submitted process > .*NORMALIZE_REFERENCE": signal.SIGKILL,
    "Submitted process > .*RANK_MARKERS": signal.SIGTERM,
    "Submitted process > .*ESTIMATE_EXPRESSION": signal.SIGINT,
    "Submitted process > .*PLOT_SAMPLE": signal.SIGKILL,
    "Submitted process > .*MULTIQC": signal.SIGKILL,
}


def test_a_run_that_is_stopped_five_times(calm, tmp_path):
    folder, before = write_light(tmp_path), set()
    whole = tables(calm / "out")
    for line, how in POINTS.items():
        known = stop_at(folder, line, how, *ARGUMENTS, "-resume")
        log = (folder / ".nextflow.log").read_text()
        repeated = {name for name in before if re.search(rf"Submitted process > .*{re.escape(name)}", log)}
        assert repeated == set(), f"{how.name} at {line}"
        before |= known
        assert re.search(said("Nextflow is killed or stopped"), (folder / "out" / NOTE).read_text())
    assert {name.split(" ")[0] for name in before} >= {"NORMALIZE_BULK", "RANK_MARKERS", "JUDGE_FIT"}

    for name in tables(folder / "out"):  # as if it had been killed while it copied
        path = folder / "out" / name
        path.write_bytes(path.read_bytes()[:20])
    done = light(folder, "-resume")
    assert done.returncode == 0, done.stdout + done.stderr
    status = {row["name"]: row["status"] for row in trace(folder)}
    assert {name for name in before if status[name] != "CACHED"} == set()
    assert tables(folder / "out") == whole
    assert not (folder / "out" / NOTE).exists()
