"""All tasks of a planned run, each with its time, what it asks for and what it waits for."""

import dataclasses
import math
from collections.abc import Mapping

import pandas as pd
from bulk2space.inputs.sheet.plan import Chunk, Plan

from ..cases.cluster import Task
from ..cases.labels import ATTEMPTS, Asked, declared
from . import costs

SECONDS_TO_NOTICE = 5  # Nextflow looks that often whether jobs of a cluster have ended


@dataclasses.dataclass(frozen=True)
class Sizes:
    """Sizes of the inputs, each in thousands: cells of a reference, generated cells of a sample, spots of a section."""

    reference_cells: float
    generated_cells: float
    spots: float


class Graph:
    """Adds the tasks of a plan one after the other.

    Parameters
    ----------
    table
        From :func:`~bench.page.costs.table`.
    asked
        From :func:`~bench.cases.labels.of_processes`.
    sizes
        Sizes of the inputs.
    """

    def __init__(self, table: pd.DataFrame, asked: Mapping[str, Asked], sizes: Sizes) -> None:
        self.costs, self.asked, self.sizes = costs.by_step(table), asked, sizes
        self.tasks: list[Task] = []
        self.peaks: list[float] = []

    def add(self, process: str, needs: list[int], *, samples: int = 0, cells: bool = False, spots: bool = False) -> int:
        """Add a task; return its place. A task that needs more memory than its label says runs again with more.

        Parameters
        ----------
        process
            Name of its process.
        needs
            Places of the tasks that it waits for.
        samples
            How many bulk samples it takes.
        cells, spots
            Whether it generates cells, and whether it has a section.
        """
        load = {costs.SAMPLE: samples, costs.KEPT: self.sizes.reference_cells, costs.SPOTS: self.sizes.spots * spots}
        load[costs.CELLS] = self.sizes.generated_cells * samples if cells else 0
        seconds, _ = costs.of_task(self.costs.get(process, []), load)
        load[costs.CELLS] = self.sizes.generated_cells if cells else 0  # samples of a task come one after the other
        _, gib = costs.of_task(self.costs.get(process, []), load)
        label = self.asked[declared(process, self.asked)]
        attempts = min(max(math.ceil(gib / label.gib), 1), ATTEMPTS)
        self.tasks.append(
            Task(process, seconds * attempts + SECONDS_TO_NOTICE, label.cpus, label.gib * attempts, tuple(needs))
        )
        self.peaks.append(gib)
        return len(self.tasks) - 1


def of_plan(plan: Plan, table: pd.DataFrame, asked: Mapping[str, Asked], sizes: Sizes) -> Graph:
    """Return all tasks of a run, in an order in which none waits for a later one."""
    graph, samples = Graph(table, asked, sizes), {sample.id: sample for sample in plan.samples}
    check = graph.add("CHECK_SAMPLESHEET", [])
    references = sorted({sample.reference for sample in plan.samples})
    of_reference = {name: graph.add("NORMALIZE_REFERENCE", [check]) for name in references}
    inputs = [
        graph.add("NORMALIZE_BULK", [check, *of_reference.values()], samples=len(samples)),
        *of_reference.values(),
    ]
    for sample in plan.samples:
        if sample.section:
            inputs.append(graph.add("NORMALIZE_SECTION", [check, of_reference[sample.reference]], spots=True))
    planned = graph.add("PLAN_SAMPLES", inputs)
    ended = [part for name in references for part in _of_reference(graph, plan, name, planned)]
    graph.add("MULTIQC", ended, samples=len(samples))
    return graph


def _of_reference(graph: Graph, plan: Plan, name: str, planned: int) -> list[int]:
    """Add the tasks of a reference and its samples; return those for which the report waits."""
    samples = {sample.id: sample for sample in plan.samples if sample.reference == name}
    chunks = [chunk for chunk in plan.chunks if chunk.samples[0] in samples]
    ranked, trained = graph.add("RANK_MARKERS", [planned]), graph.add("TRAIN_VAE", [planned])
    estimated = graph.add("ESTIMATE_PROPORTIONS", [ranked], samples=len(plan.samples))
    expression = graph.add("ESTIMATE_EXPRESSION", [estimated], samples=len(plan.samples))
    fitted = {
        chunk.id: graph.add("FIT_SPOTS", [ranked], spots=True) for chunk in chunks if samples[chunk.samples[0]].section
    }
    ended, results = [], [expression]
    for chunk in chunks:
        plotted, needed = _of_chunk(graph, chunk, [estimated], [trained, estimated], fitted.get(chunk.id))
        ended.append(plotted)
        results += needed
    if any(sample.cohort for sample in samples.values()):
        compared = graph.add("COMPARE_SAMPLES", results, samples=len(samples))
        ended.append(graph.add("PLOT_COHORT", [compared], samples=len(samples)))
    return ended


def _of_chunk(
    graph: Graph, chunk: Chunk, to_judge: list[int], to_generate: list[int], fitted: int | None
) -> tuple[int, list[int]]:
    """Add the tasks of samples that share theirs; return that of the figures, and those for which it waits."""
    judged = graph.add("JUDGE_FIT", to_judge, samples=len(chunk.samples))
    if fitted is not None:
        to_generate = [*to_generate, fitted]
    made = graph.add("GENERATE_CELLS", to_generate, samples=len(chunk.samples), cells=True)
    needs = [judged, made]
    if fitted is not None:
        mapped = graph.add("MAP_SPOTS", [fitted, made], spots=True)
        described = graph.add("DESCRIBE_SECTION", [mapped], spots=True)
        graph.add("EXPLORE_SECTION", [described], spots=True)
        needs += [mapped, described]
    return graph.add("PLOT_SAMPLE", needs, samples=len(chunk.samples), spots=fitted is not None), needs
