"""The door for bulk expression."""

import logging
from collections.abc import Collection
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp

from ..contract import remarks
from ..contract.problems import InputError, few
from ..numerics.scaling import totals
from .no_expression.annotation import of_one_kind
from .no_expression.not_expression import without_strangers
from .upright import read_upright
from .values import Naming, linear

log = logging.getLogger(__name__)


def bulk(
    matrix: Path,
    *,
    columns: Collection[str] | None = None,
    naming: Naming | None = None,
    units: str | None = None,
    lengths: Path | None = None,
) -> ad.AnnData:
    """Return bulk samples × genes, linear: counts as they came in, or TPM where gene lengths are given.

    Parameters
    ----------
    matrix
        The file or folder.
    columns
        Names of columns that are known to be samples; None: all are meant. The unit is recognised on these. The others
        stay, if they can be samples, because all samples of a file tell of the laboratory.
    naming
        How genes are named.
    units
        Unit of the values as the user states it; None: recognised.
    lengths
        Table of gene lengths in bases.

    Raises
    ------
    InputError
        For unreadable files, bad values, and samples without any expression.
    """
    naming = naming or Naming()
    raw, _none = read_upright(matrix, "bulk sample", genes=naming.known, known=columns or ())
    raw = without_strangers(raw, matrix.name, known=columns or ())
    raw = of_one_kind(raw, matrix.name, known=columns or ())
    is_known = np.asarray(raw.obs_names.isin(columns or ()))
    judges = is_known if is_known.any() else None
    samples, _are_counts = linear(raw, matrix, naming, units, kind="bulk", lengths=lengths, judges=judges)
    empty = totals(samples.X) == 0
    if empty.any():
        raise InputError(
            f"{matrix.name}: bulk sample '{samples.obs_names[empty][0]}' has no expression at all; "
            f"correct it or remove it"
        )
    _warn_of_copies(samples[judges] if judges is not None else samples, matrix.name)
    return samples


def _warn_of_copies(samples: ad.AnnData, source: str) -> None:
    """Warn of samples that hold the same values under different names."""
    values = sp.csr_matrix(samples.X, copy=True)
    values.sort_indices()
    values.eliminate_zeros()
    same: dict[tuple[bytes, bytes], list[str]] = {}
    for number, name in enumerate(samples.obs_names):
        row = values[number]
        same.setdefault((row.indices.tobytes(), row.data.tobytes()), []).append(str(name))
    copied = [names for names in same.values() if len(names) > 1]
    if copied:
        groups = f" ({len(copied)} such groups)" if len(copied) > 1 else ""
        sentence = (
            f"{source}: {few(copied[0])} hold the same values{groups}: tests would count one sample several times; "
            "leave out all but one of them"
        )
        remarks.warn(log, "same_samples", sentence, samples=copied)
