"""The tables that runs of the grid leave: some cases replace the same cases, and pages show the grid that is whole."""

import pandas as pd
from bench.commands import grid
from bench.page import grid_tables, simulations

KEPT = {"kind": "paired", "method": "bulk2space", "seeds": 1, "PCC": 0.5, "SRCC": 0.5, "RMSE": 0.5}


def kept(*cases: tuple[str, str, float]) -> pd.DataFrame:
    """Return simulations: grid, case and PCC."""
    return pd.DataFrame(
        [KEPT | {"grid": grid, "case": case, "simulation": case, "PCC": pcc, "kind": case.partition("-")[0]}
         for grid, case, pcc in cases]
    )  # fmt: skip


def test_a_run_of_some_cases_takes_the_place_of_these_alone():
    old = kept(("full", "paired-a", 0.1), ("full", "paired-b", 0.2), ("reduced", "paired-b", 0.3))
    found = simulations.merged(old, kept(("full", "paired-b", 0.9)).drop(columns="grid"), "full")
    rows = found[["grid", "case", "PCC"]].to_numpy().tolist()
    assert rows == [["full", "paired-a", 0.1], ["reduced", "paired-b", 0.3], ["full", "paired-b", 0.9]]


def test_the_full_grid_is_shown_once_all_its_cases_ran():
    cases = {"full": {"paired-a", "paired-b"}, "reduced": {"paired-a"}}
    reduced, first, second = ("reduced", "paired-a", 0.1), ("full", "paired-a", 0.2), ("full", "paired-b", 0.3)
    found, told = simulations.shown(kept(reduced, first), cases)
    assert (found["PCC"].tolist(), told) == ([0.1], {"paired": "reduced grid"})
    found, told = simulations.shown(kept(reduced, first, second), cases)
    assert (found["PCC"].tolist(), told) == ([0.2, 0.3], {"paired": "full grid"})
    both = {"full": {"paired-c"}, "reduced": {"paired-a", "paired-b"}}
    assert simulations.shown(kept(reduced), both)[1] == {"paired": "reduced grid, 1 of 2 cases"}


def test_kinds_are_chosen_apart_and_cases_that_were_not_asked_for_are_left_out():
    table = kept(("full", "unpaired-x-y", 0.4), ("full", "paired-a", 0.2), ("full", "paired-judged", 0.9))
    cases = {"full": {"paired-a", "unpaired-x-y", "unpaired-y-x"}, "reduced": {"unpaired-x-y"}}
    found, told = simulations.shown(table, cases)
    assert told == {"unpaired": "reduced grid, 0 of 1 cases", "paired": "full grid"}
    assert found["case"].tolist() == ["paired-a"]


def test_the_cases_of_a_step_follow_from_the_plan():
    steps = {"paired-a": "SPLIT_REFERENCE", "unpaired-x": "SPLIT_REFERENCE", "noise-labels-0.1": "SPLIT_REFERENCE"}
    steps |= {"whole-a.random.100.42": "SIMULATE_SECTION", "unpaired-x.random.100.42": "SIMULATE_SECTION"}
    plan = pd.DataFrame({"step": steps.values(), "tag": steps.keys()})
    assert grid_tables.cases_of(plan, "cells") == {"paired-a", "unpaired-x"}
    assert grid_tables.of_disturbed(plan) == {"noise-labels-0.1"}
    assert grid_tables.cases_of(plan, "spots") == {"whole-a", "unpaired-x"}


def test_what_a_run_took_replaces_runs_of_the_same_cases(tmp_path):
    run = {"grid": "full", "steps": "cells", "cases": "a", "tasks": 1}
    for again in ({}, {"cases": "b"}, {"tasks": 3}, {"grid": "reduced", "cases": "all"}):
        grid_tables.keep_took(tmp_path, run | again)
    assert grid_tables.took(tmp_path).to_numpy().tolist() == [
        ["full", "cells", "b", 1], ["full", "cells", "a", 3], ["reduced", "cells", "all", 1],
    ]  # fmt: skip
    grid_tables.keep_took(tmp_path, run | {"steps": "all", "cases": "all"})
    assert grid_tables.took(tmp_path)["cases"].tolist() == ["all", "all"]
    assert grid_tables.took(tmp_path)["grid"].tolist() == ["reduced", "full"]


def test_sections_of_cases_take_the_place_of_the_same_cases(tmp_path):
    found = pd.DataFrame({"case": ["a", "a", "b"], "method": ["m", "n", "m"], "pcc_whole": [0.1, 0.2, 0.3]})
    grid_tables.keep_sections(tmp_path, found, "2026-01-02")
    again = grid_tables.keep_sections(tmp_path, found.iloc[2:].assign(pcc_whole=0.9), "2026-01-03")
    assert again.to_numpy().tolist() == [
        ["a", "m", 0.1, "2026-01-02"], ["a", "n", 0.2, "2026-01-02"], ["b", "m", 0.9, "2026-01-03"],
    ]  # fmt: skip


def test_the_page_on_sections_is_written_once_all_cases_are_kept(tmp_path, capsys):
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "trace.txt").write_text("name\trealtime\n")
    (folder / "settings.json").write_text('{"grid": "reduced"}')
    row = {"set": "one", "role": "tuning", "protocol": "whole", "recipe": "random", "n_spots": 100, "seed": 42}
    row |= {"method": "auto", "kind": "scorer", "status": "done", "seconds": 2.0}
    for case in ("whole-one", "whole-two"):
        rows = [
            row | {"case": case, "set": case, "metric": name, "value": 0.9} for name in ("pcc_whole", "pcc_expression")
        ]
        pd.DataFrame(rows).to_csv(folder / "spots.csv", index=False)
        grid.write_sections(folder, tmp_path, {"whole-one", "whole-two"})
        page = tmp_path / "benchmarks" / "spots.md"
        assert page.exists() == (case == "whole-two")
    assert "once these cases ran, too: whole-two" in capsys.readouterr().out
    assert all(
        f"| {case} | whole | random | 100 | auto | 0.900 |" in page.read_text() for case in ("whole-one", "whole-two")
    )


def test_the_page_follows_from_the_kept_simulations(tmp_path):
    row = {"protocol": "paired", "case": "paired-a", "set": "a", "role": "tuning", "composition": "own", "share": 0}
    row |= {"disturbance": "nothing", "seed": 1, "status": "done", "epochs": 1, "cut": False, "seconds": 1.0}
    row |= {"cell_type": "A", "gated": True, "ceiling": 1.0}
    values = {"pcc_mean": (0.9, 0.4), "srcc_mean": (0.8, 0.3), "rmse_mean": (0.1, 0.7)}
    rows = [
        row | {"method": method, "metric": metric, "value": value[place]}
        for metric, value in values.items()
        for place, method in enumerate(("default", "bmind"))
    ]
    pd.DataFrame(rows).to_csv(tmp_path / "cells.csv", index=False)
    grid_tables.keep_simulations(tmp_path, tmp_path, "full", ["cells", "spots"])  # spots: not run
    plan = pd.DataFrame({"step": ["SPLIT_REFERENCE"], "tag": ["paired-a"]})
    text = grid_tables.paper_page(tmp_path, {"full": plan, "reduced": plan})
    assert "- Step 1, from bulk to cells, paired simulations: full grid" in text
    assert "| bulk2space | 0.900 | 1.000 |" in text
    assert "Step 2, cells in spots, paired" not in text
