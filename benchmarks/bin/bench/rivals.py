"""Cells of each type by the methods that Bulk2Space is held against: networks of the paper, and plain resampling.

Each rival is a class with ``fit(reference, seconds, seed)`` and ``cells(wanted, rng)``: swapped by name.
"""

import time

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.expression import has_counts
from bulk2space.generator.generate import draw_sources

from . import gan


class Resampled:
    """Whole cells of the reference, drawn so that none repeats before all of its type have been used."""

    epochs, cut = 0, False

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "Resampled":
        """Keep the reference."""
        self.reference_ = reference
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return as many cells of each type as are wanted."""
        labels = self.reference_.obs["cell_type"].to_numpy(dtype=str)
        alike = np.ones(len(labels))
        rows = [draw_sources(np.flatnonzero(labels == kind), n, alike, rng, kind) for kind, n in wanted.items() if n]
        drawn = np.concatenate(rows)
        cells = _table(self.reference_.X[drawn], labels[drawn], self.reference_.var_names)
        cells.obs["source_cell"] = self.reference_.obs_names.to_numpy(dtype=str)[drawn]
        if has_counts(self.reference_):
            cells.layers["counts"] = self.reference_.layers["counts"][drawn]
        return cells


class ConditionalGan:
    """One network for all types, told the type."""

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "ConditionalGan":
        """Train on the reference's log values."""
        self.genes_ = reference.var_names
        self.types_, codes = np.unique(reference.obs["cell_type"].to_numpy(dtype=str), return_inverse=True)
        values = torch.as_tensor(reference.X.toarray())
        self.trained_ = gan.train(values, torch.as_tensor(codes), seed=seed, seconds=seconds)
        self.epochs, self.cut = self.trained_.epochs, self.trained_.cut
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return as many cells of each type as are wanted."""
        numbers = [wanted.get(kind, 0) for kind in self.types_]
        values = gan.sample(self.trained_, np.repeat(np.arange(len(self.types_)), numbers), rng)
        return _table(values, np.repeat(self.types_, numbers), self.genes_)


class Gan:
    """One network a type, since an unconditional one does not know types; they share the time."""

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "Gan":
        """Train one network after another; what one leaves of its time the next ones have."""
        self.genes_ = reference.var_names
        labels = reference.obs["cell_type"].to_numpy(dtype=str)
        types, end = np.unique(labels), time.monotonic() + seconds
        self.trained_ = {}
        for place, kind in enumerate(types):
            values = torch.as_tensor(reference.X[np.flatnonzero(labels == kind)].toarray())
            share = (end - time.monotonic()) / (len(types) - place)
            none = torch.zeros(len(values), dtype=torch.int64)
            self.trained_[kind] = gan.train(values, none, seed=seed + place, seconds=share)
        self.epochs = min(trained.epochs for trained in self.trained_.values())
        self.cut = any(trained.cut for trained in self.trained_.values())
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return as many cells of each type as are wanted."""
        made = [gan.sample(self.trained_[kind], np.zeros(n, dtype=int), rng) for kind, n in wanted.items() if n]
        labels = np.repeat(list(wanted), list(wanted.values()))
        return _table(np.vstack(made), labels, self.genes_)


RIVALS = {"resample": Resampled, "gan": Gan, "cgan": ConditionalGan}


def _table(values: np.ndarray | sp.csr_matrix, labels: np.ndarray, genes: pd.Index) -> ad.AnnData:
    obs = pd.DataFrame({"cell_type": labels}, index=[str(number) for number in range(1, len(labels) + 1)])
    return ad.AnnData(sp.csr_matrix(values), obs=obs, var=pd.DataFrame(index=genes))
