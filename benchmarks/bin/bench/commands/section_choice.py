"""Measure what it gains that each section decides how it is fitted and who chooses its cells.

The sections are those of the grid of benchmarks, made of held-out cells, and the olfactory bulb, which is real. Each
is fitted in every way that a section chooses among, by its own choice, by the published least squares, and by tools of
other authors where they are installed (`make bench-tools`). The cells to place are the reference's own. Tangram takes
minutes where there are many genes, and runs on the section of two technologies only; docs/benchmarks/spots.md has it
for all. With --judge the sets kept for judging are added, with --cells the gain of the cells' choice. Keeps
section_choice.csv, section_choice_cells.csv (both grow as sections are done) and section_choice_bulb.csv, and writes
docs/benchmarks/section_choice.md.
"""

import time
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.smoothing import smoothed
from bulk2space.composition.spot_choice import LOG_VALUES, WAYS
from bulk2space.composition.spots import choice_of, learned, of_spots
from bulk2space.contract import seeds
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obs, Obsm
from bulk2space.contract.tables import MARKERS
from bulk2space.numerics.shares import largest_remainder
from bulk2space.spots import scorer_choice
from bulk2space.spots.assign import BlockAssigner
from bulk2space.spots.blocks import pool_reuse
from bulk2space.spots.placing import both_sides
from bulk2space.spots.scorers import SCORERS
from bulk2space.spots.settings import Settings
from bulk2space.spots.unseen_genes import Whole

from ..cases import real_sections
from ..cases.chosen_sections import CELLS_PER_SPOT, TWO_TECHNOLOGIES
from ..cases.sections import TRUE_CELLS
from ..judges.sections import home_layers, spot_correlations
from ..judges.spots import composition
from ..page import section_choice as page
from ..rivals.section_baselines import log_nnls, marker_scores
from ..runner.start import other_tool, script
from . import grid_sections
from .common import add, keep, options, publish

MARKERS_PER_TYPE = 100
METHOD = "negative_binomial"
TOOLS = ("flashdeconv", "tangram")
CHOICE = "choice"


class Resolved:
    """A section, fitted in every way and by its own choice.

    Parameters
    ----------
    section, reference, ranking
        Spots, annotated cells, and markers.csv.

    Attributes
    ----------
    proportions : dict
        Of each way and of the choice, spots × types.
    choice : Choice
    seconds : float
        That the choice took.
    """

    def __init__(self, section: ad.AnnData, reference: ad.AnnData, ranking: pd.DataFrame):
        self.section, self.reference, self.ranking = section, reference, ranking
        self.shared = shared_genes(reference, section)
        self.genes = markers.select(ranking, self.shared, per_type=MARKERS_PER_TYPE)
        self.profile, noise = learned(reference, reference_profile(reference, self.genes))
        size = np.full(section.n_obs, CELLS_PER_SPOT)
        rng = seeds.generator(0, "composition", "sample")
        start = time.perf_counter()
        self.choice = choice_of(section, noise, self.profile, size, method=METHOD, rng=rng, smoothing=None)
        self.seconds = time.perf_counter() - start

        def fitted(way: str) -> np.ndarray:
            return of_spots(section, noise, self.profile, size, method=METHOD, rng=rng, ways=(way,)).proportion

        self.proportions = {name: fitted(name) for name in (*WAYS, LOG_VALUES)}
        centres = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
        mean = np.mean([self.proportions[name] for name in self.choice.ways], axis=0)
        self.proportions[CHOICE] = smoothed(mean, centres, size > 0, self.choice.smoothing)

    def table(self, proportions: np.ndarray, *, whole: bool) -> pd.DataFrame:
        """Return proportions, or those of whole cells, as a table of spots × types."""
        if whole:
            size = np.full(len(proportions), CELLS_PER_SPOT)
            proportions = largest_remainder(proportions, size) / CELLS_PER_SPOT
        return pd.DataFrame(proportions, self.section.obs_names, self.profile.types)

    def chosen(self) -> dict[str, object]:
        """Return what the section chose, as columns of a table."""
        gain = max(self.choice.gains[name] for name in WAYS if name in self.choice.gains)
        return {
            "chosen": " + ".join(self.choice.ways), "gain": gain, "smoothing": self.choice.smoothing,
            "seconds": self.seconds,
        }  # fmt: skip


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    parser.add_argument("--cells", action="store_true", help="also place cells, which takes a minute a section")
    args = parser.parse_args()
    results = args.results.resolve()
    folder = results / "section_choice"
    compositions, cells = list[dict](), list[dict]()
    for case in grid_sections.written(args.data.resolve(), folder, judge=args.judge):
        made = Resolved(read_h5ad(case.spots), read_h5ad(case.reference), MARKERS.read(case.markers))
        add(case.name | of_composition(made, case, results), compositions, results / "section_choice.csv")
        if args.cells:
            add(case.name | of_cells(made), cells, results / "section_choice_cells.csv")
    publish(
        args.docs,
        "section_choice",
        page.text(
            keep(compositions, results / "section_choice.csv"),
            keep(cells, results / "section_choice_cells.csv") if cells else pd.DataFrame(),
            keep(of_bulb(args.data, folder / "bulb"), results / "section_choice_bulb.csv"),
        ),
    )


def of_composition(made: Resolved, case: grid_sections.Section, results: Path) -> dict[str, object]:
    """Return the PCC of the proportions of whole cells, of each way, of the choice and of rivals."""
    cells = read_h5ad(case.truth).obsm[TRUE_CELLS]
    true = cells.div(cells.sum(axis=1), axis=0)

    def pcc(proportions: pd.DataFrame) -> float:
        values = proportions.reindex(columns=made.profile.types, fill_value=0.0).to_numpy()
        return composition(made.table(values, whole=True), true, "whole")["pcc_whole"]

    row = {name: pcc(made.table(values, whole=False)) for name, values in made.proportions.items()}
    rivals = {"log_nnls": pcc(log_nnls(made.ranking, made.section, made.reference))}
    for tool in TOOLS:
        python = results / "tools" / tool / "bin" / "python"
        slow = tool == "tangram" and case.name["set"] not in TWO_TECHNOLOGIES
        rivals[tool] = np.nan if slow or not python.exists() else pcc(by_tool(tool, python, case))
    best = max(value for value in rivals.values() if not np.isnan(value))
    return row | rivals | {"margin": row[CHOICE] - best} | made.chosen()


def by_tool(tool: str, python: Path, case: grid_sections.Section) -> pd.DataFrame:
    """Return the proportions of another author's tool, run in its own environment."""
    output = case.spots.with_suffix(f".{tool}.csv")
    other_tool(python, tool=tool, reference=case.reference, section=case.spots, output=output)
    names = read_h5ad(case.spots).obs_names
    return pd.read_csv(output).pivot(index="spot", columns="cell_type", values="proportion").reindex(names)


def of_cells(made: Resolved) -> dict[str, object]:
    """Return how much better placed cells fit than random cells of the types, on genes that the section did not see.

    Every second gene that is no marker is hidden from the section's own judge, and judges here.
    """
    types = made.profile.types
    codes = np.searchsorted(types, made.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    sides = both_sides(made.reference, codes, made.section, made.shared, made.genes)
    quotas = largest_remainder(made.proportions[CHOICE], np.full(made.section.n_obs, CELLS_PER_SPOT))
    hidden = [gene for gene in made.shared if gene not in set(made.genes)][::2]
    seen = [gene for gene in made.shared if gene not in set(hidden)]
    settings = Settings(sample="sample", seed=0, composition="section", scorer="auto", max_cell_reuse=10, threads=1)
    whole = Whole(made.reference, made.section, np.arange(made.section.n_obs), seen, made.genes)
    reuse = pool_reuse(int(quotas.sum()), made.reference.n_obs, settings.max_cell_reuse)
    chosen, _ = scorer_choice.choose(sides, whole, quotas, settings, seeds.generator(0, "scorer", "sample"))

    def fit_of(name: str, seed: int = 0) -> np.ndarray:
        rng = np.random.default_rng(seed)
        scorer = SCORERS[name](threads=1).fit(sides.cells, rng, counts=sides.counts)
        placed = BlockAssigner(max_reuse=reuse).assign(scorer, sides.spots, sides.cells, quotas, rng)
        cells = made.reference[placed.cell].copy()
        cells.obs[Obs.SPOT] = made.section.obs_names[placed.spot]
        cells.obs_names_make_unique()
        return spot_correlations(made.section, cells, hidden)

    by_chance = np.mean([fit_of(scorer_choice.CHANCE, seed) for seed in range(scorer_choice.CHANCES)], axis=0)
    gains = {name: float((fit_of(name) - by_chance).mean()) for name in scorer_choice.TRIED}
    return gains | {CHOICE: gains.get(chosen, 0.0), "scorer": chosen, "genes": len(hidden)}


def of_bulb(data: Path, folder: Path) -> list[dict[str, object]]:
    """Return how well types find their home layers in the olfactory bulb, by each way, the choice and marker scores."""
    region = real_sections.bulb(data, folder)
    script("rank_markers", folder, reference="reference.h5ad", output="markers.csv")
    section, reference = read_h5ad(folder / "section.h5ad"), read_h5ad(folder / "reference.h5ad")
    made = Resolved(section, reference, MARKERS.read(folder / "markers.csv"))
    rows = [
        {
            "what": name, "continuous": home_layers(made.table(values, whole=False), region),
            "placed": home_layers(made.table(values, whole=True), region),
        } | (made.chosen() if name == CHOICE else {})
        for name, values in made.proportions.items()
    ]  # fmt: skip
    return [*rows, {"what": "marker z-scores", "continuous": home_layers(marker_scores(made.ranking, section), region)}]


if __name__ == "__main__":
    main()
