"""Genes of an image's panel, held out and predicted from the others (paper, Methods, "Benchmark metrics").

A scheme says which genes are held out together: each by itself (``leave_one_out``), or a fifth of them
(``five_fold``).
"""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.expression import shared_genes
from .choice import chosen
from .generated import Generated, generated, of_reference, with_expected
from .mappers import COMBAT
from .neighbors import with_counts
from .way import Way

log = logging.getLogger(__name__)

LEAVE_ONE_OUT, FIVE_FOLD = "leave_one_out", "five_fold"
FOLDS = 5
# Imaged cells, and generated cells, that take part: sampling moves a correlation by a hundredth or two, and the time
# stays bounded.
MOST_CELLS = 2_000
MOST_GENES = 300  # of a panel whose genes are held out one by one
SMALLEST_LENGTH = 1e-9  # of a centred column: a shorter one does not vary


def recovery(
    cells: ad.AnnData, section: ad.AnnData, reference: ad.AnnData, mapper: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Correlate each held-out gene with its prediction, by all schemes that the panel's size allows.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    reference
        The reference that the cells were generated from, log expression, `cell_type`.
    mapper
        Name of the mapper, or :data:`.choice.WEIGHTED`.
    rng
        Draws cells, folds and shuffles.

    Returns
    -------
    gene, scheme, pcc (Pearson correlation over imaged cells), shuffled_pcc (the same where each imaged cell has the
    neighbours of another one), one scheme below the other, genes in the order of the panel. Genes that do not vary in
    the section have no row, so the table may be empty. A prediction that does not vary has 0.
    """
    cells, section = at_most(cells, "generated", rng), at_most(section, "imaged", rng)
    genes = shared_genes(section, cells)
    known, panel = generated(cells, genes), with_counts(sp.csr_matrix(section[:, genes].X))
    if mapper != COMBAT:
        known = with_expected(known, of_reference(reference, known, cells.var_names))
    singly = len(genes) <= MOST_GENES
    if not singly:
        log.info("%d genes are more than %d: they are held out in five parts only", len(genes), MOST_GENES)
    table = held_out_genes(known, panel, genes, mapper, rng, singly=singly)
    for scheme, of_scheme in table.groupby("scheme", sort=False):
        mean = of_scheme[["pcc", "shuffled_pcc"]].mean()
        log.info("%s: %d genes, mean PCC %.3f, shuffled %.3f", scheme, len(of_scheme), mean.pcc, mean.shuffled_pcc)
    constant = len(genes) - table["gene"].nunique()
    if constant:
        remarks.warn(
            log, "constant_genes",
            f"{constant} of {len(genes)} genes do not vary in the section: they have no row",
            constant=constant, genes=len(genes),
        )  # fmt: skip
    return table


def at_most(adata: ad.AnnData, what: str, rng: np.random.Generator) -> ad.AnnData:
    """Return the cells, or MOST_CELLS of them at random; ``what`` names them in the log."""
    if adata.n_obs <= MOST_CELLS:
        return adata
    log.info("%d of %d %s cells take part, drawn at random", MOST_CELLS, adata.n_obs, what)
    return adata[np.sort(rng.choice(adata.n_obs, MOST_CELLS, replace=False))].copy()


def held_out_genes(
    cells: Generated,
    panel: sp.csr_matrix,
    genes: list[str],
    mapper: str,
    rng: np.random.Generator,
    *,
    singly: bool,
) -> pd.DataFrame:
    """Correlate each gene of the panel, predicted from the genes that are not held out with it, with its measurement.

    Mappers are weighed by genes of the other parts alone, also where a gene is held out by itself.

    Parameters
    ----------
    cells
        Generated cells.
    panel
        Log expression of the section, imaged cells × panel genes.
    genes
        Names of the panel's genes.
    mapper, rng
        As for :func:`recovery`, which says what is returned.
    singly
        Whether genes are held out one by one, too.
    """
    own, expected = cells.panel, cells.expected.of_genes(cells.columns)
    every, parts = np.arange(len(genes)), []

    def predicted(weights: dict[str, float], held_out: np.ndarray) -> np.ndarray:
        known = np.setdiff1d(every, held_out)
        fitted = Way(weights, next(iter(weights))).fit(own[:, known], panel[:, known], cells.target)
        return fitted.find(panel[:, known]).neighbors @ expected[:, held_out]

    for part in folds(every, rng):
        others = np.setdiff1d(every, part)
        weights = chosen(mapper, own[:, others], expected[:, others], panel[:, others], cells.target, rng).weights
        for scheme in (LEAVE_ONE_OUT, FIVE_FOLD) if singly else (FIVE_FOLD,):
            at_once = part[:, None] if scheme == LEAVE_ONE_OUT else [part]
            values = np.hstack([predicted(weights, held_out) for held_out in at_once])
            about = {"gene": np.array(genes, dtype=object)[part], "scheme": scheme, "column": part}
            parts.append(pd.DataFrame(about | _compared(values, panel[:, part].toarray(), rng)))
    table = pd.concat(parts).dropna().sort_values("column", kind="stable")
    schemes = [table[table["scheme"] == scheme] for scheme in (LEAVE_ONE_OUT, FIVE_FOLD)]
    return pd.concat(schemes, ignore_index=True).drop(columns="column")


def _compared(predicted: np.ndarray, measured: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the correlations of some genes, NaN for those that do not vary; arrays are imaged cells × genes."""
    shuffled = predicted[rng.permutation(len(predicted))]
    varies = np.where(np.ptp(measured, axis=0) > 0, 1.0, np.nan)
    names = {"pcc": predicted, "shuffled_pcc": shuffled}
    return {name: varies * correlations(values, measured) for name, values in names.items()}


def folds(genes: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Split genes into random parts that are held out together: five where there are so many."""
    return np.array_split(rng.permutation(genes), min(FOLDS, len(genes)))


def correlations(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of each column, (columns,); 0 where a column does not vary."""
    one, other = (values - values.mean(axis=0, dtype=np.float64) for values in (predicted, measured))
    length = np.sqrt(np.square(one).sum(axis=0) * np.square(other).sum(axis=0))
    return np.divide((one * other).sum(axis=0), length, out=np.zeros(len(length)), where=length > SMALLEST_LENGTH)
