"""Gene lengths: from counts of reads to TPM (paper, eq. 9 to 12)."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.problems import InputError, few
from .formats.tables import read_numbers
from .genes import plain
from .unit.units import per_kilobase, per_million

log = logging.getLogger(__name__)


def read_lengths(path: Path) -> ad.AnnData:
    """Read a table of gene lengths in bases: one column for all samples, or one per sample.

    Returns
    -------
    Columns of the table × genes, dense.

    Raises
    ------
    InputError
        If a length is missing or not above 0.
    """
    lengths = read_numbers(path, annotation=False)
    values = lengths.X.toarray()
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        column, gene = np.argwhere(bad)[0]
        raise InputError(
            f"{path.name}: the length of '{lengths.var_names[gene]}' in '{lengths.obs_names[column]}' is not a number "
            f"above 0; correct it or remove the gene"
        )
    lengths.X = values
    return lengths


def tpm(
    matrix: sp.csr_matrix, samples: pd.Index, genes: pd.DataFrame, lengths: ad.AnnData, source: str
) -> tuple[sp.csr_matrix, np.ndarray]:
    """Turn counts of reads into transcripts per million.

    Parameters
    ----------
    matrix
        Counts, samples × genes.
    samples
        Names of the samples.
    genes
        Names of the genes: index and columns of text.
    lengths
        From :func:`read_lengths`.
    source
        Name of the lengths' file, for the sentences.

    Returns
    -------
    TPM of the genes that have a length (samples × these genes), and which genes these are, (genes,).

    Raises
    ------
    InputError
        If a sample has no lengths, or no gene has one.
    """
    if lengths.n_obs > 1 and not samples.isin(lengths.obs_names).all():
        lacking = samples[~samples.isin(lengths.obs_names)]
        raise InputError(
            f"{source}: has no lengths for the bulk's {few(lacking)}; give one column for all samples, or one each"
        )
    ours, theirs = _names_in_common(genes, lengths)
    known = np.asarray(ours.isin(theirs))
    if not known.any():
        raise InputError(
            f"{source}: has no gene of the bulk: {few(theirs)} here, {few(ours)} in the bulk; use the same names"
        )
    if not known.all():
        remarks.note(
            log,
            "genes_without_length",
            f"{source}: {(~known).sum()} of the bulk's {len(known)} genes have no length and are left out",
            left_out=int((~known).sum()),
            genes=len(known),
        )
    of_gene = pd.DataFrame(lengths.X, index=lengths.obs_names, columns=theirs).T.groupby(level=0).mean()
    per_gene = of_gene.loc[ours[known]]
    bases = per_gene[samples].to_numpy().T if lengths.n_obs > 1 else per_gene.to_numpy().T
    return per_million(per_kilobase(per_million(matrix[:, np.flatnonzero(known)]), bases)), known


def _names_in_common(genes: pd.DataFrame, lengths: ad.AnnData) -> tuple[pd.Index, pd.Index]:
    """Return the genes' names in the bulk and in the table of lengths, of the columns that share most of them."""
    ours = [plain(genes.index), *(plain(genes[column]) for column in genes)]
    theirs = [plain(lengths.var_names), *(plain(lengths.var[column]) for column in lengths.var)]
    return max(((own, other) for own in ours for other in theirs), key=lambda pair: int(pair[0].isin(pair[1]).sum()))
