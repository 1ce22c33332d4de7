"""The one way in which benchmarks start processes: options, time, a peak of its own, and what a failure says."""

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from bench.commands import common
from bench.runner import start
from bench.runner.steps import Steps

ROOT = Path(__file__).parents[2]


def command(name: str, *arguments: object) -> subprocess.CompletedProcess:
    """Run a command of the benchmarks as make does."""
    words = [sys.executable, "-m", f"bench.commands.{name}", *map(str, arguments)]
    environment = os.environ | {"PYTHONPATH": start.MODULES}
    return subprocess.run(words, capture_output=True, text=True, check=False, env=environment)


def lines(*code: str) -> list[str]:
    return [sys.executable, "-c", "\n".join(code)]


def test_options_become_a_command_line(monkeypatch, tmp_path):
    given = []
    monkeypatch.setattr(start, "_measured", lambda *call: given.append(call))
    start.script("map_spots", tmp_path, library_threads=2, cells_per_spot=10, calibrate=True, seed=None, output="x.csv")
    ((words, folder, threads),) = given
    assert words[1] == ROOT / "bin" / "map_spots.py"
    assert words[2:] == ["--cells-per-spot", "10", "--calibrate", "--output", "x.csv"]
    assert (folder, threads) == (tmp_path, 2)


def test_time_peak_and_output_are_measured_in_the_folder(tmp_path):
    holds = ("held = bytearray(200 << 20)", "held[::4096] = b'x' * len(held[::4096])")
    says = "print(os.getcwd(), os.environ['OMP_NUM_THREADS'])"
    code = lines("import os, time", *holds, "time.sleep(0.3)", says)
    ended = start._measured(code, tmp_path, 3)
    assert ended.said.split() == [str(tmp_path), "3"]
    assert 0.3 < ended.seconds < 10
    assert 200 < ended.peak < 300


def test_the_peak_is_the_processs_own_however_much_the_benchmark_holds(tmp_path):
    held = np.ones(300 << 17)  # 300 MiB
    assert start._measured(lines("pass"), tmp_path, None).peak < 100
    assert held.sum() > 0


def test_a_failure_ends_the_benchmark_with_what_the_process_said(tmp_path):
    with pytest.raises(SystemExit, match="ERROR: too bad"):
        start._measured(lines("raise SystemExit('ERROR: too bad')"), tmp_path, None)


def test_steps_name_their_files_and_pass_seed_and_threads(monkeypatch, tmp_path):
    calls = {}
    monkeypatch.setattr("bench.runner.steps.script", lambda name, folder, **options: calls.update({name: options}))
    for name in ("cells.h5ad", "proportions.csv"):
        (tmp_path / f"sample.{name}").write_text(name)  # as generate_cells.py does
    steps = Steps(tmp_path, seed=7, threads=2)
    steps.rank_markers()
    steps.estimate_proportions()
    steps.train(model="published")
    steps.generate("bulk", 30)
    steps.fit_spots(cells_per_spot=7)
    steps.place("mapped", scorer="cosine")
    assert all(options["library_threads"] == 2 for options in calls.values())
    assert [name for name, options in calls.items() if "threads" in options] == [
        "train_vae",
        "generate_cells",
        "map_spots",
    ]
    assert [name for name, options in calls.items() if "seed" in options] == list(calls)[1:]
    assert calls["train_vae"]["model"] == "published"
    assert calls["generate_cells"]["calibrate"] is True
    samples = json.loads((tmp_path / calls["generate_cells"]["samples"]).read_text())
    assert samples == [{"id": "sample", "bulk_column": "bulk", "n_cells": 30}]
    assert (tmp_path / "cells.h5ad").read_text() == "cells.h5ad"
    assert calls["fit_spots"]["output"] == calls["map_spots"]["fitted"]
    assert calls["map_spots"]["table"] == "mapped.spots.csv"
    assert (tmp_path / calls["map_spots"]["proportions"]).read_text() == "proportions.csv"


COMMANDS = [path.stem for path in (ROOT / "benchmarks/bin/bench/commands").glob("*.py")]


@pytest.mark.parametrize("name", sorted({*COMMANDS} - {"__init__", "common", "grid_sections"}))
def test_every_command_has_options_and_a_main(name):
    module = importlib.import_module(f"bench.commands.{name}")
    assert callable(module.main)
    assert {"--data", "--results", "--docs"} <= set(common.options(module.__doc__)._option_string_actions)
