"""The page on large runs: lines of cost, the cluster on paper, and what the page says of both."""

import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bench.cases import cluster, labels, planned, tiled
from bench.cases.cluster import Cluster, Task
from bench.commands import stub_run as command
from bench.page import costs, scale, stub_run, summary, task_graph, walls
from bench.page.task_graph import Sizes

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
DEMO = ROOT / "assets" / "demo"
ONE = Cluster(nodes=1, cpus=2, gib=8, at_once=10)


@pytest.fixture(scope="module")
def pages():
    return summary.read(DOCS / "benchmarks")


def test_the_page_follows_from_the_tables(pages):
    text = scale.text(
        pages,
        (scale.ROWS, scale.REFERENCES, scale.SECTIONS),
        Cluster(scale.NODES, scale.CPUS, scale.GIB, scale.AT_ONCE),
    )
    assert text == (DOCS / "scale.md").read_text(), "run `make scale`"


def test_lines_fit_sizes_and_never_fall():
    sizes = pd.Series([1, 10])
    np.testing.assert_allclose(costs.line(sizes, pd.Series([5.0, 23.0])), (3, 2))
    np.testing.assert_allclose(costs.line(sizes, pd.Series([7.0, 7.0])), (7, 0), atol=1e-9)
    assert min(costs.line(sizes, pd.Series([9.0, 1.0]))) == 0
    assert costs.line(pd.Series([4]), pd.Series([8.0])) == (0, 2)


def test_the_line_of_training_agrees_with_a_measured_atlas(pages):
    atlas = pages["atlas"]["What an atlas costs"].iloc[-1]
    lines = costs.by_step(costs.table(pages))["TRAIN_VAE"]
    seconds, _ = costs.of_task(lines, {costs.KEPT: atlas["cells kept"] / 1000})
    assert seconds == pytest.approx(atlas["TRAIN_VAE, s"], rel=0.2)


def test_steps_that_no_page_measures_are_named_and_not_counted(pages):
    table = costs.table(pages)
    plan = planned.plan(100, 1, 20)
    without = table[table["step"] != "FIT_SPOTS"]
    assert "Not counted" in scale.missing(pages, without, plan)
    assert "FIT_SPOTS" in scale.missing(pages, without, plan)
    assert "MAP_SPOTS" not in scale.missing(pages, without, plan)
    graph = task_graph.of_plan(plan, without, labels.of_processes(), Sizes(1, 1, 1))
    found = scale.by_process(graph, set(without["step"])).set_index("process")
    assert np.isnan(found.loc["FIT_SPOTS", "CPU hours"])
    assert found.loc["FIT_SPOTS", "tasks"] == 20
    assert found.loc["MAP_SPOTS", "CPU hours"] > 0


def test_tasks_are_those_of_the_plan_and_wait_for_earlier_ones(pages):
    plan = planned.plan(100, 2, 20)
    graph = task_graph.of_plan(plan, costs.table(pages), labels.of_processes(), Sizes(1, 1, 1))
    assert pd.Series([task.process for task in graph.tasks]).value_counts().to_dict() == planned.counts(plan)
    assert all(need < number for number, task in enumerate(graph.tasks) for need in task.needs)


def test_a_task_that_needs_more_memory_runs_again_with_more(pages):
    graph = task_graph.Graph(costs.table(pages), labels.of_processes(), Sizes(200, 1, 1))
    graph.add("TRAIN_VAE", [])
    asked = labels.of_processes()["TRAIN_VAE"].gib
    assert graph.tasks[0].gib == 2 * asked
    assert asked < graph.peaks[0] <= 2 * asked


@pytest.mark.parametrize(
    ("machines", "seconds"),
    [
        (ONE, 20),
        (ONE._replace(cpus=4), 20),
        (ONE._replace(cpus=4, gib=16), 10),
        (ONE._replace(nodes=2), 10),
        (ONE._replace(at_once=1), 40),
    ],
)
def test_tasks_start_where_there_is_room(machines, seconds):
    tasks = [Task("A", 10, 1, 4, ()) for _ in range(4)]
    assert cluster.seconds(tasks, machines) == seconds


def test_tasks_wait_for_others():
    tasks = [Task("A", 10, 1, 1, ()), Task("B", 5, 1, 1, (0,)), Task("C", 1, 1, 1, (0, 1)), Task("D", 12, 1, 1, ())]
    assert cluster.seconds(tasks, ONE) == 16
    assert cluster.longest_chain(tasks) == (16, ["A", "B", "C"])


def test_a_task_that_fits_nowhere_is_told():
    with pytest.raises(ValueError, match="A asks for more than a machine has"):
        cluster.seconds([Task("A", 1, 4, 1, ())], ONE)


def test_the_wall_is_the_resource_that_saves_time():
    hours = {"as it is": 10.0, "10 × CPUs": 9.8, "10 × memory": 6.0, "10 × tasks at once": 10.0, "10 × all three": 5.0}
    table = pd.DataFrame(hours.items(), columns=["cluster", "minutes"])
    assert "The first wall is memory**: 10 times as much saves 40%" in walls.first_wall(table)
    table["minutes"] = [10.0, 10.0, 10.0, 10.0, 5.0]
    assert "No resource alone is the wall" in walls.first_wall(table)
    table["minutes"] = 10.0
    assert "The wall is the longest chain" in walls.first_wall(table)


def test_tasks_that_the_plan_does_not_know_are_told():
    sizes = (10, 1, 2)
    counts = planned.counts(planned.plan(*sizes))
    tasks = pd.DataFrame({"step": [name for name, number in counts.items() for _ in range(number)]})
    assert "of each process as many as the plan says" in stub_run.compared(command.counted(tasks, *sizes))
    assert "otherwise of MULTIQC" in stub_run.compared(command.counted(tasks[tasks["step"] != "MULTIQC"], *sizes))


def test_copies_of_a_section_lie_beside_each_other(tmp_path):
    sheet = pd.read_csv(tiled.write(DEMO, tmp_path, {"small": 1, "large": 3}))
    assert sheet["sample"].tolist() == ["small", "large"]
    small, large = (ad.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("small", "large"))
    assert large.shape == (3 * small.n_obs, small.n_vars)
    assert len(np.unique(large.obsm["spatial"], axis=0)) == large.n_obs
    assert large.obs_names.is_unique
    assert json.dumps(small.uns, default=str) == json.dumps(large.uns, default=str)
