"""How far calibration moves the proportions of hidden kinds towards those of the bulk."""

import numpy as np
from bulk2space.generator.calibrate import Calibration

from ..cases.hidden_kinds import BULKS, HIDDEN


def row(name: str, spread: float, samples: int, found: Calibration, kinds: np.ndarray) -> dict:
    """Return one row: the error of the kinds' proportions within their type, before and after calibration.

    Parameters
    ----------
    name
        Name of the bulk.
    spread
        Standard deviation of the log factors of genes.
    samples
        Samples in the bulk's file.
    found
        Result of calibration.
    kinds
        Kind of each reference cell, (cells,).
    """
    bulk = BULKS[name]
    before, after, true = [], [], []
    for kind, hidden in HIDDEN.items():
        own = np.isin(kinds, [other for other, same in HIDDEN.items() if same == hidden])
        before.append((kinds[own] == kind).mean())
        after.append(found.weights[own & (kinds == kind)].sum() / found.weights[own].sum())
        true.append(bulk[kind] / sum(n for other, n in bulk.items() if HIDDEN[other] == hidden))
    errors = [float(np.abs(np.array(proportions) - true).mean()) for proportions in (before, after)]
    return {
        "bulk": name,
        "samples in the file": samples,
        "sd of log gene factors": spread,
        "calibrated": "yes" if found.used else "no",
        "error on held-out genes": found.error,
        "error of the kinds, uncalibrated": errors[0],
        "error of the kinds, calibrated": errors[1],
        "smallest effective proportion of cells": float(found.effective.min()),
    }
