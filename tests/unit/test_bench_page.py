"""The pages of benchmarks follow from their tables: means, roles, time limits, and who wins where."""

import pandas as pd
import pytest
from bench.page import cells, mapping, proportions, robustness, runs, training
from bench.page.markdown import markdown, tables

SETTINGS = {"grid": "reduced", "max_cells": 10, "max_genes": None, "robustness_cells": 5, "robustness_genes": 5}
SETTINGS |= {"cells": 100, "minutes": 4, "seed": 42}


def rows(method: str, value: float, *, set_name: str = "one", role: str = "tuning", status: str = "done", **columns):
    """Return rows of one run: two types, one of which has too few cells to count, by two metrics."""
    run = {"task": "cells", "protocol": "paired", "case": f"paired-{set_name}", "set": set_name, "role": role}
    run |= {"composition": "own", "disturbance": "nothing", "share": 0, "method": method, "seed": 42}
    run |= {"epochs": 30, "cut": False, "seconds": 1.5, "status": status} | columns
    if status != "done":
        return [run | {"cell_type": "all"}]
    return [
        run | {"cell_type": kind, "n": 60, "gated": gated, "metric": metric, "value": value + shift, "ceiling": 0.99}
        for kind, gated, shift in [("A", True, 0.0), ("B", False, -0.5)]
        for metric in ("pcc_mean", "auc")
    ]


def table(*each: list[dict]) -> pd.DataFrame:
    return pd.DataFrame([row for run in each for row in run])


def line(text: str, *words: str) -> str:
    found = [each for each in text.splitlines() if all(f"| {word} |" in each for word in words)]
    assert found, words
    return found[0]


def written(*each: list[dict]) -> str:
    return cells.text(cells.tables(table(*each)), SETTINGS)


def test_types_of_few_cells_do_not_count():
    run = runs.by_run(table(rows("default", 0.9))).iloc[0]
    assert run["pcc_mean"] == pytest.approx(0.9)
    assert not run["all_types"]


def test_where_no_type_counts_all_do_and_a_star_says_so():
    few = [row | {"gated": False} for row in rows("default", 0.9)]
    run = runs.by_run(table(few)).iloc[0]
    assert run["pcc_mean"] == pytest.approx(0.65)
    assert "| tuning | one \\* | default |" in written(few)
    assert "| tuning | one | default |" in written(rows("default", 0.9))


def test_a_timeout_is_a_row():
    text = written(rows("default", 0.9), rows("gan", 0, status="timeout", epochs=None, cut=None, seconds=None))
    assert "no cells: time limit" in line(text, "gan", "tuning")
    limits = text.split("## Ended by the time limit")[1]
    assert "| paired-one | own | gan | 42 | no cells: time limit | – |" in limits


def test_a_cut_training_is_told_with_its_epochs():
    text = written(rows("default", 0.9), rows("paper", 0.8, cut=True, epochs=17))
    assert "cut at 17 epochs" in line(text, "paper", "tuning")
    assert "cut at" not in line(text, "default", "tuning")
    assert "cut at 17 epochs" in text.split("## Ended by the time limit")[1]


def test_the_default_wins_by_the_direction_of_each_metric():
    won = runs.wins(runs.by_run(table(rows("default", 0.9), rows("paper", 0.8), rows("resample", 0.95))).reset_index())
    assert won.loc["pcc_mean", ["tuning", "of_tuning", "judging", "of_judging"]].tolist() == [1, 1, 0, 0]
    assert won.loc["auc", "tuning"] == 0, "less is better"


def test_a_default_that_wins_only_where_it_was_tuned_is_told():
    tuned = [rows("default", 0.9), rows("paper", 0.8)]
    lost = [rows("default", 0.7, set_name="two", role="judging"), rows("paper", 0.8, set_name="two", role="judging")]
    text = written(*tuned, *lost)
    assert "**It wins only where it was tuned** in: PCC." in text
    assert "**judging**: two" in text
    won = [rows("default", 0.9, set_name="two", role="judging"), rows("paper", 0.8, set_name="two", role="judging")]
    assert "wins only where it was tuned** in: PCC" not in written(*tuned, *won)


def test_without_judging_sets_the_page_says_so():
    assert "No set kept for judging was run" in written(rows("default", 0.9))


def test_estimators_have_a_table_per_protocol_and_means_over_compositions():
    estimated = pd.DataFrame(
        {
            "protocol": ["rnamix"] * 2,
            "set": ["cells own", "cells even"],
            "role": "tuning",
            "method": "nnls",
            "cell_type": "all",
        }
        | {"metric": "rmse", "value": [0.1, 0.3], "seconds": 2.0}
    )
    text = proportions.text(proportions.tables(estimated), SETTINGS)
    assert "## rnamix" in text
    assert "| tuning | cells | nnls | 0.200 | 2 |" in text


def test_tables_of_single_commands_are_shown_as_they_are():
    assert "| two cores |" in training.text(pd.DataFrame({"machine": ["two cores"]}))
    text = mapping.text(pd.DataFrame({"spots": [500], "seconds": [7.5]}), pd.DataFrame({"scored by": ["default"]}))
    assert "# Placing cells in spots: time and memory" in text
    assert "| 500 | 7.500 |" in text


def test_the_page_of_disturbances_shows_what_was_run_and_how_far_results_move():
    noisy = [
        rows(method, value, protocol="noise", disturbance=kind, share=share, case=f"noise-{kind}-{share}")
        for method in ("default", "resample")
        for kind, share, value in (
            ("nothing", 0, 0.9), ("labels", 0.5, 0.8), ("labels", 0.1, 0.85),
            ("expression", 0.1, 0.75), ("expression", 0.5, 0.7 if method == "default" else 0.72),
        )
    ]  # fmt: skip
    without = rows("default", 0.6, protocol="annotation_free", disturbance="annotation", case="annotation_free")
    seeds = [
        rows("default", value, protocol="repeats", case="repeats", seed=seed) for seed, value in ((42, 0.9), (43, 0.7))
    ]
    latent = rows("latent-2", 0.5, protocol="latent", case="latent")
    text = robustness.text(robustness.tables(table(*noisy, without, *seeds, latent)), SETTINGS)
    assert "| expression | 0.500 | default | 0.700 |" in text
    assert "| none | 0.000 | resample | 0.900 |" in text
    assert "is 0.90 for a clean reference. With a wrong type for 10 % / 50 % of the reference's cells it is" in text
    assert "0.85 / 0.80. With noisy expression in 10 % / 50 % of them it is 0.75 / 0.70." in text
    assert "with noisy expression in 50 % of the cells, the PCC is 0.70, and that of resampled cells" in text
    assert "| PCC | 2 | 0.800 | 0.141 | 0.700 | 0.710 | 0.800 | 0.890 | 0.900 |" in text
    assert "| the posterior, its spread × 2 | 0.500 |" in text
    assert "| Leiden clusters | 0.600 |" in text


def shipped(name: str, role: str, gated: bool, **values: float) -> list[dict]:
    """Return rows of a whole set: one type, all metrics with a target, good if not told."""
    good = dict.fromkeys(cells.TARGETS, (1.0, 1.0)) | {
        "auc": (0.6, 0.5),
        "copies": (0.0, 0.0),
        "frobenius": (12.0, 10.0),
    }
    good |= {metric: (value, good[metric][1]) for metric, value in values.items()}
    run = rows("default", 0.9, set_name=name, role=role)[0] | {"protocol": "whole", "gated": gated}
    return [run | {"metric": metric, "value": value, "ceiling": roof} for metric, (value, roof) in good.items()]


@pytest.mark.parametrize(
    ("metric", "enough", "too_bad", "words"),
    [
        ("auc", 0.69, 0.71, "at most 0.70"),
        ("mean_pcc", 0.996, 0.994, "at most 0.005 below real cells"),
        ("spread_pcc", 0.98, 0.96, "at most 0.03 below real cells"),
        ("pcc_mean", 0.996, 0.994, "at most 0.005 below real cells"),
        ("lfc_pcc", 0.96, 0.94, "at least 0.95, or that of real cells"),
        ("frobenius", 12.4, 12.6, "at most 1.25 times that of real cells"),
        ("distance_ratio", 0.86, 0.84, "0.85 to 1.1"),
        ("distance_ratio", 1.09, 1.11, "0.85 to 1.1"),
        ("copies", 0.0, 1.0, "0"),
    ],
)
def test_the_page_says_what_is_reached_and_what_is_not(metric, enough, too_bad, words):
    others = rows("default", 0.9)
    for value, answer in ((enough, "yes"), (too_bad, "**no**")):
        text = written(others, shipped("one", "tuning", True, **{metric: value}))
        part = text.split(f"## {cells.SHIPPED}")[1].split("\n## ")[0]
        lines = [line for line in part.splitlines() if line.startswith("| tuning | one |")]
        assert len(lines) == len(cells.TARGETS)
        assert [line for line in lines if f"| {words} | {answer} |" in line]
        assert sum("**no**" in line for line in lines) == (answer == "**no**")


def test_fold_changes_need_not_be_better_than_those_of_real_cells():
    few = shipped("one", "judging", False, lfc_pcc=0.91)
    few = [row | {"ceiling": 0.90} if row["metric"] == "lfc_pcc" else row for row in few]
    text = written(rows("default", 0.9), few)
    assert "at least 0.95, or that of real cells | yes |" in text


def test_whole_sets_of_few_cells_are_marked():
    text = written(rows("default", 0.9), shipped("few", "judging", False))
    assert "| judging | few \\* |" in text


def test_a_table_read_from_a_page_is_written_as_the_same_text():
    table = pd.DataFrame(
        {
            "set": ["one", "two \\*"],
            "seed": [0, 1],
            "copies": [0.0, 1000.0],
            "PCC": [-0.0004, float("nan")],
            "what": ["1 ± 2", None],
        }
    )
    text = "\n".join(
        [
            "# Page",
            "",
            "## First",
            "",
            *markdown(table),
            "",
            "<details><summary>in (x)</summary>",
            "",
            *markdown(table[["seed"]]),
        ]
    )
    found = tables(text)
    assert list(found) == ["First", "in (x)"]
    assert markdown(found["First"]) == markdown(table)
    assert found["First"]["PCC"].dtype == float
    assert found["in (x)"]["seed"].tolist() == [0, 1]
