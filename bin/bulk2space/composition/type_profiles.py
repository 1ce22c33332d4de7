"""What a reference says of each type's expression before a bulk is seen: the mean, and how wrong that may be."""

from typing import NamedTuple

import anndata as ad
import numpy as np

from ..contract.expression import linear
from ..contract.keys import Obs
from ..numerics.groups import type_means
from ..numerics.scaling import TARGET_SUM

CELLS_OF_ALL_TYPES = 10  # that count beside a type's own where the error of its mean is told
TINY = 1e-12


class TypeProfiles(NamedTuple):
    """Mean expression of the types over some genes.

    Attributes
    ----------
    means
        Per 10 000 of these genes, types × genes.
    variance
        Of a mean, because its cells are few, types × genes.
    part
        Part of each type's mRNA that is in these genes, (types,).
    """

    means: np.ndarray
    variance: np.ndarray
    part: np.ndarray


def type_profiles(reference: ad.AnnData, genes: list[str]) -> TypeProfiles:
    """Average a reference's cells by type over some genes.

    How much cells differ in a gene, as a multiple of its mean, is pooled over the types. A type in whose few cells a
    gene was not seen may express it as other types do; so its mean is not certain to be 0.

    Parameters
    ----------
    reference
        The pipeline's own file.
    genes
        Genes that it shares with the bulk.
    """
    values, labels = linear(reference[:, genes]), reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    sizes = np.unique(labels, return_counts=True)[1][:, None]
    means, squares = (type_means(each, labels)[1] for each in (values, values.power(2)))
    overall = (sizes * means).sum(axis=0) / sizes.sum()
    within = (sizes * (squares - means**2)).sum(axis=0) / sizes.sum()
    ratio = within / np.maximum(overall, TINY)
    seen = (sizes * means + CELLS_OF_ALL_TYPES * overall) / (sizes + CELLS_OF_ALL_TYPES)
    part = means.sum(axis=1)
    scale = (TARGET_SUM / np.maximum(part, TINY))[:, None]
    return TypeProfiles(scale * means, scale**2 * ratio * seen / sizes, part / TARGET_SUM)
