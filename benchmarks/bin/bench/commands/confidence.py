"""Measure whether the score of a placed cell is the probability that it is right.

Sections are made of held-out cells, of the reference's own laboratory or of another. Cells are placed by the pipeline's
own step; the reference's cells stand for generated ones, because scores follow from types alone. The same is done for
the demo. Then real sections get references of their own tissue and of another. Keeps confidence.csv,
confidence_bins.csv and confidence_tissues.csv and writes docs/benchmarks/confidence.md.
"""

import logging
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.composition.fitted_section import FitSettings, fit_section
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Obs
from bulk2space.contract.stored import Stored
from bulk2space.inputs import door
from bulk2space.spots.placing import FileNames, Inputs, Placed, place
from bulk2space.spots.settings import Settings

from ..cases import known_spots
from ..cases.data_sets import path
from ..cases.known_spots import CELLS_PER_SPOT, ONE, TWO
from ..judges import confidence as judge
from ..judges.whole_section import whole
from ..page import confidence as page
from ..runner.start import ROOT
from .common import keep, options, publish

MARKERS_PER_TYPE = 100
TISSUES = (
    ("sc_mob_tepe", "st_mob_rep11", "its own"),
    ("sc_lymphoid_ref", "visium_lymphnode", "its own"),
    ("cellxgene_pancreas", "visium_breast", "another"),
    ("sc_pancreas_xin", "visium_breast", "another"),
    ("sc_pancreas_panc8_small", "visium_breast", "another"),
    ("sc_pancreas_baron_subset", "visium_breast", "another"),
)  # fmt: skip
"""Reference and section, and whether the reference is of the section's tissue."""


def main() -> None:
    """Place cells in all sections; print, keep and publish the tables."""
    args = options(__doc__).parse_args()
    with ProcessPoolExecutor(4) as pool:
        found = list(pool.map(partial(of_source, args.data), known_spots.sources()))
        tissues = list(pool.map(partial(of_tissue, args.data), TISSUES))
    parts = [part for parts in found for part in parts] + [of_demo()]
    rows, pairs, spots = zip(*parts, strict=True)
    table = keep(rows, args.results / "confidence.csv")
    bins = keep(page.reliability(pd.concat(pairs)), args.results / "confidence_bins.csv")
    summary = keep(page.summary(table, pd.concat(pairs), pd.concat(spots)), args.results / "confidence_summary.csv")
    foreign = keep(tissues, args.results / "confidence_tissues.csv")
    publish(args.docs, "confidence", page.text(summary, bins, table, foreign))


Part = tuple[dict, pd.DataFrame, pd.DataFrame]


def of_source(data: Path, names: tuple[str, str]) -> list[Part]:
    """Return what :func:`judged` finds for the sections of one case."""
    logging.disable(logging.WARNING)
    source = known_spots.source(data, *names)
    ranking = ranked(source.reference)
    kind = {"role": known_spots.role(*names), "cells": ONE if names[0] == names[1] else TWO}
    return [
        judged(
            {**kind, "reference": names[0], "section of": names[1], "recipe": recipe},
            placed(source.reference, section, ranking),
            truth,
        )
        for recipe, section, truth in known_spots.simulated(source.held_out)
    ]


def of_demo() -> Part:
    """Return the same for the demo, whose platform has gene factors."""
    folder = ROOT / "assets" / "demo"
    reference = door.reference(folder / "reference.h5ad", None)
    section = door.section(folder / "spots.h5ad", None, platform="spot")
    truth = pd.read_csv(folder / "truth" / "tissue_a" / "spots.csv")
    truth = truth.pivot(index="spot", columns="cell_type", values="n_cells")
    kind = {"role": "tuning", "cells": "demo", "reference": "demo", "section of": "demo", "recipe": "zones"}
    return judged(kind, placed(reference, section, ranked(reference)), truth)


def of_tissue(data: Path, names: tuple[str, str, str]) -> dict:
    """Return the verdict on a real section and its mean confidence, with a reference of its tissue or of another."""
    logging.disable(logging.WARNING)
    reference, section = (
        door_of(data, name, kind) for name, kind in zip(names, ("reference", "section"), strict=False)
    )
    ranking = ranked(reference)
    verdict = whole(section, reference, ranking).iloc[0]
    made = placed(reference, section, ranking)
    spots = made.table.drop_duplicates("spot")["confidence"]
    return {
        "reference": names[0], "section": names[1], "tissue of the reference": names[2], "verdict": verdict["verdict"],
        "mean fit": made.spatial.obs[Obs.FIT].mean(), "mean score": made.spatial.obs[Obs.SCORE].mean(),
        "spots above 0.8": float((spots.dropna() > 0.8).mean()),
    }  # fmt: skip


def door_of(data: Path, name: str, kind: str) -> ad.AnnData:
    """Return a reference or section from the folder of data sets or of vendors' files."""
    files = data.parent / "files"
    found = next((file for file in (files / name, files / f"{name}.h5ad") if file.exists()), None) or path(data, name)
    return door.reference(found, None) if kind == "reference" else door.section(found, None, platform="spot")


def ranked(reference: ad.AnnData) -> pd.DataFrame:
    """Return the markers of a reference."""
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    return markers.rank(sp.csr_matrix(reference.X), labels, list(reference.var_names))


def placed(reference: ad.AnnData, section: ad.AnnData, ranking: pd.DataFrame, *, scorer: str = "auto") -> Placed:
    """Place the reference's own cells by the step's defaults."""
    cells = reference.copy()
    cells.obs[Obs.SOURCE_CELL] = cells.obs_names.to_numpy(dtype=str)
    types = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    bulk = pd.DataFrame({"cell_type": types, "proportion": 1 / len(types), "ci_low": 0.0, "ci_high": 1.0})
    of_fit = FitSettings(
        sample="sample", seed=0, markers_per_type=MARKERS_PER_TYPE, method="negative_binomial", smoothing=None,
        cells_by="number", cells_per_spot=CELLS_PER_SPOT, spot_diameter=None,
    )  # fmt: skip
    settings = Settings(sample="sample", seed=0, composition="section", scorer=scorer, max_cell_reuse=10_000, threads=1)
    names = FileNames("cells", "reference", "section", "composition")
    with tempfile.TemporaryDirectory() as folder:
        write_h5ad(section, Path(folder) / "section.h5ad")
        with Stored(Path(folder) / "section.h5ad") as opened:
            fitted = fit_section(opened, reference, cells, ranking, of_fit)
            return place(Inputs(cells, reference, opened, bulk, None, fitted, names), settings)


def judged(case: dict, made: Placed, truth: pd.DataFrame) -> Part:
    """Return a row on a section, its pairs of spot and type, and its spots."""
    pairs = judge.pairs(made.table, made.spatial.obs, truth)
    spots = judge.of_spots(pairs)
    row = case | {"right": pairs["right"].sum() / pairs["n_cells"].sum()}
    for column, name in (("fit", "fit"), ("score", "score")):
        row |= {
            f"mean {name}": np.average(pairs[column], weights=pairs["n_cells"]),
            f"ECE of {name}": judge.calibration_error(pairs, column),
            f"Spearman of {name}": judge.rank_correlation(spots, column),
        }
    row["Spearman with the truth known"] = judge.with_truth(spots, made.table)
    print(
        ", ".join(map(str, case.values())), f"{row['ECE of score']:.3f}", f"{row['Spearman of score']:.3f}", flush=True
    )
    return row, pairs.assign(**case), spots.assign(**case)


if __name__ == "__main__":
    main()
