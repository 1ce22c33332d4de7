"""Every result says which code, parameters and files it was made with."""

import argparse
import json
import subprocess
from pathlib import Path

import pytest
from bulk2space.contract import provenance
from bulk2space.contract.keys import Uns
from bulk2space.contract.version import VERSION

ROOT = Path(__file__).parents[2]
BULK = [{"name": "bulk.csv", "sha256": "1" * 64}]
AS_IN_DOCSTRING = r"find -L . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum"


def options(**given):
    return argparse.Namespace(**{"code": "d" * 64, "seed": 7, "threads": 2, "cells": Path("a.h5ad")} | given)


def sum_by_shell(command: str, folder: Path) -> str:
    return subprocess.run(["bash", "-c", command], cwd=folder, capture_output=True, text=True, check=True).stdout[:64]


def test_a_file_has_the_checksum_of_sha256sum(tmp_path):
    (tmp_path / "a b.csv").write_text("x")
    expected = sum_by_shell("sha256sum 'a b.csv'", tmp_path)
    assert provenance.checksums(tmp_path / "a b.csv", None) == [{"name": "a b.csv", "sha256": expected}]


def test_a_folder_has_the_checksum_that_a_user_can_repeat(tmp_path):
    for name in ("b/c", ".zgroup", "b.x", "é"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    for text in (provenance.checksum.__doc__, (ROOT / "docs/output.md").read_text()):
        assert AS_IN_DOCSTRING in text
    before = provenance.checksum(tmp_path)
    assert before == sum_by_shell(AS_IN_DOCSTRING, tmp_path)
    (tmp_path / "b/c").rename(tmp_path / "b/d")
    assert provenance.checksum(tmp_path) != before


def test_a_result_has_the_inputs_of_what_it_is_made_of():
    bulk, section = ({Uns.PROVENANCE: provenance.of_input(kind, BULK)} for kind in ("bulk", "section"))
    cells = {Uns.PROVENANCE: provenance.of_step(options(), bulk, {})}
    between = {Uns.PROVENANCE: provenance.of_sources(cells, section)}
    record = json.loads(provenance.of_step(options(scorer="auto", columns=["x"]), between))
    assert record == {
        "version": VERSION,
        "code": "d" * 64,
        "parameters": {"seed": 7, "scorer": "auto"},
        "inputs": {"bulk": BULK, "section": BULK},
    }


@pytest.mark.parametrize("other", [{"threads": 1}, {"cells": Path("b.h5ad")}])
def test_what_no_result_depends_on_is_not_recorded(other):
    assert provenance.of_step(options()) == provenance.of_step(options(**other))
