"""Counts of the reads of one sample in tables without a header, as HTSeq and STAR write them."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError
from ...contract.table_header import NUMBER
from ...contract.table_lines import Opened
from ...contract.whole_lines import parsed
from ..no_expression.not_genes import COUNTERS
from .quantifiers import ENDINGS

log = logging.getLogger(__name__)

COLUMNS_OF_STAR = ["unstranded", "forward strand", "reverse strand"]
PROPORTION_OF_A_STRANDED_LIBRARY = 0.8
"""Of the reads on either strand, at least so many lie on one strand: then the library is stranded, by the same limit as
in nf-core/rnaseq."""


def read(table: Opened, path: Path) -> ad.AnnData:
    """Read one sample's counts: 1 × genes; the sample is named after the file.

    Raises
    ------
    InputError
        If the table is of neither program: then its header is missing.
    """
    rows = parsed(list(table.rows), table.mark, path, dtype=str, na_filter=False)
    kinds = [column for column in rows if column and rows[column].str.fullmatch(NUMBER).all()]
    counted = rows[0].str.fullmatch(COUNTERS)
    if not counted.any() or rows.shape[1] not in (2, 4) or kinds != list(rows)[1:]:
        raise InputError(
            f"{path.name}: has no header, its first line holds numbers ({', '.join(map(str, rows.iloc[0, :3]))}"
            f"{' …' if rows.shape[1] > 3 else ''}); add a line with the names of the columns"
        )
    values = rows.drop(columns=0).to_numpy(dtype=np.float32)
    column = _strand(values[~counted.to_numpy()]) if rows.shape[1] == len(COLUMNS_OF_STAR) + 1 else 0
    what = f"STAR, its column of the {COLUMNS_OF_STAR[column]} counts" if values.shape[1] > 1 else "HTSeq"
    remarks.note(log, "quantified_sample", f"{path.name}: is read as one sample of {what}", column=column + 1)
    return ad.AnnData(
        sp.csr_matrix(values[:, column][None, :]),
        obs=pd.DataFrame(index=[ENDINGS.sub("", path.name)]),
        var=pd.DataFrame(index=rows[0].str.strip().to_numpy()),
        uns={Uns.MATRIX: what},
    )


def _strand(values: np.ndarray) -> int:
    """Return the column of STAR's counts that fits the library: that of one strand where it has most of the reads."""
    forward, reverse = values[:, 1].sum(), values[:, 2].sum()
    share = forward / max(forward + reverse, 1)
    return 1 if share >= PROPORTION_OF_A_STRANDED_LIBRARY else 2 if share <= 1 - PROPORTION_OF_A_STRANDED_LIBRARY else 0
