"""Compare shares that a new cell keeps of its source: AUC and distance of new cells, probability of held-out cells.

The references are halves of tuning sets, whole in their genes that vary most, and small ones of few cells of each type.
Each network is trained once. Keeps kept.csv and writes docs/benchmarks/kept.md.
"""

from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator import kept
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator
from bulk2space.numerics.scaling import log_normalize

from ..cases import data_sets, splits
from ..judges.kept import Judge
from ..page import kept as page
from .common import as_they_come, options, publish

SETS = {"pbmc3k": "sc_pbmc3k_10x", "celllines": "sc_celllines_celseq2_5cl", "mob": "sc_mob_tepe"}
SHARES = (0.0, 0.2, 0.35, kept.KEPT_OF_SOURCE, 0.6)
CELLS, GENES = 2000, 1500  # of a set, at most
FEW = 20  # cells of each type in a small reference
SEED = 42


def main() -> None:
    """Read the options; print, keep and publish the table."""
    args = options(__doc__).parse_args()
    path = args.results / "kept.csv"
    as_they_come(rows(args.data), path)
    publish(args.docs, "kept", page.text(pd.read_csv(path)))


def rows(data: Path) -> Iterator[dict]:
    """Yield one row per reference and share."""
    for name, file in SETS.items():
        for most in (None, FEW):
            reference, held_out = halves(ad.read_h5ad(data_sets.path(data, file)), most)
            trained, _ = fit_reference(reference, COUNTS, seed=SEED, device=torch.device("cpu"))
            generator = CellGenerator(trained, reference, list(reference.var_names))
            yield from compared(name, generator, reference, held_out)


def halves(cells: ad.AnnData, most: int | None) -> tuple[ad.AnnData, ad.AnnData]:
    """Return a reference, of so many cells of each type at most, and held-out cells of the same types."""
    labels, values = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str), sp.csr_matrix(cells.X, dtype=np.float32)
    known, held = splits.halves(cells.n_obs, most=CELLS)
    if most is not None:
        known = np.concatenate([known[labels[known] == name][:most] for name in np.unique(labels[known])])
    held = held[np.isin(labels[held], labels[known])]
    genes = splits.variable_genes(values[known], GENES)
    found = []
    for own in (known, held):
        counts = values[own][:, genes]
        obs = pd.DataFrame({Obs.CELL_TYPE: pd.Categorical(labels[own])}, index=cells.obs_names[own])
        var = pd.DataFrame(index=cells.var_names[genes])
        found.append(ad.AnnData(log_normalize(counts), obs=obs, var=var, layers={Layers.COUNTS: counts}))
    return found[0], found[1]


def compared(name: str, generator: CellGenerator, reference: ad.AnnData, held_out: ad.AnnData) -> Iterator[dict]:
    """Yield the rows of one reference: as many new cells of each type as there are sources, by every share."""
    judge = Judge(reference, held_out, SEED)
    numbers = reference.obs[Obs.CELL_TYPE].value_counts().to_dict()
    nothing, of_real = None, judge.likeness(reference)["AUC"]
    for share in SHARES:
        generator.kept = kept.of_types(generator.trained.model.likelihood, generator.cells, share)
        generated = generator.generate(numbers, rng=np.random.default_rng(SEED))
        probability = judge.log_probability(generator, held_out)
        nothing = probability if nothing is None else nothing
        yield {
            "set": name, "reference": reference.n_obs, "types": len(judge.types), "kept": share,
            **judge.likeness(generated), "AUC of real cells": of_real, "log probability": probability - nothing,
        }  # fmt: skip


if __name__ == "__main__":
    main()
