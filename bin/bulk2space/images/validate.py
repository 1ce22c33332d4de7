"""Genes of an image's panel, held out and predicted from the others (paper, Methods, "Benchmark metrics").

A scheme says which genes are held out together: each by itself (``leave_one_out``), or a fifth of them
(``five_fold``).
"""

import logging
from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.expression import shared_genes
from ..contract.keys import Obs
from .mappers import Mapper
from .states import states

log = logging.getLogger(__name__)

LEAVE_ONE_OUT, FIVE_FOLD = "leave_one_out", "five_fold"
FOLDS = 5
# Imaged cells, and generated cells, that take part: sampling moves a correlation by a hundredth or two, and the time
# stays bounded.
MOST_CELLS = 5_000
MOST_GENES = 300  # of a panel whose genes are held out one by one
SMALLEST_LENGTH = 1e-9  # of a centred column: a shorter one does not vary


def recovery(
    cells: ad.AnnData, section: ad.AnnData, mapper: Callable[[], Mapper], rng: np.random.Generator
) -> pd.DataFrame:
    """Correlate each held-out gene with its prediction, by all schemes that the panel's size allows.

    Parameters
    ----------
    cells, section, mapper, rng
        As for :func:`held_out_genes`.

    Returns
    -------
    The table of :func:`held_out_genes` for each scheme, one below the other; empty where no gene varies.
    """
    cells, section = at_most(cells, "generated", rng), at_most(section, "imaged", rng)
    n_genes = len(shared_genes(section, cells))
    schemes = [LEAVE_ONE_OUT, FIVE_FOLD]
    if n_genes > MOST_GENES:
        log.info("%d genes are more than %d: they are held out in five parts only", n_genes, MOST_GENES)
        schemes = [FIVE_FOLD]
    tables = [held_out_genes(cells, section, mapper, scheme, rng) for scheme in schemes]
    for scheme, table in zip(schemes, tables, strict=True):
        mean = table[["pcc", "shuffled_pcc"]].mean()
        log.info("%s: %d genes, mean PCC %.3f, shuffled %.3f", scheme, len(table), mean.pcc, mean.shuffled_pcc)
    constant = n_genes - len(tables[0])
    if constant:
        remarks.warn(
            log, "constant_genes",
            f"{constant} of {n_genes} genes do not vary in the section: they have no row",
            constant=constant, genes=n_genes,
        )  # fmt: skip
    return pd.concat(tables)


def at_most(adata: ad.AnnData, what: str, rng: np.random.Generator) -> ad.AnnData:
    """Return the cells, or MOST_CELLS of them at random; ``what`` names them in the log."""
    if adata.n_obs <= MOST_CELLS:
        return adata
    log.info("%d of %d %s cells take part, drawn at random", MOST_CELLS, adata.n_obs, what)
    return adata[np.sort(rng.choice(adata.n_obs, MOST_CELLS, replace=False))].copy()


def held_out_genes(
    cells: ad.AnnData, section: ad.AnnData, mapper: Callable[[], Mapper], scheme: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Correlate each gene of the panel, predicted from the genes that are not held out with it, with its measurement.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    mapper
        Makes an unfitted mapper, such as one of :data:`.mappers.MAPPERS`.
    scheme
        Which genes are held out together.
    rng
        Draws folds and shuffles.

    Returns
    -------
    gene, scheme, pcc (Pearson correlation over imaged cells), shuffled_pcc (the same where each imaged cell has the
    neighbours of another one), in the order of the panel. Genes that do not vary in the section have no row. A
    prediction that does not vary has 0.
    """
    genes = shared_genes(section, cells)
    target = states(cells.X, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    parts = []
    for held_out in folds(genes, scheme, rng):
        known = [gene for gene in genes if gene not in set(held_out)]
        neighbors = mapper().fit(cells[:, known].X, section[:, known].X, target).neighbors_
        predicted = neighbors @ sp.csr_matrix(cells[:, held_out].X).toarray()
        measured = sp.csr_matrix(section[:, held_out].X).toarray()
        shuffled = predicted[rng.permutation(len(predicted))]
        columns = {"pcc": correlations(predicted, measured), "shuffled_pcc": correlations(shuffled, measured)}
        parts.append(pd.DataFrame({"gene": held_out, "scheme": scheme} | columns)[np.ptp(measured, axis=0) > 0])
    return pd.concat(parts).set_index("gene").reindex(genes).dropna().reset_index()


def folds(genes: list[str], scheme: str, rng: np.random.Generator) -> list[list[str]]:
    """Split genes into lists that are held out together: each gene by itself, or five random parts."""
    if scheme == LEAVE_ONE_OUT:
        return [[gene] for gene in genes]
    return [list(part) for part in np.array_split(rng.permutation(genes), min(FOLDS, len(genes)))]


def correlations(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of each column, (columns,); 0 where a column does not vary."""
    one, other = (values - values.mean(axis=0, dtype=np.float64) for values in (predicted, measured))
    length = np.sqrt(np.square(one).sum(axis=0) * np.square(other).sum(axis=0))
    return np.divide((one * other).sum(axis=0), length, out=np.zeros(len(length)), where=length > SMALLEST_LENGTH)
