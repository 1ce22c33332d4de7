"""What a task of each step costs, by its size: lines through the tables of the benchmark pages."""

import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from . import mapping, small_run, training
from .figures import Tables

TASK, SAMPLE, CELLS, KEPT, SPOTS, IMAGED = (
    "task", "bulk sample", "1 000 generated cells", "1 000 reference cells", "1 000 spots", "1 000 imaged cells",
)  # fmt: skip
GIB, MIB_IN_GIB, THOUSAND = 2**30, 1024, 1000
OF_COLUMNS = (
    "NORMALIZE_BULK",
    "ESTIMATE_PROPORTIONS",
    "ESTIMATE_EXPRESSION",
    "COMPARE_SAMPLES",
    "PLOT_COHORT",
    "MULTIQC",
)
OF_CHUNKS = ("JUDGE_FIT", "PLOT_SAMPLE")
CONSTANT = ("CHECK_SAMPLESHEET", "PLAN_SAMPLES", "NORMALIZE_REFERENCE")
SIMULATED, CELLS_OF_SIMULATED = re.compile(r"(\d+) simulated bulks"), 200  # runs of the page on cohorts
GROWING = re.compile(r"(\d+) reference cells, (\d+) epochs")  # rows of the page on training
BLOOD = "sc_pbmc3k_10x"  # the reference of these runs
BINS, IMAGES = "Each step", "Time and memory by step"  # tables of the pages hd and imaged_size
OF_SECTION = ("NORMALIZE_SECTION", "FIT_SPOTS", "DESCRIBE_SECTION")  # of the small run where no other page has them


def table(pages: Mapping[str, Tables]) -> pd.DataFrame:
    """Return step, unit, seconds and GiB for one more of the unit, and the page; the unit TASK is what each task takes.

    Parameters
    ----------
    pages
        Tables of all pages, by page and heading.
    """
    rows = [*_of_cohorts(pages["cohort"]["Steps"]), *_of_references(pages), *_of_sections(pages)]
    return pd.DataFrame(rows, columns=["step", "unit", "seconds", "GiB", "page"])


def by_step(costs: pd.DataFrame) -> dict[str, list[tuple[str, float, float]]]:
    """Return unit, seconds and GiB of the lines of each step."""
    columns = ["unit", "seconds", "GiB"]
    return {step: list(own[columns].itertuples(index=False, name=None)) for step, own in costs.groupby("step")}


def of_task(lines: list[tuple[str, float, float]], load: Mapping[str, float]) -> tuple[float, float]:
    """Return seconds and GiB of a task with so many of each unit."""
    many = {TASK: 1.0, **load}
    return sum(s * many.get(unit, 0.0) for unit, s, _ in lines), sum(
        gib * many.get(unit, 0.0) for unit, _, gib in lines
    )


def line(sizes: pd.Series, values: pd.Series) -> tuple[float, float]:
    """Return start and slope, neither below 0, of the line through some sizes; of one size: proportional to it."""
    if (sizes == sizes.iloc[0]).all():
        return 0.0, float(values.mean() / sizes.iloc[0])
    design = np.column_stack([np.ones(len(sizes)), sizes.astype(float)])
    scale = values.astype(float).to_numpy()  # relative errors: small sizes count as much as large ones
    start, slope = nnls(design / scale[:, None], np.ones(len(sizes)))[0]
    return float(start), float(slope)


def lines(step: str, unit: str, page: str, sizes: pd.Series, seconds: pd.Series, gib: pd.Series) -> Iterator[tuple]:
    """Yield the two rows of a step that grows with one unit."""
    time, memory = line(sizes, seconds), line(sizes, gib)
    yield step, TASK, time[0], memory[0], page
    yield step, unit, time[1], memory[1], page


def _of_cohorts(steps: pd.DataFrame) -> Iterator[tuple]:
    """Yield the costs of steps without a section, from runs of simulated bulks."""
    found = steps["run"].str.extract(SIMULATED)[0].dropna().astype(int)
    steps = steps.loc[found.index].assign(samples=found)
    for step in OF_COLUMNS:
        own = steps[steps["step"] == step]
        yield from lines(step, SAMPLE, "cohort", own["samples"], own["seconds"], own["peak memory, GiB"])
    for step in OF_CHUNKS:
        own = steps[steps["step"] == step]
        yield from _of_chunks(step, own)
    for step in CONSTANT:
        own = steps[steps["step"] == step]
        yield step, TASK, own["seconds"].max(), own["peak memory, GiB"].max(), "cohort"


def _of_chunks(step: str, own: pd.DataFrame) -> Iterator[tuple]:
    """Yield the costs of a step whose tasks take several samples each."""
    of_task, of_sample = nnls(own[["tasks", "samples"]].to_numpy(float), own["seconds"].to_numpy(float))[0]
    yield step, TASK, of_task, own["peak memory, GiB"].max(), "cohort"
    yield step, SAMPLE, of_sample, 0.0, "cohort"


def _of_references(pages: Mapping[str, Tables]) -> Iterator[tuple]:
    """Yield the costs of training, markers and generated cells."""
    rows = pages["training"][training.TABLE]
    found = rows["what"].str.extract(GROWING).dropna().astype(int)
    rows = rows.loc[found.index]
    cells, epochs = found[0] / THOUSAND, found[1]
    start, slope = line(cells, rows["training, s"])
    memory = line(cells, rows["peak memory, MiB"] / MIB_IN_GIB)
    yield "TRAIN_VAE", TASK, start, memory[0], "training"
    yield "TRAIN_VAE", KEPT, slope * epochs_of(pages) / epochs.iloc[0], memory[1], "training, atlas"
    steps = pages["cohort"]["Steps"]
    own = steps[steps["run"].str.fullmatch(SIMULATED.pattern)]
    few = _small(pages)
    ranked = own[own["step"] == "RANK_MARKERS"].assign(**{"reference cells": cells_of_blood(pages)})
    if len(few):
        ranked = pd.concat([few[few["step"] == "RANK_MARKERS"], ranked])
    cells_ranked = ranked["reference cells"] / THOUSAND
    yield from lines(
        "RANK_MARKERS", KEPT, "cohort, small_run", cells_ranked, ranked["seconds"], ranked["peak memory, GiB"]
    )
    generated = own[own["step"] == "GENERATE_CELLS"]
    samples = generated["run"].str.extract(SIMULATED)[0].astype(int)
    (_, _, of_task, gib, _), (_, _, of_sample, _, _) = _of_chunks("", generated.assign(samples=samples))
    of_cells = line(cells, rows["generating, s"])[1]
    yield "GENERATE_CELLS", TASK, of_task, gib, "cohort"
    yield (
        "GENERATE_CELLS",
        SAMPLE,
        max(of_sample - of_cells * CELLS_OF_SIMULATED / THOUSAND, 0.0),
        0.0,
        "cohort, training",
    )
    yield "GENERATE_CELLS", CELLS, of_cells, memory[1], "training"


def _small(pages: Mapping[str, Tables]) -> pd.DataFrame:
    """Return the tasks of the small run; no row where its page is missing."""
    nothing = pd.DataFrame(columns=["step", *small_run.NAMES.values()])
    return pages.get("small_run", {}).get(small_run.STEPS, nothing)


def slowed(pages: Mapping[str, Tables]) -> float:
    """Return how many times as long steps of one size took in the small run as in those of the cohorts; NaN without."""
    few, steps = _small(pages), pages["cohort"]["Steps"]
    alike = [*CONSTANT, "MULTIQC"]
    ratio = few.groupby("step")["seconds"].mean() / steps.groupby("step")["seconds"].max()
    return float(ratio.reindex(alike).astype(float).median())


def epochs_of(pages: Mapping[str, Tables]) -> int:
    """Return the largest number of epochs after which the default network stopped."""
    return int(pages["atlas"]["What an atlas costs"]["epochs"].max())


def cells_of_blood(pages: Mapping[str, Tables]) -> int:
    """Return the cells of the blood reference, of which the page on atlases shows a half."""
    rows = pages["atlas"]["What more cells gain"]
    return 2 * int(rows.loc[(rows["set"] == BLOOD) & (rows["cells of a type"] == "all"), "cells"].iloc[0])


def _of_sections(pages: Mapping[str, Tables]) -> Iterator[tuple]:
    """Yield the costs of steps with a section: of the largest sections that are measured, else of the small run."""
    placed = pages["mapping"][mapping.GROWTH]
    explored = pages["explorer"]["Explorer pages of large sections"]
    of_bins = explored[explored["section"].str.endswith(" bins")]
    bins = of_bins["section"].str.split().str[0].astype(int) / THOUSAND
    yield from lines("EXPLORE_SECTION", SPOTS, "explorer", bins, of_bins["made in, s"], of_bins["peak memory, GiB"])
    large = pages.get("hd", {}).get(BINS, pd.DataFrame({"step": [], "bins": []}))
    few = _small(pages)
    for step in OF_SECTION:
        own, page = large[large["step"] == step.removesuffix("_SECTION")], "hd"
        if own.empty:
            own, page = few[few["step"] == step], "small_run"
            if own.empty:
                continue
            yield from lines(step, SPOTS, page, own["spots"] / THOUSAND, own["seconds"], own["peak memory, GiB"])
        else:
            gib = own["peak memory, GB"] * 1e9 / GIB
            yield from lines(step, SPOTS, page, own["bins"] / THOUSAND, own["seconds"], gib)
    own = few[(few["step"] == "PLOT_SAMPLE") & few["spots"].notna()]
    if len(own):
        yield "PLOT_SAMPLE", SPOTS, line(own["spots"] / THOUSAND, own["seconds"])[1], 0.0, "small_run"
    own = large[large["step"] == "MAP_SPOTS"]
    if len(own):
        gib = own["peak memory, GB"] * 1e9 / GIB
        yield from lines("MAP_SPOTS", SPOTS, "hd", own["bins"] / THOUSAND, own["seconds"], gib)
    else:
        gib = placed["peak memory, MiB"] / MIB_IN_GIB
        yield from lines("MAP_SPOTS", SPOTS, "mapping", placed["spots"] / THOUSAND, placed["seconds"], gib)
    for _, row in pages.get("imaged_size", {}).get(IMAGES, pd.DataFrame()).iterrows():
        size = row["imaged cells"] / THOUSAND
        yield row["step"] + " of images", IMAGED, row["seconds"] / size, row["peak memory, GiB"] / size, "imaged_size"
