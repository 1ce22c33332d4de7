"""Rivals that generate cells of each type: the paper's adversarial networks, and resampling of the reference.

Each rival is a class with ``fit(reference, seconds, seed)`` and ``cells(wanted, rng)``.
"""

import time

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.expression import has_counts
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator.generate import draw_sources

from . import gan


class Resampled:
    """Cells of the reference drawn again; a cell repeats only after all cells of its type have been drawn."""

    epochs, cut = 0, False

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "Resampled":
        """Keep the reference."""
        self.reference_ = reference
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the wanted number of cells of each type."""
        labels = self.reference_.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        alike = np.ones(len(labels))
        rows = [draw_sources(np.flatnonzero(labels == kind), n, alike, rng, kind) for kind, n in wanted.items() if n]
        drawn = np.concatenate(rows)
        cells = _table(self.reference_.X[drawn], labels[drawn], self.reference_.var_names)
        cells.obs[Obs.SOURCE_CELL] = self.reference_.obs_names.to_numpy(dtype=str)[drawn]
        if has_counts(self.reference_):
            cells.layers[Layers.COUNTS] = self.reference_.layers[Layers.COUNTS][drawn]
        return cells


class ConditionalGan:
    """One adversarial network for all types, with the type as an input."""

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "ConditionalGan":
        """Train on the reference's log values."""
        self.genes_ = reference.var_names
        self.types_, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
        values = torch.as_tensor(reference.X.toarray())
        self.trained_ = gan.train(values, torch.as_tensor(codes), seed=seed, seconds=seconds)
        self.epochs, self.cut = self.trained_.epochs, self.trained_.cut
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the wanted number of cells of each type."""
        numbers = [wanted.get(kind, 0) for kind in self.types_]
        values = gan.sample(self.trained_, np.repeat(np.arange(len(self.types_)), numbers), rng)
        return _table(values, np.repeat(self.types_, numbers), self.genes_)


class Gan:
    """One adversarial network per type, because an unconditional one does not know types. They share the time."""

    def fit(self, reference: ad.AnnData, *, seconds: float, seed: int) -> "Gan":
        """Train one network after another; the time that one does not use goes to the next ones."""
        self.genes_ = reference.var_names
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        types, end = np.unique(labels), time.monotonic() + seconds
        self.trained_ = {}
        for place, kind in enumerate(types):
            values = torch.as_tensor(reference.X[np.flatnonzero(labels == kind)].toarray())
            limit = (end - time.monotonic()) / (len(types) - place)
            none = torch.zeros(len(values), dtype=torch.int64)
            self.trained_[kind] = gan.train(values, none, seed=seed + place, seconds=limit)
        self.epochs = min(trained.epochs for trained in self.trained_.values())
        self.cut = any(trained.cut for trained in self.trained_.values())
        return self

    def cells(self, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the wanted number of cells of each type."""
        made = [gan.sample(self.trained_[kind], np.zeros(n, dtype=int), rng) for kind, n in wanted.items() if n]
        labels = np.repeat(list(wanted), list(wanted.values()))
        return _table(np.vstack(made), labels, self.genes_)


RIVALS = {"resample": Resampled, "gan": Gan, "cgan": ConditionalGan}


def _table(values: np.ndarray | sp.csr_matrix, labels: np.ndarray, genes: pd.Index) -> ad.AnnData:
    obs = pd.DataFrame({Obs.CELL_TYPE: labels}, index=[str(number) for number in range(1, len(labels) + 1)])
    return ad.AnnData(sp.csr_matrix(values), obs=obs, var=pd.DataFrame(index=genes))
