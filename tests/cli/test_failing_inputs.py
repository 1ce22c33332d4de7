"""Inputs that a script may not read, or that change while it reads them: one sentence in its findings."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from bulk2space.contract.findings import Findings
from failures_page import said
from inputs import counts, write_table

NORMALIZE = Path(__file__).parents[2] / "bin" / "normalize.py"
NOBODY = 65534


def normalized(folder, *before):
    """Run the script on counts.csv of a folder; return the problem that it has found."""
    command = [*before, sys.executable, NORMALIZE, "bulk", "--id", "b", "--matrix", folder / "counts.csv"]
    done = subprocess.run(
        [*command, "--output", folder / "out" / "b.h5ad", "--findings", folder / "out" / "b.json"],
        capture_output=True,
        text=True,
        cwd=folder,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert [path.name for path in (folder / "out").iterdir()] == ["b.json"]
    return Findings.read(folder / "out" / "b.json").problem.sentence


@pytest.fixture
def folder(tmp_path):
    write_table(tmp_path / "counts.csv", counts(2), ["one", "two"])
    (tmp_path / "out").mkdir()
    return tmp_path


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user, who may not read a file")
def test_a_file_that_may_not_be_read(folder):
    (folder / "counts.csv").chmod(0o600)
    (folder / "out").chmod(0o777)
    for above in [folder, *folder.parents][:-1]:
        if not above.stat().st_mode & 0o001:
            above.chmod(above.stat().st_mode | 0o011)
    as_nobody = ("setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups")
    if subprocess.run([*as_nobody, sys.executable, "-c", ""], check=False).returncode:
        pytest.skip("another user may not start the Python of this environment")
    assert re.search(said("an input may not be read"), normalized(folder, *as_nobody))


def test_a_file_that_grows_while_it_is_read(folder):
    over = threading.Event()

    def grow():
        while not over.wait(0.05):
            with (folder / "counts.csv").open("a") as table:
                table.write("more,1,1\n")

    writer = threading.Thread(target=grow)
    writer.start()
    try:
        sentence = normalized(folder)
    finally:
        over.set()
        writer.join()
    assert re.search(said("an input changes while it is read"), sentence)
