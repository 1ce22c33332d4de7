"""Tasks that the system kills are started again with more memory, and the results are the same."""

import re

import pytest
from conftest import run
from failures_page import said
from light_run import resumable, tables, trace

pytestmark = pytest.mark.slow
# After one second of the processor's time the kernel sends SIGKILL, as it does when the memory runs out.
KILLED_ONCE = """
process {
    withName: '.*:(RANK_MARKERS|ESTIMATE_PROPORTIONS)' {
        cache        = false
        beforeScript = { task.attempt == 1 ? 'ulimit -t 1' : '' }
    }
}
trace.fields = 'name,status,exit,attempt,memory'
"""


def test_killed_tasks_are_retried_with_more_memory_and_the_same_result(calm, tmp_path):
    arguments = resumable(calm, tmp_path)
    (tmp_path / "killed.config").write_text(KILLED_ONCE)
    done = run(*arguments, "-c", "killed.config", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(said("a task is killed"), done.stdout)
    for name in ("RANK_MARKERS (sc_data)", "ESTIMATE_PROPORTIONS (bulk.sc_data)"):
        first, second = [row for row in trace(tmp_path) if row["name"] == name]
        assert (first["status"], first["exit"], first["attempt"]) == ("FAILED", "137", "1")
        assert (second["status"], second["exit"], second["attempt"]) == ("COMPLETED", "0", "2")
    assert (first["memory"], second["memory"]) == ("4 GB", "6 GB"), "6 GB are the most of the profile test"
    status = {row["name"]: row["status"] for row in trace(tmp_path)}
    for step in ("JUDGE_FIT (s)", "ESTIMATE_EXPRESSION (bulk.sc_data)", "PLOT_SAMPLE (s)"):
        assert status[step] == "CACHED", "what it is handed is the same"
    assert tables(tmp_path / "out") == tables(calm / "out")
