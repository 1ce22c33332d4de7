"""Composition of squares of 8 µm bins: from the fits of the bins, and from one fit of each square's summed counts."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition.markers import select
from bulk2space.composition.profile import ReferenceProfile, reference_profile
from bulk2space.composition.smoothing import smoothed
from bulk2space.composition.spots import choice_of, learned, of_spots
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obsm
from bulk2space.numerics.groups import indicator
from bulk2space.numerics.metrics import pcc, rmse
from bulk2space.numerics.scaling import log_normalize, totals
from bulk2space.numerics.shares import rows_to_one

from ..cases.fine_bins import BIN, Binned, squares
from ..cases.pairs import with_markers

SIDES = {"8 µm": 1, "16 µm": 2, "56 µm": 7}  # in bins
SMOOTHING = (0.0, 0.3, 0.6)
COVERED = 0.25  # proportion of a square that cells cover, from which it is judged
MARKERS_PER_TYPE = 100
METHOD = "negative_binomial"
CHOSEN = "bins, by the section's choice"


def compared(section: Binned) -> list[dict]:
    """Return one row per size of squares and way to estimate their composition."""
    genes = list(section.reference.var_names)
    profile = reference_profile(
        section.reference, select(with_markers(section.reference).ranking, genes, per_type=MARKERS_PER_TYPE)
    )
    fitted = _Fits(section, profile)
    centres = np.column_stack(np.divmod(np.arange(len(section.area)), section.shape[1])) * BIN
    alone = fitted.of_counts(section.counts)
    chosen, width = fitted.chosen(centres)
    filled = alone.sum(axis=1) > 0
    bins = {f"bins, smoothing {weight:g}": smoothed(alone, centres, filled, weight) for weight in SMOOTHING}
    bins[CHOSEN] = chosen
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
            about = {"squares": name, "way": way, "number": len(x), "pooling": width if way == CHOSEN else np.nan}
            rows.append(about | {"PCC": pcc(x.ravel(), y.ravel()), "RMSE": rmse(x, y)})
    return rows


class _Fits:
    """Fits of counts of the section, with cells by counts."""

    def __init__(self, section: Binned, profile: ReferenceProfile):
        self.profile, self.noise = learned(section.reference, profile)
        self.counts, self.per_cell = section.counts, section.counts.sum() / section.area.sum()
        self.genes = section.reference.var_names

    def of_counts(self, counts: sp.csr_matrix) -> np.ndarray:
        """Return the proportions of cells, rows of the counts × types; zeros without counts."""
        spots, cells = self._section(counts, np.zeros((counts.shape[0], 2)))
        rng = seeds.generator(0, "fine bins")
        return of_spots(spots, self.noise, self.profile, cells, method=METHOD, rng=rng).proportion

    def chosen(self, centres: np.ndarray) -> tuple[np.ndarray, float]:
        """Return the proportions of the section's bins as the section chooses, and the width by which it pools."""
        spots, cells = self._section(self.counts, centres)
        common = (spots, self.noise, self.profile, cells)
        rng = seeds.generator(0, "fine bins")
        choice = choice_of(*common, method=METHOD, rng=rng, smoothing=None, diameter=BIN)
        fit = of_spots(*common, method=METHOD, rng=rng, ways=choice.ways, pooling=choice.pooling)
        return smoothed(fit.proportion, centres, cells > 0, choice.smoothing), choice.pooling

    def _section(self, counts: sp.csr_matrix, centres: np.ndarray) -> tuple[ad.AnnData, np.ndarray]:
        """Return spots of these counts, and their numbers of cells."""
        spots = ad.AnnData(
            log_normalize(counts), obs=pd.DataFrame(index=[str(n) for n in range(counts.shape[0])]),
            var=pd.DataFrame(index=self.genes), layers={Layers.COUNTS: sp.csr_matrix(counts, dtype=np.float32)},
            obsm={Obsm.SPATIAL: centres},
        )  # fmt: skip
        found = totals(counts)
        return spots, np.where(found > 0, np.maximum(np.rint(found / self.per_cell), 1), 0)


def _cells(section: Binned, proportion: np.ndarray, profile: ReferenceProfile) -> np.ndarray:
    """Return the weight of each bin in its square, bins × 1: the root of its cells, between cells and equal weights."""
    content = proportion @ profile.mrna_content
    return np.sqrt(np.divide(totals(section.counts), content, out=np.zeros_like(content), where=content > 0))[:, None]
