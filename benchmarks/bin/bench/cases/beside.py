"""Sections and bulks of held-out cells: bulks of the section's own composition, and of compositions further and further
away.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers
from bulk2space.numerics.scaling import log_normalize

from . import bulks, sections

SPOTS, CELLS_PER_SPOT, BULK_CELLS = 200, 10, 1000
SPREAD_OF_GENE_FACTORS = 0.4  # standard deviation of the log factor of a gene; bulk and section have their own
APART = (0.0, 0.1, 0.2, 0.3, 0.5)  # proportion of the cells that have another type in the bulk than in the section


class Beside(NamedTuple):
    """A reference, a section and bulks of known distance from it.

    Attributes
    ----------
    reference, section, bulk
        As the pipeline's own files; the bulk has one sample per distance.
    apart
        Proportion of the cells whose type differs between section and bulk, (samples,).
    """

    reference: ad.AnnData
    section: ad.AnnData
    bulk: ad.AnnData
    apart: np.ndarray


def simulate(data: Path, name: str, seed: int) -> Beside:
    """Make a section and bulks of one half of a set; the other half is the reference."""
    reference, held_out = bulks.halves(data, name, seed)
    rng = seeds.generator(seed, "beside", name)
    made = sections.simulate(held_out, "dirichlet", SPOTS, CELLS_PER_SPOT, rng)
    cells = made.truth.obsm[sections.TRUE_CELLS].sum(axis=0).to_numpy(dtype=float)
    own = cells / cells.sum()
    wanted = np.array(list(compositions(own, rng)))
    values, _ = bulks.summed(held_out, np.rint(wanted * BULK_CELLS).astype(int), rng)
    names = pd.DataFrame(index=[f"{apart:g} apart" for apart in APART])
    bulk = ad.AnnData(_measured(values, rng), obs=names, var=held_out.var[[]])
    counts = _measured(made.truth.X, rng)
    section = ad.AnnData(log_normalize(counts), obs=made.section.obs, var=held_out.var[[]], obsm=made.section.obsm)
    section.layers[Layers.COUNTS] = counts
    return Beside(reference, section, bulk, np.abs(wanted - own).sum(axis=1) / 2)


def compositions(own: np.ndarray, rng: np.random.Generator) -> Iterator[np.ndarray]:
    """Yield a composition at each distance from a section's own, all in one direction.

    The direction leads to a composition of Dirichlet(1) that is further away than the last distance.
    """
    other = rng.dirichlet(np.ones(len(own)))
    while np.abs(other - own).sum() / 2 < max(APART):
        other = rng.dirichlet(np.full(len(own), 0.5))
    whole = np.abs(other - own).sum() / 2
    for apart in APART:
        yield own + apart / whole * (other - own)


def _measured(values: sp.csr_matrix, rng: np.random.Generator) -> sp.csr_matrix:
    """Return Poisson counts of expected ones, after multiplying each gene by a laboratory's factor."""
    factors = np.exp(rng.normal(0, SPREAD_OF_GENE_FACTORS, values.shape[1]))
    expected = sp.csr_matrix(sp.csr_matrix(values) @ sp.diags_array(factors))
    drawn = expected.copy()
    drawn.data = rng.poisson(expected.data)
    drawn.eliminate_zeros()
    return drawn.astype(np.float32)
