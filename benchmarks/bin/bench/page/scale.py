"""The page on large runs: what they cost, what they need on a cluster, and which resource ends first."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.inputs.sheet.plan import Plan

from ..cases import cluster, labels, planned
from ..cases.cluster import Cluster
from . import costs, small_run, stub_run, task_graph, walls
from .figures import Tables
from .markdown import filled, tables
from .task_graph import Graph, Sizes

ROWS, REFERENCES, SECTIONS = 1000, 10, 200
NODES, CPUS, GIB, AT_ONCE = 10, 32, 128, 100  # AT_ONCE: executor.queueSize of the profile slurm
SIZES = Sizes(reference_cells=10, generated_cells=10, spots=5)
CELLS_PER_SPOT = 10
HOUR, MB_IN_GB = 3600, 1000
LATER = {"hd": "spots of Visium HD", "imaged_size": "imaged cells"}  # pages of `make bench-hd`
SHARED = 2  # times as long: no longer a difference of the data
UNKNOWN = "Not measured yet: `make bench-cohort` prints it."
EXAMPLE = "process { withName: 'TRAIN_VAE' { memory = 48.GB } }"
NEEDED = ("cohort", "training", "atlas", "mapping", "explorer", "planning", "stub_run")


def refresh(
    docs: Path, *, wanted: tuple[int, int, int] = (ROWS, REFERENCES, SECTIONS), nodes: int = NODES, cpus: int = CPUS
) -> bool:
    """Write scale.md from the pages of tables, unless one of those needed is missing; return whether it was written."""
    pages = {path.stem: tables(path.read_text()) for path in sorted((docs / "benchmarks").glob("*.md"))}
    if not set(NEEDED) <= set(pages):
        return False
    (docs / "scale.md").write_text(text(pages, wanted, Cluster(nodes, cpus, GIB, AT_ONCE)))
    return True


def text(pages: Mapping[str, Tables], wanted: tuple[int, int, int], machines: Cluster) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    pages
        Tables of all pages, by page and heading.
    wanted
        Rows, references and sections of the samplesheet.
    machines
        The cluster.
    """
    plan, table = planned.plan(*wanted), costs.table(pages)
    graph = task_graph.of_plan(plan, table, labels.of_processes(), SIZES)
    steps = by_process(graph, set(table["step"]))
    minutes = walls.lifted(graph, machines)
    longest, chain = cluster.longest_chain(graph.tasks)
    stored = pages.get("small_run", {}).get(small_run.DISK)
    files = pd.DataFrame() if stored is None else disk(stored, wanted)
    return filled(
        "scale", rows=wanted[0], references=wanted[1], sections=wanted[2], nodes=machines.nodes, cpus=machines.cpus,
        gib=machines.gib, at_once=machines.at_once, cells=f"{1000 * SIZES.reference_cells:,.0f}",
        generated=f"{1000 * SIZES.generated_cells:,.0f}", spots=f"{1000 * SIZES.spots:,.0f}",
        epochs=costs.epochs_of(pages), costs=table, missing=missing(pages, table, plan), steps=steps,
        tasks=len(graph.tasks), hours=f"{steps['CPU hours'].sum():.0f}",
        wall=f"{minutes['minutes'].iloc[0]:.0f}", longest=f"{longest / walls.MINUTE:.0f}", chain=" → ".join(chain),
        peak=f"{max(graph.peaks):.1f}", largest=steps.loc[steps["peak memory, GiB"].idxmax(), "process"],
        checked=checked(pages, plan, graph), walls=minutes, first=walls.first_wall(minutes), limits=walls.limits(table),
        disk=files if len(files) else UNKNOWN, notice=task_graph.SECONDS_TO_NOTICE, example=EXAMPLE,
        results=f"{files['GB'].sum():.0f} GB, results and work folder." if len(files) else UNKNOWN,
    )  # fmt: skip


def missing(pages: Mapping[str, Tables], table: pd.DataFrame, plan: Plan) -> str:
    """Return in words what is not measured, and which command measures it."""
    steps = [process for process in planned.counts(plan) if process not in set(table["step"])]
    words = [f"**Not counted**, as not measured yet (`make bench-cohort`): {', '.join(steps)}."] if steps else []
    factor = costs.slowed(pages)
    if factor > SHARED:
        words.append(
            f"**Other work shared the machine of the small run:** steps of one size took {factor:.0f} times as long as "
            "in the runs of cohorts. Seconds of that page, and hours and minutes below, are too large by up to as much."
        )
    later = [what for page, what in LATER.items() if page not in pages]
    if later:
        words.append(f"The costs of {' and of '.join(later)} are not measured yet: `make bench-hd` prints them.")
    return " ".join(words)


def by_process(graph: Graph, known: set[str]) -> pd.DataFrame:
    """Return number of tasks, CPU hours, minutes and memory of the largest task, and what the label asks for.

    Parameters
    ----------
    graph
        All tasks.
    known
        Steps whose costs are measured; those of others are missing.
    """
    rows = pd.DataFrame(graph.tasks).assign(peak=graph.peaks)
    rows["hours"] = rows["seconds"] * rows["cpus"] / HOUR
    rows["longest"] = rows["seconds"] / walls.MINUTE
    columns = {"hours": "sum", "longest": "max", "peak": "max"}
    grouped = rows.groupby("process", sort=False)
    found = grouped.agg(columns)
    found.loc[~found.index.isin(known)] = np.nan
    found.insert(0, "tasks", grouped.size())
    found["gib"] = grouped["gib"].max()
    names = {"hours": "CPU hours", "longest": "longest task, min", "peak": "peak memory, GiB", "gib": "asks for, GiB"}
    return found.rename(columns=names).reset_index()


def checked(pages: Mapping[str, Tables], plan: Plan, graph: Graph) -> str:
    """Return in words whether the number of tasks is that of the plan, of a check and of a stub run."""
    known, built = planned.counts(plan), Counter(task.process for task in graph.tasks)
    assert dict(built) == known, "the tasks of this page are those of the pipeline's plan"
    words = f"This is the number of tasks in the pipeline's own plan ({sum(known.values())})."
    run = pages["planning"]["Samplesheets of many rows: time to the plan"].iloc[0]
    if (run["rows"], run["references"], run["sections"]) == (
        len(plan.samples),
        known["RANK_MARKERS"],
        known.get("NORMALIZE_SECTION", 0),
    ):
        total = int(run["tasks of the check"] + run["tasks to run"])
        words += f" A run of this samplesheet with `--check_only` counted {total}."
    return f"{words} A stub run of a tenth of it: {stub_run.compared(pages['stub_run'][stub_run.TASKS])}"


def disk(stored: pd.DataFrame, wanted: tuple[int, int, int]) -> pd.DataFrame:
    """Return the GB of results and work folder, by kind of file."""
    rows, references, sections = wanted
    number = {
        small_run.CELLS: rows * SIZES.generated_cells, small_run.PLACED: sections * SIZES.spots * CELLS_PER_SPOT,
        small_run.SPOTS: sections * SIZES.spots, "sample with a section": sections, "reference": references, "run": 1,
    }  # fmt: skip
    found = stored[stored["unit"].isin(number)].assign(number=lambda table: table["unit"].map(number))
    found["GB"] = found["MB"] * found["number"] / MB_IN_GB
    ratio = float(stored.loc[stored["files"] == small_run.WORK, "MB"].iloc[0])
    work = {
        "files": small_run.WORK,
        "unit": "GB of results",
        "number": found["GB"].sum(),
        "GB": ratio * found["GB"].sum(),
    }
    return pd.concat([found[["files", "unit", "number", "GB"]], pd.DataFrame([work])]).assign(
        number=lambda t: t["number"].astype(float).round(), GB=lambda t: np.round(t["GB"].astype(float), 3)
    )
