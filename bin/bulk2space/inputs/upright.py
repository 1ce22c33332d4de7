"""A user's matrix as it is in its file, the right way round, every observation under a name of its own."""

from pathlib import Path

import anndata as ad
import pandas as pd

from ..contract.problems import InputError
from .formats.reader import read
from .genes import Genes
from .orientation import turned


def read_upright(
    matrix: Path, observation: str, *, observations: pd.Index | None = None, genes: Genes | None = None
) -> ad.AnnData:
    """Read observations × genes; a table that has genes in place of observations is transposed.

    Parameters
    ----------
    matrix
        The file or folder.
    observation
        What an observation is, for the sentence: ``bulk sample``, ``cell`` or ``spot``.
    observations
        Names that belong to observations: those of the metadata.
    genes
        Genes of the reference.

    Raises
    ------
    InputError
        If the file cannot be read or several observations have the same name.
    """
    adata = read_turned(matrix, observations=observations, genes=genes)
    require_unique(adata, matrix, observation)
    return adata


def read_turned(matrix: Path, *, observations: pd.Index | None, genes: Genes | None) -> ad.AnnData:
    """Read observations × genes as :func:`read_upright` does; several observations may have one name."""
    known = None if genes is None else genes.all_names()
    return turned(read(matrix), matrix.name, observations=observations, genes=known)


def require_unique(adata: ad.AnnData, matrix: Path, observation: str) -> None:
    """Refuse several observations of the same name."""
    twice = adata.obs_names.duplicated()
    if twice.any():
        raise InputError(
            f"{matrix.name}: {twice.sum()} {observation} names appear more than once, such as "
            f"'{adata.obs_names[twice][0]}'; make them unique"
        )
