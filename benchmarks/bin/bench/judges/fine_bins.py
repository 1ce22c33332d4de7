"""Composition of squares of 8 µm bins: from the fits of the bins, and from one fit of each square's summed counts."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition.markers import select
from bulk2space.composition.profile import ReferenceProfile, reference_profile
from bulk2space.composition.smoothing import smoothed
from bulk2space.composition.spots import noise_in, of_spots
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obsm
from bulk2space.numerics.groups import indicator
from bulk2space.numerics.metrics import pcc, rmse
from bulk2space.numerics.scaling import log_normalize, totals
from bulk2space.numerics.shares import rows_to_one
from scipy.ndimage import gaussian_filter1d

from ..cases.fine_bins import BIN, Binned, squares
from ..cases.pairs import with_markers

SIDES = {"8 µm": 1, "16 µm": 2, "56 µm": 7}  # in bins
SMOOTHING = (0.0, 0.3, 0.6)
POOLED = (0.5, 0.8)  # standard deviation of the weights of neighbouring bins' counts, in bins
COVERED = 0.25  # proportion of a square that cells cover, from which it is judged
MARKERS_PER_TYPE = 100


def compared(section: Binned) -> list[dict]:
    """Return one row per size of squares and way to estimate their composition."""
    genes = list(section.reference.var_names)
    profile = reference_profile(
        section.reference, select(with_markers(section.reference).ranking, genes, per_type=MARKERS_PER_TYPE)
    )
    fitted = _Fits(section, profile)
    alone = fitted.of_counts(section.counts)
    centres, filled = np.column_stack(np.divmod(np.arange(len(alone)), section.shape[1])) * BIN, alone.sum(axis=1) > 0
    bins = {f"bins, smoothing {weight:g}": smoothed(alone, centres, filled, weight) for weight in SMOOTHING}
    bins |= {f"bins, counts pooled ({width:g} bins)": fitted.of_counts(_pooled(section, width)) for width in POOLED}
    rows = []
    for name, side in SIDES.items():
        into = indicator(squares(section.shape, side), squares(section.shape, side).max() + 1)
        true = into @ section.area
        judged = true.sum(axis=1) >= COVERED * side**2
        ways = {way: into @ (found * _cells(section, found, profile)) for way, found in bins.items()}
        if side > 1:
            ways = {"summed counts": fitted.of_counts(sp.csr_matrix(into @ section.counts))} | ways
        for way, found in ways.items():
            x, y = (rows_to_one(values[judged]) for values in (found, true))
            about = {"squares": name, "way": way, "number": len(x)}
            rows.append(about | {"PCC": pcc(x.ravel(), y.ravel()), "RMSE": rmse(x, y)})
    return rows


class _Fits:
    """Fits of counts of the section, with cells by counts."""

    def __init__(self, section: Binned, profile: ReferenceProfile):
        self.profile, self.noise = profile, noise_in(section.reference, profile)
        self.per_cell = section.counts.sum() / section.area.sum()
        self.genes = section.reference.var_names

    def of_counts(self, counts: sp.csr_matrix) -> np.ndarray:
        """Return the proportions of cells, rows of the counts × types; zeros without counts."""
        spots = ad.AnnData(
            log_normalize(counts), obs=pd.DataFrame(index=[str(n) for n in range(counts.shape[0])]),
            var=pd.DataFrame(index=self.genes), layers={Layers.COUNTS: sp.csr_matrix(counts, dtype=np.float32)},
            obsm={Obsm.SPATIAL: np.zeros((counts.shape[0], 2))},
        )  # fmt: skip
        found = totals(counts)
        cells = np.where(found > 0, np.maximum(np.rint(found / self.per_cell), 1), 0)
        rng = seeds.generator(0, "fine bins")
        return of_spots(spots, self.noise, self.profile, cells, method="negative_binomial", rng=rng).proportion


def _cells(section: Binned, proportion: np.ndarray, profile: ReferenceProfile) -> np.ndarray:
    """Return the weight of each bin in its square, bins × 1: the root of its cells, between cells and equal weights."""
    content = proportion @ profile.mrna_content
    return np.sqrt(np.divide(totals(section.counts), content, out=np.zeros_like(content), where=content > 0))[:, None]


def _pooled(section: Binned, width: float) -> sp.csr_matrix:
    """Return the counts of each bin and its neighbours, weighted by a Gaussian whose largest weight is 1."""
    kernel = []
    for length in section.shape:
        one = gaussian_filter1d(np.eye(length), width, axis=0, mode="constant", truncate=3)
        kernel.append(sp.csr_matrix(np.where(one > 0.01 * one.max(), one / one.max(), 0)))
    return sp.csr_matrix(sp.kron(*kernel) @ section.counts)
