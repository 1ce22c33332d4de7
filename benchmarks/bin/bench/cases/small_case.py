"""One small case on which every rival ends within minutes: a set in halves, few genes, one bulk and one section."""

from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.composition.bulk import proportions_with_intervals
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obs
from bulk2space.numerics.scaling import log_normalize

from . import sections, splits
from .bulks import halves
from .data_sets import BLOOD
from .known_bulk import as_bulk

GENES, SPOTS, CELLS_PER_SPOT = 300, 100, 10


class SmallCase(NamedTuple):
    """Files in memory, as the pipeline's own.

    Attributes
    ----------
    reference, held_out
        Annotated cells that methods are given, and those that bulk and section are made of.
    ranking
        Markers of the reference.
    bulk, estimates
        One sample of all held-out cells, and the pipeline's estimates of its proportions.
    section, truth
        Spots of ten held-out cells, and their ground truth.
    """

    reference: ad.AnnData
    held_out: ad.AnnData
    ranking: pd.DataFrame
    bulk: ad.AnnData
    estimates: pd.DataFrame
    section: ad.AnnData
    truth: ad.AnnData


def make(data: Path) -> SmallCase:
    """Make the case of the blood set, always the same."""
    reference, held_out = halves(data, BLOOD, 0)
    genes = splits.variable_genes(reference.layers[Layers.COUNTS], GENES)
    reference, held_out = (cut(cells, genes) for cells in (reference, held_out))
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    ranking = markers.rank(reference.X, labels, list(reference.var_names))
    bulk = as_bulk(held_out.layers[Layers.COUNTS].sum(axis=0), held_out)
    estimates = proportions_with_intervals(
        bulk, reference, ranking, source="bulk", markers_per_type=100, method="negative_binomial", mrna_content=None,
        rng=seeds.generator(0, "small case", "proportions"),
    )  # fmt: skip
    made = sections.simulate(held_out, "random", SPOTS, CELLS_PER_SPOT, seeds.generator(0, "small case", "section"))
    return SmallCase(reference, held_out, ranking, bulk, estimates, made.section, made.truth)


def cut(cells: ad.AnnData, genes: np.ndarray) -> ad.AnnData:
    """Return cells with some genes alone, normalised on these."""
    counts = cells.layers[Layers.COUNTS][:, genes]
    return ad.AnnData(
        log_normalize(counts), obs=cells.obs[[Obs.CELL_TYPE]].copy(), var=cells.var.iloc[genes][[]],
        layers={Layers.COUNTS: counts},
    )  # fmt: skip
