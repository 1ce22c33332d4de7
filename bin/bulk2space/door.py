"""From a user's file to one of the pipeline's own: read, checked, brought to counts or linear values, normalised.

What was left out or changed on the way stands in ``uns["notes"]``, one sentence each; the units that came in and what
was done in ``uns["units"]``.
"""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

from . import io
from .expression import log_normalize
from .genes import sum_duplicates
from .problems import InputError
from .units import check_values, to_linear


def bulk(matrix: Path) -> ad.AnnData:
    """Return bulk samples × genes, linear as they came in.

    Raises
    ------
    InputError
        For unreadable files, bad values, and samples without any expression.
    """
    adata, notes = _linear(io.read_bulk(matrix), matrix)
    if adata.uns["units"]["input"] == "log1p":
        notes.append(
            f"{matrix.name}: values are taken for natural log1p and brought back; log2 values would come out wrong"
        )
    empty = _totals(adata) == 0
    if empty.any():
        raise InputError(
            f"{matrix.name}: bulk sample '{adata.obs_names[empty][0]}' has no expression at all; "
            f"correct it or leave it out"
        )
    del adata.uns["is_counts"]
    return _noted(adata, notes)


def reference(matrix: Path, meta: Path | None, *, celltype_key: str) -> ad.AnnData:
    """Return annotated cells × genes: ``X`` log1p of counts per 10 000, ``layers["counts"]`` where counts are known.

    Cells without a label or without any expression are left out and counted in the notes.

    Raises
    ------
    InputError
        For unreadable files, bad values, labels that are missing or belong to other cells.
    """
    raw = io.read_reference(matrix, meta, celltype_key=celltype_key)
    adata, notes = _linear(raw, matrix)
    unlabelled = adata.obs["cell_type"].isna().to_numpy()
    empty = (_totals(adata) == 0) & ~unlabelled
    for left_out, why in ((unlabelled, "without a cell type"), (empty, "without any expression")):
        if left_out.any():
            notes.append(f"{matrix.name}: {left_out.sum()} of {adata.n_obs} cells {why} are left out")
    adata = adata[~unlabelled & ~empty].copy()
    if adata.n_obs == 0:
        raise InputError(f"{matrix.name}: no cell with a cell type and with expression is left; check the labels")
    adata.obs["cell_type"] = pd.Categorical(adata.obs["cell_type"].astype(str))
    return _noted(_log_normalized(adata), notes)


def section(matrix: Path, meta: Path | None, *, platform: str, celltype_key: str = "cell_type") -> ad.AnnData:
    """Return spots or imaged cells × genes with ``obsm["spatial"]``, normalised like a reference.

    Spots without any expression stay. Labels of imaged cells (``celltype_key``) become ``obs["cell_type"]``.

    Raises
    ------
    InputError
        For unreadable files, bad values, and missing coordinates.
    """
    adata, notes = _linear(io.read_section(matrix, meta, platform=platform), matrix)
    thing = "spots" if platform == "spot" else "cells"
    empty = int((_totals(adata) == 0).sum())
    if empty == adata.n_obs:
        raise InputError(f"{matrix.name}: all {empty} {thing} are without expression; check the file")
    if empty:
        notes.append(f"{matrix.name}: {empty} of {adata.n_obs} {thing} hold no counts; they stay empty")
    if platform == "image" and celltype_key in adata.obs:
        labels = adata.obs[celltype_key].astype(object)
        adata.obs["cell_type"] = pd.Categorical(labels.where(labels.isna(), labels.astype(str)))
    adata.uns["platform"] = platform
    adata.uns.setdefault("coordinate_unit", "")
    return _noted(_log_normalized(adata), notes)


def _linear(raw: ad.AnnData, path: Path) -> tuple[ad.AnnData, list[str]]:
    """Check the values and bring them to a linear scale, one column a gene."""
    check_values(raw.X, raw.obs_names.to_numpy(), raw.var_names.to_numpy(), path.name)
    matrix, is_counts, units = to_linear(raw.X)
    matrix, names, merged = sum_duplicates(matrix, raw.var_names.to_numpy())
    notes = list(raw.uns.pop("notes", []))
    if merged:
        notes.append(f"{path.name}: {merged} columns of genes that stand more than once are summed")
    uns = {**raw.uns, "units": units, "is_counts": is_counts}
    return ad.AnnData(matrix, obs=raw.obs, var=pd.DataFrame(index=names), obsm=dict(raw.obsm), uns=uns), notes


def _log_normalized(adata: ad.AnnData) -> ad.AnnData:
    if adata.uns.pop("is_counts"):
        adata.layers["counts"] = adata.X
    adata.X = log_normalize(adata.X)
    return adata


def _totals(adata: ad.AnnData) -> np.ndarray:
    return np.asarray(adata.X.sum(axis=1)).ravel()


def _noted(adata: ad.AnnData, notes: list[str]) -> ad.AnnData:
    adata.uns["notes"] = np.array(notes, dtype=object)
    return adata
