"""The file of expression by type and sample."""

import logging
from collections.abc import Iterator, Mapping
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.keys import Obs, Obsm, Uns, Varm
from ..contract.percents import percent
from ..contract.problems import InputError
from ..contract.type_layers import GenesOfTypes, add_to_varm, write_types
from ..contract.whole_files import whole
from .cohort_data import CohortData
from .type_expression import RESOLVABLE, expression_by_type

log = logging.getLogger(__name__)

UNIT = "linear expression per 10 000 of the genes that bulk and reference share, as the bulk measures them"


def write_expression(data: CohortData, columns: Mapping[str, str], path: Path, *, record: str = "{}") -> None:
    """Estimate and write expression by type of some samples.

    Parameters
    ----------
    data
        The cohort; all its samples take part in the estimate.
    columns
        Column of the bulk by the sample's name in the run.
    path
        The h5ad.
    record
        Where the result comes from, as contract/provenance.py writes it.

    Raises
    ------
    InputError
        If the bulk has no such column.
    """
    rows = pd.Index(data.fractions.samples).get_indexer(list(columns.values()))
    if (rows < 0).any():
        column = list(columns.values())[int(np.argmin(rows))]
        raise InputError(f"the estimates of the bulk have no sample {column}, check the bulk column's name")
    types = data.fractions.types
    adata = ad.AnnData(
        sp.csr_matrix(data.bulk[rows]),
        obs=pd.DataFrame({Obs.BULK_COLUMN: list(columns.values())}, index=list(columns)),
        var=pd.DataFrame(index=data.genes),
        uns={
            Uns.CELL_TYPES: np.array(types, dtype=object),
            Uns.UNITS: {"layers": UNIT, "X": UNIT},
            Uns.PROVENANCE: record,
        },
        obsm={Obsm.RNA_FRACTION: data.fractions.estimated[rows].astype(np.float32)},
    )
    correlation = np.zeros((len(data.genes), len(types)), dtype=np.float32)
    with whole(path) as partial:
        write_types(adata, _noting(data, rows, correlation), partial)
        resolvable = correlation >= RESOLVABLE
        add_to_varm(partial, {Varm.EXPECTED_PCC: correlation, Varm.RESOLVABLE: resolvable})
    told = (f"{name} {percent(share)}" for name, share in zip(types, resolvable.mean(axis=0), strict=True))
    log.info("genes that the bulk resolves: %s", ", ".join(told))


def _noting(data: CohortData, rows: np.ndarray, correlation: np.ndarray) -> Iterator[GenesOfTypes]:
    """Yield mean and standard deviation of genes; note their expected correlations, genes × types."""
    for block in expression_by_type(data, rows):
        correlation[block.genes] = block.correlation.T
        yield GenesOfTypes(block.genes, block.mean, block.sd)
