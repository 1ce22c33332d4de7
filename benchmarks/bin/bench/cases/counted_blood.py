"""Real blood whose cells were counted by flow cytometry (FACS), with references whose types are merged to five."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import pandas as pd
from bulk2space.contract.keys import Obs
from bulk2space.inputs import door

from . import blood_types
from .data_sets import path

BULK = "bulk_pbmc_finotello_facs"
REFERENCES = ("sc_pbmc_hao_small", "sc_pbmc3k_10x")
BROAD = blood_types.BROAD
LEFT_OUT = {"ILC", "pDC", "Plasma cells"}
"""Types that keep their names, since the counts have no group for them."""


class CountedBlood(NamedTuple):
    """A reference of merged types, the bulk, and the counted proportions, samples × types; rows sum to 1."""

    name: str
    reference: ad.AnnData
    bulk: ad.AnnData
    truth: pd.DataFrame


def all_of(data: Path) -> Iterator[CountedBlood]:
    """Yield the bulk with each reference; types that were not counted keep their names."""
    bulk = door.bulk(path(data, BULK))
    counted = ad.read_h5ad(path(data, BULK)).obs.filter(like="frac_").astype(float)
    truth = counted.rename(columns=lambda column: BROAD.get(column.removeprefix("frac_"))).T
    truth = truth[truth.index.notna()].groupby(level=0).sum().T
    for source in REFERENCES:
        reference = door.reference(path(data, source), None)
        groups = {one: BROAD[group] for one, group in blood_types.GROUPS[source].items() if one not in LEFT_OUT}
        labels = reference.obs[Obs.CELL_TYPE].astype(str)
        reference.obs[Obs.CELL_TYPE] = labels.map(lambda one, groups=groups: groups.get(one, one)).astype("category")
        yield CountedBlood(source, reference, bulk, truth.div(truth.sum(axis=1), axis=0))
