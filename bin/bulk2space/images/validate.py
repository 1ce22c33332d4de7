"""Genes of an image's panel, left out and predicted from the others (paper, Methods, "Benchmark metrics").

Which genes are left out together is a scheme: ``leave_one_out``, or ``five_fold``.
"""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.expression import shared_genes
from ..contract.keys import Obs
from .mappers import states

LEAVE_ONE_OUT, FIVE_FOLD = "leave_one_out", "five_fold"


def folds(genes: list[str], scheme: str, rng: np.random.Generator) -> list[list[str]]:
    """Split genes into lists that are left out together: each by itself, or five random parts."""
    if scheme == LEAVE_ONE_OUT:
        return [[gene] for gene in genes]
    return [list(part) for part in np.array_split(rng.permutation(genes), min(5, len(genes)))]


def held_out_genes(
    cells: ad.AnnData, section: ad.AnnData, mapper: type, scheme: str, rng: np.random.Generator
) -> pd.DataFrame:
    """Correlate each gene of the panel, predicted from the other folds' genes, with its measurement.

    Parameters
    ----------
    cells
        Generated cells, log expression, `cell_type`.
    section
        Imaged cells, log expression.
    mapper
        One of :data:`.knn.MAPPERS`.
    scheme
        Which genes are left out together.
    rng
        Draws folds and shuffles.

    Returns
    -------
    gene, scheme, pcc (Pearson correlation over imaged cells), shuffled_pcc (the same where each imaged cell has another
    one's neighbours), in the order of the panel. Genes that do not vary in the section have no row; a prediction that
    does not vary has 0.
    """
    genes = shared_genes(section, cells)
    target = states(cells.X, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    parts = []
    for left_out in folds(genes, scheme, rng):
        known = [gene for gene in genes if gene not in set(left_out)]
        neighbors = mapper().fit(cells[:, known].X, section[:, known].X, target).neighbors_
        predicted = neighbors @ sp.csr_matrix(cells[:, left_out].X).toarray()
        measured = sp.csr_matrix(section[:, left_out].X).toarray()
        shuffled = predicted[rng.permutation(len(predicted))]
        columns = {"pcc": correlations(predicted, measured), "shuffled_pcc": correlations(shuffled, measured)}
        parts.append(pd.DataFrame({"gene": left_out, "scheme": scheme} | columns)[np.ptp(measured, axis=0) > 0])
    return pd.concat(parts).set_index("gene").reindex(genes).dropna().reset_index()


def correlations(predicted: np.ndarray, measured: np.ndarray) -> np.ndarray:
    """Return the Pearson correlation of each column, (columns,); 0 where a column does not vary."""
    one, other = (values - values.mean(axis=0, dtype=np.float64) for values in (predicted, measured))
    length = np.sqrt(np.square(one).sum(axis=0) * np.square(other).sum(axis=0))
    return np.divide((one * other).sum(axis=0), length, out=np.zeros(len(length)), where=length > 1e-9)
