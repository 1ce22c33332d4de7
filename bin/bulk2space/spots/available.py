"""Proportions of each spot that the generated cells can fill."""

import logging

import numpy as np

from ..contract import remarks

log = logging.getLogger(__name__)


def available_proportions(
    fitted: np.ndarray, types: list[str], codes: np.ndarray, filled: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn fitted proportions into proportions of the types that have generated cells.

    Parameters
    ----------
    fitted
        Fitted proportions, spots × types.
    types
        Names of the types.
    codes
        Type of each generated cell, (cells,).
    filled
        Whether a spot has counts, (spots,).

    Returns
    -------
    Proportions, spots × types. A type without a generated cell has 0, and the other types take its place. A spot with
    counts that has no other type gets the mean of the other spots. Spots without counts are zero.
    Beside them, the part of each spot's fitted composition that cells can take, (spots,): 1 where all its types have
    generated cells, or where nothing was fitted.
    """
    there = np.isin(np.arange(len(types)), codes)
    proportions = np.where(filled[:, None] & there, fitted, 0.0)
    whole, totals = fitted.sum(axis=1), proportions.sum(axis=1, keepdims=True)
    placeable = np.divide(totals[:, 0], whole, out=np.ones(len(whole)), where=filled & (whole > 0))
    unmatched = filled & (totals[:, 0] <= 0)
    proportions = np.divide(proportions, totals, out=np.zeros_like(proportions), where=totals > 0)
    if unmatched.any():
        others = proportions.sum(axis=0)
        if others.sum() == 0:
            others = np.bincount(codes, minlength=len(types)).astype(float)
        proportions[unmatched] = others / others.sum()
    missing = [name for name, present in zip(types, there, strict=True) if not present]
    _report(missing, (1 - placeable).sum() / max(filled.sum(), 1), int(unmatched.sum()))
    return proportions, placeable


def _report(missing: list[str], lost: float, unmatched: int) -> None:
    if lost > 0:
        remarks.warn(
            log, "type_without_generated_cells",
            f"no cell was generated of {', '.join(missing)}: their mean proportion of {lost:.3g} in the spots goes to "
            "the other types",
            types=missing, proportion=float(lost),
        )  # fmt: skip
    if unmatched:
        remarks.warn(
            log, "spots_without_available_type",
            f"{unmatched} spots with counts match no type that has generated cells, or have no count in a marker gene: "
            "they get the mean composition of the other spots",
            spots=unmatched,
        )  # fmt: skip
