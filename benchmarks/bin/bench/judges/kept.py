"""New cells by the share that they keep of their sources: near the reference, told from real cells, or like neither.

Also how probable held-out cells are if each is taken for a new cell of some source: this asks what a source says of
other cells.
"""

from collections.abc import Iterator

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator.generate import CellGenerator
from scipy.special import logsumexp
from scipy.stats import nbinom

from .likeness import ENOUGH, choose_genes, discernibility, distance_to, distinct_sources, values_on

FEWEST = 15  # cells of a type on each side
SOURCES, CELLS = 60, 20  # of a type, at most, for the probability of held-out cells
LEAST_MEAN = 1e-9  # of a count


class Judge:
    """What compares generated with held-out cells of one reference; what does not depend on the share is made once."""

    def __init__(self, reference: ad.AnnData, held_out: ad.AnnData, seed: int):
        self.chosen, self.genes, self.seed = choose_genes(reference)[0], reference.var_names, seed
        self.real = values_on(held_out, self.genes)
        known = values_on(reference, self.genes)
        self.nearest = distance_to(known[0][:, self.chosen].toarray())
        held = pd.Series(self.real[1]).value_counts()
        enough = held[held >= ENOUGH].index
        self.types = [name for name in enough.sort_values() if (known[1] == name).sum() >= FEWEST]

    def likeness(self, generated: ad.AnnData) -> dict[str, float]:
        """Return AUC and distance as judges/likeness.py defines them, means over the types."""
        found = [
            (discernibility(made, real, seed=self.seed, repeats=1), self.nearest(made) / self.nearest(real))
            for made, real in self._pairs(generated)
        ]
        auc, distance = np.mean(found, axis=0)
        return {"AUC": float(auc), "distance": float(distance)}

    def agreement(self, generated: ad.AnnData) -> dict[str, float]:
        """Return Pearson correlations of the genes' means and standard deviations, means over the types."""
        pairs = list(self._pairs(generated))
        of_means = [np.corrcoef(made.mean(axis=0), real.mean(axis=0))[0, 1] for made, real in pairs]
        of_spread = [np.corrcoef(made.std(axis=0), real.std(axis=0))[0, 1] for made, real in pairs]
        return {"PCC": float(np.mean(of_means)), "spread": float(np.mean(of_spread))}

    def _pairs(self, generated: ad.AnnData) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield equal numbers of generated and held-out cells of each type, cells × chosen genes, always the same."""
        made, rng = values_on(generated, self.genes), np.random.default_rng(self.seed)
        for name in self.types:
            own = distinct_sources(generated, np.flatnonzero(made[1] == name), rng)
            held = rng.permutation(np.flatnonzero(self.real[1] == name))
            n = min(len(own), len(held))
            yield tuple(
                values[rows[:n]][:, self.chosen].toarray() for values, rows in ((made[0], own), (self.real[0], held))
            )

    def log_probability(self, generator: CellGenerator, held_out: ad.AnnData) -> float:
        """Return the mean log probability of held-out cells of these types, by the shares that the generator keeps."""
        counts = sp.csr_matrix(held_out[:, generator.trained.genes].layers[Layers.COUNTS])
        labels, found = held_out.obs[Obs.CELL_TYPE].to_numpy(dtype=str), []
        for name in self.types:
            rows = np.flatnonzero(labels == name)[:CELLS]
            found.append(_log_probability(generator, generator.trained.types.index(name), counts[rows].toarray()))
        return float(np.mean(found))


@torch.no_grad()
def _log_probability(generator: CellGenerator, of_type: int, counts: np.ndarray) -> float:
    """Return the mean log probability of cells of one type, cells × genes: new cells of any of its sources alike.

    A new count is taken for negative binomial with its mean and its variance.
    """
    model, kept = generator.trained.model, generator.kept[of_type].numpy()  # (genes,)
    own = (generator.cells.type == of_type) & torch.as_tensor(generator.usable)
    batch = generator.cells.batch(torch.nonzero(own).ravel()[:SOURCES])
    share = model.decode(model.encode(batch)[0], batch).exp().numpy()  # sources × genes
    size = model.likelihood.dispersion(batch.type[:1])[0].exp().numpy()  # (genes,)
    sources = (batch.dense() / batch.total()[:, None]).numpy()  # sources × genes
    found = []
    for cell in counts:
        total = cell.sum()
        expected, seen = np.maximum(share * total, LEAST_MEAN), sources * total
        mean = kept * seen + (1 - kept) * expected
        variance = (1 - kept) * (expected + expected**2 / size) + kept * (1 - kept) * seen * (size + seen) / (1 + size)
        mean = np.maximum(mean, LEAST_MEAN)
        shape = mean**2 / np.maximum(variance - mean, 1e-3 * mean)
        each = nbinom.logpmf(cell, shape, shape / (shape + mean)).sum(axis=1)  # (sources,)
        found.append(logsumexp(each) - np.log(len(each)))
    return float(np.mean(found))
