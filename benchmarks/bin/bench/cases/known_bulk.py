"""One bulk of known composition with a reference, and how such bulks are made of single cells."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.numerics.shares import rows_to_one

from .bulks import summed, types_of
from .pairs import role

SAMPLES, CELLS = 12, 500  # of a simulated file


class KnownBulk(NamedTuple):
    """A reference and a bulk whose composition is known.

    Attributes
    ----------
    kind, name, role
        What is judged, by which reference and bulk, and whether a set is kept for judging.
    reference, bulk
        As the pipeline's reader returns them.
    truth
        Samples × groups of types; rows sum to 1.
    groups
        Group of each type of the reference. Types without a group were not measured.
    content
        mRNA of one cell of each type, where it is known.
    """

    kind: str
    name: str
    role: str
    reference: ad.AnnData
    bulk: ad.AnnData
    truth: pd.DataFrame
    groups: dict[str, str]
    content: dict[str, float] | None = None


def simulated(
    kind: str, name: str, reference: ad.AnnData, bulk: sp.csr_matrix, truth: np.ndarray, *,
    genes: ad.AnnData | None = None, sets: tuple[str, ...] = (), content_is_known: bool = False,
) -> KnownBulk:  # fmt: skip
    """Return a case whose groups are the types themselves; `genes` is a file with the bulk's, else the reference's."""
    types = types_of(reference)
    return KnownBulk(
        kind, name, role(*sets), reference,
        bulk=as_bulk(bulk, reference if genes is None else genes),
        truth=pd.DataFrame(rows_to_one(truth), columns=types),
        groups={one: one for one in types},
        content=dict.fromkeys(types, 1.0) if content_is_known else None,
    )  # fmt: skip


def sums(cells: ad.AnnData, name: str) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return sums of cells, samples × genes, and how many cells of each type are in them, samples × types."""
    rng = seeds.generator(0, "known", name)
    numbers = rng.multinomial(CELLS, rng.dirichlet(np.ones(len(types_of(cells))), SAMPLES))
    return summed(cells, numbers, rng)[0], numbers


def as_bulk(values: sp.csr_matrix, genes: ad.AnnData) -> ad.AnnData:
    """Return samples as a file of bulk, with the genes of another file."""
    names = pd.DataFrame(index=[f"sample {n}" for n in range(1, values.shape[0] + 1)])
    return ad.AnnData(sp.csr_matrix(values, dtype=np.float32), obs=names, var=genes.var[[]])
