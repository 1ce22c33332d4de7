"""The paper's two tables: means over seeds, ranks over simulations, and a test."""

import numpy as np
import pandas as pd
import pytest
from bench.page import paper_figure, paper_tables
from bench.page.paper_tables import OURS, OURS_BY_MEANS, STEP_1, ranked

GRIDS = ["- Step 1, from bulk to cells, paired simulations: full grid"]


def values(**by_method: list[float]) -> pd.DataFrame:
    """Return the same value of each metric by simulation; RMSE is its negative, so that all agree."""
    return pd.DataFrame(
        [
            {"kind": "paired", "simulation": f"s{n}", "method": method.replace("ours", OURS),
             "PCC": value, "SRCC": value, "RMSE": -value}
            for method, own in by_method.items()
            for n, value in enumerate(own)
        ]
    )  # fmt: skip


def cells_of(method: str, value: float, seed: int, composition: str = "own", case: str = "paired-one") -> list[dict]:
    run = {"protocol": case.partition("-")[0], "case": case, "set": "one", "role": "tuning", "composition": composition}
    run |= {"disturbance": "nothing", "share": 0, "method": method, "seed": seed, "status": "done", "epochs": 1}
    run |= {"cut": False, "seconds": 1.0, "cell_type": "A", "gated": True, "ceiling": 1.0}
    return [run | {"metric": metric, "value": value} for metric in ("pcc_mean", "srcc_mean", "rmse_mean")]


def table_of(runs: list[list[dict]]) -> pd.DataFrame:
    return pd.DataFrame([row for run in runs for row in run])


def test_the_best_in_every_simulation_has_rank_one_and_less_error_is_better():
    table = ranked(values(ours=[0.9, 0.8], other=[0.5, 0.7]), 30).set_index("method")
    assert list(table.index) == [OURS, "other"]
    assert table.loc[OURS, ["rank, PCC", "rank, SRCC", "rank, RMSE"]].tolist() == [1, 1, 1]
    assert table.loc["other", "rank, RMSE"] == 2
    assert table.loc[OURS, ["simulations", "of", "in the paper"]].tolist() == [2, 2, 30]


def test_a_method_without_a_result_is_the_last():
    table = ranked(values(ours=[0.9, 0.8], other=[0.95, np.nan], third=[0.1, 0.1]), 30).set_index("method")
    assert table.loc["other", "rank, PCC"] == pytest.approx((1 + 3) / 2)
    assert table.loc["other", "simulations"] == 1
    assert table.loc["other", "PCC"] == pytest.approx(0.95)


def test_simulations_on_which_a_method_was_not_run_do_not_count():
    table = values(ours=[0.9, 0.8, 0.7], other=[0.5, np.nan])
    assert set(paper_tables.of_all_methods(table)["simulation"]) == {"s0", "s1"}


def test_methods_that_ran_on_fewer_simulations_have_a_table_of_their_own_simulations():
    rows = [cells_of(method, value, 1, composition) for method, value in (("default", 0.9), ("bmind", 0.5))
            for composition in ("own", "second")]  # fmt: skip
    few = [cells_of("gan", 0.95, 1)]
    found = paper_tables.tables({STEP_1: paper_tables.of_step_1(table_of(rows + few))})
    part = paper_tables.PARTS[0]
    assert list(found) == [part.heading, part.wide]
    assert found[part.heading]["of"].tolist() == [1, 1, 1]
    assert found[part.wide][["method", "of"]].to_numpy().tolist() == [[OURS, 2], [paper_tables.GENERATORS["bmind"], 2]]
    text = paper_tables.text(found, GRIDS)
    assert f"### {part.wide}\n\n| method |" in text
    assert list(paper_tables.tables({STEP_1: paper_tables.of_step_1(table_of(rows))})) == [part.heading]


def test_the_test_needs_six_simulations_and_is_corrected_for_the_number_of_methods():
    few = ranked(values(ours=[0.9] * 5, other=[0.1] * 5), 30)
    assert few["p, PCC"].isna().all()
    ours = np.linspace(0.9, 0.8, 8)
    table = ranked(values(ours=ours, worse=ours - 0.1, alike=ours + np.tile([0.01, -0.01], 4)), 30).set_index("method")
    assert np.isnan(table.loc[OURS, "p, PCC"])
    assert table.loc["worse", "p, PCC"] == pytest.approx(2 * 2 / 2**8)  # the rarest of all signs, two methods
    assert table.loc["alike", "p, PCC"] > 0.5


def test_a_simulation_of_step_1_is_a_mean_over_seeds_of_one_composition():
    rows = [cells_of("default", value, seed) for seed, value in ((1, 0.9), (2, 0.7))]
    rows += [cells_of("gan", 0.5, 1), cells_of("gan", 0.5, 2), cells_of("default", 0.6, 1, "second")]
    rows += [cells_of("resample", 1.0, 1), cells_of("default", 0.1, 1, case="paired-alone")]
    found = paper_tables.of_step_1(table_of(rows))
    ours = found[found["method"] == OURS].set_index("simulation")["PCC"]
    assert ours.to_dict() == {"paired-one, own": pytest.approx(0.8), "paired-one, second": pytest.approx(0.6)}
    assert set(found["method"]) == {OURS, "GAN"}


def test_a_simulation_of_step_2_is_a_section_and_tools_that_are_not_installed_have_no_rank():
    row = {"role": "tuning", "set": "one", "case": "whole-one", "protocol": "whole", "recipe": "random", "n_spots": 100}
    rows = [
        row | {"seed": seed, "method": method, "metric": "pcc_expression", "value": value, "status": status,
               "kind": "scorer", "seconds": 1.0}
        for seed, shift in ((1, 0.1), (2, -0.1))
        for method, value, status in (("auto", 0.8 + shift, "done"), ("deepgbm", 0.5, "done"),
                                      ("rctd", np.nan, "not installed"), ("cosine", 0.9, "done"))
    ]  # fmt: skip
    found = paper_tables.of_step_2(pd.DataFrame(rows))
    assert set(found["method"]) == {OURS, "DeepGBM"}
    assert len(found["simulation"].unique()) == 1
    assert found.set_index("method").loc[OURS, "PCC"] == pytest.approx(0.8)
    assert set(found["kind"]) == {"paired"}
    assert set(found["seeds"]) == {2}


def test_sections_of_two_pairs_of_technologies_are_two_simulations():
    row = {"role": "tuning", "set": "one", "protocol": "unpaired", "recipe": "random", "n_spots": 100, "seed": 1}
    row |= {"metric": "pcc_expression", "status": "done", "kind": "scorer", "seconds": 1.0, "method": "auto"}
    rows = [row | {"case": case, "value": value} for case, value in (("unpaired-a-b", 0.1), ("unpaired-b-a", 0.5))]
    found = paper_tables.of_step_2(pd.DataFrame(rows)).set_index("case")
    assert found["PCC"].to_dict() == {"unpaired-a-b": 0.1, "unpaired-b-a": 0.5}


def test_our_composition_is_ranked_among_the_methods_that_place_no_cells():
    table = values(**{"ours": [0.5, 0.4], OURS_BY_MEANS: [0.8, 0.7], "RCTD": [0.9, 0.8], "DeepGBM": [0.95, 0.9]})
    (line,) = paper_tables.said({"Step 2": ranked(table, 50)})
    assert "bulk2space is number 4 of 4" in line
    assert line.endswith(
        f"Of the 2 methods with cells, bulk2space is number 2. Of the 2 without, *{OURS_BY_MEANS}* is number 2."
    )
    (line,) = paper_tables.said({"Step 1": ranked(values(ours=[0.5], other=[0.1]), 30)})
    assert "with cells" not in line


def test_our_expression_by_type_is_ranked_beside_bmind_which_makes_no_cells_either():
    bmind = paper_tables.GENERATORS["bmind"]
    table = values(**{"ours": [0.5, 0.4], paper_tables.OURS_BY_TYPE: [0.9, 0.8], bmind: [0.8, 0.7], "GAN": [0.95, 0.9]})
    (line,) = paper_tables.said({"Step 1": ranked(table, 30)})
    assert "Of the 2 methods with cells, bulk2space is number 2." in line
    assert line.endswith(f"Of the 2 without, *{paper_tables.OURS_BY_TYPE}* is number 1.")


def test_the_page_and_its_figure_say_how_many_simulations_there_are(tmp_path):
    table = ranked(values(ours=[0.9, 0.4], other=[0.5, 0.7]), 30)
    found = {paper_tables.PARTS[0].heading: table, paper_tables.PARTS[2].heading: table}
    text = paper_tables.text(found, GRIDS)
    assert "paired simulations: 2 here, 30 in the paper. bulk2space is number 1 of 2 by its mean rank (1.5)." in text
    assert "## Step 2, cells in spots: unpaired simulations\n\nNothing in this run." in text
    paper_figure.ranks(found, tmp_path / "ranks.png")
    assert (tmp_path / "ranks.png").stat().st_size > 10_000
