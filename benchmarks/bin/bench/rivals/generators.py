"""Rivals for step 1: the paper's adversarial networks, resampling of the reference, and profiles by bMIND's model.

Each rival is a class with ``fit(reference, mixed, seconds, seed)`` and ``cells(sample, wanted, rng)``.
"""

import time
from typing import Any, NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.expression import has_counts, linear
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator.generate import draw_sources
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.scaling import normalize_total

from ..cases.profiles_only import PROFILES_ONLY
from . import bmind_own, gan


class Mixed(NamedTuple):
    """The bulk of a case, for rivals that learn from it.

    Attributes
    ----------
    bulk
        bulk.h5ad, samples × genes.
    estimates
        estimates.csv of the pipeline, one row per sample and type.
    """

    bulk: ad.AnnData
    estimates: pd.DataFrame


class Resampled:
    """Cells of the reference drawn again; a cell repeats only after all cells of its type have been drawn."""

    epochs, cut = 0, False

    def fit(self, reference: ad.AnnData, mixed: Mixed, *, seconds: float, seed: int) -> "Resampled":
        """Keep the reference."""
        self.reference_ = reference
        return self

    def cells(self, sample: str, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
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

    def fit(self, reference: ad.AnnData, mixed: Mixed, *, seconds: float, seed: int) -> "ConditionalGan":
        """Train on the reference's log values."""
        self.genes_ = reference.var_names
        self.types_, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
        values = torch.as_tensor(reference.X.toarray())
        self.trained_ = gan.train(values, torch.as_tensor(codes), seed=seed, seconds=seconds)
        self.epochs, self.cut = self.trained_.epochs, self.trained_.cut
        return self

    def cells(self, sample: str, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the wanted number of cells of each type."""
        numbers = [wanted.get(kind, 0) for kind in self.types_]
        values = gan.sample(self.trained_, np.repeat(np.arange(len(self.types_)), numbers), rng)
        return _table(values, np.repeat(self.types_, numbers), self.genes_)


class Gan:
    """One adversarial network per type, because an unconditional one does not know types. They share the time."""

    def fit(self, reference: ad.AnnData, mixed: Mixed, *, seconds: float, seed: int) -> "Gan":
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

    def cells(self, sample: str, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the wanted number of cells of each type."""
        made = [gan.sample(self.trained_[kind], np.zeros(n, dtype=int), rng) for kind, n in wanted.items() if n]
        labels = np.repeat(list(wanted), list(wanted.values()))
        return _table(np.vstack(made), labels, self.genes_)


class Bmind:
    """The profile of each type in each sample by bMIND's model in own code, as cells that all equal it.

    It makes no cells: only their mean can be judged. As in the paper, the proportions are those of the pipeline.
    """

    epochs, cut = 0, False

    def fit(self, reference: ad.AnnData, mixed: Mixed, *, seconds: float, seed: int) -> "Bmind":
        """Estimate the profiles of all samples at once."""
        self.genes_ = reference.var_names
        types, means = type_means(linear(reference), reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
        fraction = mixed.estimates.pivot(index="sample", columns="cell_type", values="rna_fraction")[types]
        bulk = mixed.bulk[fraction.index, self.genes_]
        logs = bmind_own.expression(normalize_total(bulk.X).toarray(), fraction.to_numpy(), means)
        per_10_000 = (2.0**logs - 1) / bmind_own.PER_MILLION
        self.logs_ = {
            (name, sample): np.log1p(np.maximum(values, 0))
            for name, of_type in zip(types, per_10_000, strict=True)
            for sample, values in zip(fraction.index, of_type, strict=True)
        }
        return self

    def cells(self, sample: str, wanted: dict[str, int], rng: np.random.Generator) -> ad.AnnData:
        """Return the profile of each wanted type in a sample, as often as cells of it are wanted."""
        values = np.vstack([np.tile(self.logs_[kind, sample], (n, 1)) for kind, n in wanted.items() if n])
        cells = _table(values, np.repeat(list(wanted), list(wanted.values())), self.genes_)
        cells.uns[PROFILES_ONLY] = True
        return cells


RIVALS: dict[str, type[Any]] = {"resample": Resampled, "gan": Gan, "cgan": ConditionalGan, "bmind": Bmind}


def _table(values: np.ndarray | sp.csr_matrix, labels: np.ndarray, genes: pd.Index) -> ad.AnnData:
    obs = pd.DataFrame({Obs.CELL_TYPE: labels}, index=[str(number) for number in range(1, len(labels) + 1)])
    return ad.AnnData(sp.csr_matrix(values), obs=obs, var=pd.DataFrame(index=genes))
