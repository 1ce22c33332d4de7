"""A file is whole or not there, and every file that the pipeline writes is written so."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from bulk2space.contract import tables
from bulk2space.contract.problems import InputError
from bulk2space.contract.whole_files import whole, write_text
from failures_page import said
from small_disk import small_disk

BIN = Path(__file__).parents[2] / "bin"
WRITERS = {"write_h5ad", "to_csv", "write_text", "write_bytes", "savefig", "write_zarr"}
ELSEWHERE = {"buffer"}  # pictures that are written into memory


def test_what_fails_leaves_what_was_there(tmp_path):
    path = tmp_path / "one.csv"
    write_text(path, "before\n")
    with pytest.raises(ZeroDivisionError), whole(path) as partial:
        partial.write_text("half of")
        1 / 0  # noqa: B018
    assert path.read_text() == "before\n"
    assert [file.name for file in tmp_path.iterdir()] == ["one.csv"]


def test_a_folder_replaces_another(tmp_path):
    path = tmp_path / "store.zarr"
    for number in range(2):
        with whole(path) as partial:
            partial.mkdir()
            (partial / f"part {number}").touch()
    assert [file.name for file in path.iterdir()] == ["part 1"]


def of_every_kind(folder):
    """Yield a function for each kind of file, that writes more than the disk holds."""
    rows = tables.MARKERS.header
    frame = pd.DataFrame(np.random.default_rng(0).random((5_000, len(rows))), columns=rows)
    yield lambda: tables.MARKERS.write(frame, folder / "file")
    yield lambda: write_text(folder / "file", "x" * 500_000)

    def tensors():
        with whole(folder / "file") as partial:
            torch.save(torch.zeros(100_000), partial)

    yield tensors


def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path):
    with small_disk(tmp_path / "disk", "200k") as disk:
        for write in of_every_kind(disk):
            with pytest.raises(InputError, match=said("the disk of the work folder is full")):
                write()
            assert list(disk.iterdir()) == []


H5AD = """
import sys
import numpy as np
import scipy.sparse as sp
from pathlib import Path
from bulk2space.contract.command import run
from bulk2space.contract.io import ad, write_h5ad
values = np.random.default_rng(0).random((200, 500), dtype=np.float32)
run(lambda: write_h5ad(ad.AnnData(sp.csr_matrix(values)), Path(sys.argv[1])))
"""


def test_hdf5_neither_crashes_on_a_full_disk_nor_says_more_than_the_sentence(tmp_path):
    with small_disk(tmp_path / "disk", "200k") as disk:
        done = subprocess.run(
            [sys.executable, "-c", H5AD, disk / "cells.h5ad"],
            env=os.environ | {"PYTHONPATH": str(BIN)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert list(disk.iterdir()) == []
    assert re.fullmatch(f"ERROR: cells.h5ad{said('the disk of the work folder is full')}\n", done.stderr)


def test_a_folder_that_was_deleted_is_a_sentence(tmp_path):
    (tmp_path / "task").mkdir()
    sentence = said("the folder of a step is deleted while it writes")
    with pytest.raises(InputError, match=sentence), whole(tmp_path / "task" / "cells.h5ad") as partial:
        partial.parent.rmdir()


def calls_outside(tree):
    """Return the lines of a module that write a file outside of ``with whole(...)``."""
    found = []

    def visit(node, inside):
        if isinstance(node, ast.With):
            inside = inside or any(re.match(r"whole\(", ast.unparse(item.context_expr)) for item in node.items)
        if isinstance(node, ast.Call) and not inside:
            name = node.func.attr if isinstance(node.func, ast.Attribute) else ""
            writes = name in WRITERS or (name == "save" and ast.unparse(node.func.value) == "torch")
            if writes and not (node.args and ast.unparse(node.args[0]) in ELSEWHERE):
                found.append(node.lineno)
        for child in ast.iter_child_nodes(node):
            visit(child, inside)

    visit(tree, False)
    return found


def test_nothing_is_written_in_place():
    assert calls_outside(ast.parse("frame.to_csv(path)\nwith whole(path) as part:\n    frame.to_csv(part)\n")) == [1]
    outside = {
        str(path.relative_to(BIN)): lines
        for path in sorted(BIN.rglob("*.py"))
        if (lines := calls_outside(ast.parse(path.read_text()))) and path.name != "whole_files.py"
    }
    assert outside == {}
