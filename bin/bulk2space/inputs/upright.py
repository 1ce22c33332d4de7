"""A user's matrix the right way round: genes alone, every observation under a name of its own."""

from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import pandas as pd

from ..contract.problems import InputError
from ..contract.user_tables import read_text
from .formats.reader import read
from .genes import Genes
from .joining import named_as
from .no_expression import annotation, not_expression, not_genes
from .orientation import turned


class Upright(NamedTuple):
    """A matrix and its table of metadata.

    Attributes
    ----------
    adata
        Observations × genes.
    table
        The metadata by the matrix's names, all columns as text; None where there is no table.
    """

    adata: ad.AnnData
    table: pd.DataFrame | None


def read_upright(
    matrix: Path,
    observation: str,
    *,
    meta: Path | None = None,
    genes: Genes | None = None,
    known: Collection[str] = (),
    several: bool = False,
) -> Upright:
    """Read observations × genes; a table that has genes in place of observations is transposed.

    What is no gene and what is annotation is left out, with warnings.

    Parameters
    ----------
    matrix
        The file or folder.
    observation
        What an observation is, for the sentence: ``bulk sample``, ``cell`` or ``spot``.
    meta
        A table of metadata of the observations.
    genes
        Genes of the reference.
    known
        Names that are known to be observations.
    several
        Whether the file may hold several sections, whose observations may have the same names.

    Raises
    ------
    InputError
        If a file cannot be read, several observations have the same name, or the two files have none in common.
    """
    adata = read(matrix)
    table = named_as(adata, read_text(meta), matrix.name, meta) if meta else None
    names = None if genes is None else genes.all_names()
    adata = turned(adata, matrix.name, observations=None if table is None else table.index, genes=names)
    adata = expression_alone(adata, matrix, genes=names, known=adata.obs_names if table is not None else known)
    if table is not None or not several:
        require_unique(adata, matrix, observation)
    if 0 in adata.shape:
        raise InputError(f"{matrix.name}: nothing is left but annotation; give a matrix of genes and {observation}s")
    return Upright(adata, table)


def expression_alone(
    adata: ad.AnnData, matrix: Path, *, genes: pd.Index | None = None, known: Collection[str] = ()
) -> ad.AnnData:
    """Leave out what is no gene, and genes and observations that are annotation; names as in :func:`read_upright`."""
    adata = not_genes.without(adata, matrix.name)
    adata = annotation.without(adata, matrix.name, genes=genes, observations=known)
    return not_expression.without_sums(adata, matrix.name)


def require_unique(adata: ad.AnnData, matrix: Path, observation: str) -> None:
    """Refuse several observations of the same name."""
    twice = adata.obs_names.duplicated()
    if twice.any():
        raise InputError(
            f"{matrix.name}: {twice.sum()} {observation} names appear more than once, such as "
            f"'{adata.obs_names[twice][0]}'; make them unique"
        )
