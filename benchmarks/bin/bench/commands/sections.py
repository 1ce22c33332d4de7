"""Measure how well spots are resolved: their composition, and whether it matters which cells of a type are placed.

A section of the olfactory bulb is judged by its layers, sections simulated from held-out blood cells by their true
cells. Cells are made and placed by the pipeline's own scripts. Whether the scorer matters is judged by the correlation
of each spot's placed cells with its measured expression, on genes that are no markers, and against random cells of the
same types. With --judge a lymph node is added, which took part in no choice of this project; its composition is not
known. Keeps spots.csv and spot_scoring.csv and writes docs/benchmarks/sections.md.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.tables import MARKERS

from ..cases import real_sections
from ..cases.data_sets import BLOOD, path
from ..cases.real_sections import BULB, CELLS_PER_SPOT, LYMPH_NODE, RECIPES
from ..judges.sections import agreement, home_layers, interval, merged, spot_correlations, wide
from ..page import sections as page
from ..rivals.section_baselines import log_nnls, marker_scores
from ..runner.steps import Steps
from .common import keep, options, publish

MARKERS_PER_TYPE = 100
FEWER_MARKERS = 20  # of each type in the lymph node, whose file shares few genes with its reference
SCORERS = ("deep_forest", "cosine", "random")
SMOOTHING = 0.3
SMOOTHED = f"continuous, --smoothing {SMOOTHING}"


def main() -> None:
    """Read the options; print, keep and publish the tables."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the set kept for judging")
    args = parser.parse_args()
    for name in (*BULB, BLOOD, *(LYMPH_NODE if args.judge else ())):
        path(args.data, name)
    compositions, gains = [], []
    for case in ("bulb", *RECIPES):
        folder = args.results / "spots" / case
        bulb = case == "bulb"
        truth = real_sections.bulb(args.data, folder) if bulb else real_sections.blood(args.data, folder, case)
        gains += scored(case, folder, MARKERS_PER_TYPE)
        fit(folder, MARKERS_PER_TYPE, smoothing=SMOOTHING)
        place(folder, "smoothed", scorer="random")
        compositions += layers(folder, truth) if bulb else of_blood(case, folder, truth)
    if args.judge:
        folder = args.results / "spots" / "lymph_node"
        real_sections.lymph_node(args.data, folder)
        gains += scored("lymph node", folder, FEWER_MARKERS)
    publish(
        args.docs,
        "sections",
        page.text(keep(compositions, args.results / "spots.csv"), keep(gains, args.results / "spot_scoring.csv")),
    )


def scored(case: str, folder: Path, markers_per_type: int) -> list[dict]:
    """Generate the case's cells, place them with each scorer, and return how much better each is than random cells."""
    steps = Steps(folder)
    steps.rank_markers()
    steps.estimate_proportions()
    steps.train()
    steps.generate("bulk", read_h5ad(folder / "section.h5ad").n_obs * CELLS_PER_SPOT)
    fit(folder, markers_per_type)
    for scorer in SCORERS:
        place(folder, scorer, scorer=scorer)
    return scoring(case, folder, markers_per_type)


def fit(folder: Path, markers_per_type: int, **chosen: object) -> None:
    """Fit the case's spots."""
    Steps(folder).fit_spots(markers_per_type=markers_per_type, cells_per_spot=CELLS_PER_SPOT, **chosen)


def place(folder: Path, name: str, **chosen: object) -> None:
    """Place the case's cells."""
    Steps(folder).place(name, composition="section", **chosen)


def layers(folder: Path, region: pd.Series) -> list[dict]:
    """Return how well types find their home layers, for the pipeline and for two baselines."""
    section, reference = read_h5ad(folder / "section.h5ad"), read_h5ad(folder / "reference.h5ad")
    ranking = MARKERS.read(folder / "markers.csv")
    found = {
        "continuous": wide(folder / "deep_forest.spots.csv", "proportion", section.obs_names),
        "placed cells": wide(folder / "deep_forest.spots.csv", "n_cells", section.obs_names),
        SMOOTHED: wide(folder / "smoothed.spots.csv", "proportion", section.obs_names),
        "marker z-scores": marker_scores(ranking, section),
        "least squares on log values": log_nnls(ranking, section, reference),
    }
    return [
        {"case": "bulb", "what": what, "mean AUROC of four home layers": home_layers(proportions, region)}
        for what, proportions in found.items()
    ]


def of_blood(case: str, folder: Path, truth: np.ndarray) -> Iterator[dict]:
    """Yield PCC and RMSE of the compositions, of nine types and after merging the T cells that are hard to tell apart.

    Parameters
    ----------
    case
        Name of the case.
    folder
        Its files.
    truth
        Cells, spots × sorted types.
    """
    names = read_h5ad(folder / "section.h5ad").obs_names
    placed = wide(folder / "deep_forest.spots.csv", "n_cells", names)
    true = truth / truth.sum(axis=1, keepdims=True)
    found = {
        "placed cells": placed.to_numpy() / CELLS_PER_SPOT,
        "continuous": wide(folder / "deep_forest.spots.csv", "proportion", names).to_numpy(),
        SMOOTHED: wide(folder / "smoothed.spots.csv", "proportion", names).to_numpy(),
        "composition of the whole": np.tile(true.mean(axis=0), (len(true), 1)),
    }
    t_cells = np.array(["CD4" in name or "CD8" in name for name in placed])
    for what, proportions in found.items():
        yield {"case": case, "what": what, "labels": "nine", **agreement(proportions, true)}
    for what, proportions in found.items():
        values = agreement(merged(proportions, t_cells), merged(true, t_cells))
        yield {"case": case, "what": what, "labels": "CD4 and CD8 T as one", **values}


def scoring(case: str, folder: Path, markers_per_type: int) -> list[dict]:
    """Return each scorer's mean correlation of a spot on genes that are no markers, and its gain over random cells."""
    section, reference, cells = (read_h5ad(folder / f"{name}.h5ad") for name in ("section", "reference", "cells"))
    shared = shared_genes(reference, cells, section)
    used = set(markers.select(MARKERS.read(folder / "markers.csv"), shared, per_type=markers_per_type))
    genes = [gene for gene in shared if gene not in used]
    found = {
        scorer: spot_correlations(section, read_h5ad(folder / f"{scorer}.spatial.h5ad"), genes) for scorer in SCORERS
    }
    rows = []
    for scorer, values in found.items():
        gain = values - found["random"]
        low, high = interval(gain)
        rows.append(
            {
                "case": case, "scorer": scorer, "genes": len(genes), "PCC of a spot": float(values.mean()),
                "above random": float(gain.mean()), "from": low, "to": high,
            }
        )  # fmt: skip
    return rows


if __name__ == "__main__":
    main()
