"""Gene lengths: from counts of reads to TPM (paper, eq. 9 to 12)."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.problems import InputError, few
from .formats.tables import read_numbers
from .genes import plain
from .units import per_kilobase, per_million


def read_lengths(path: Path) -> ad.AnnData:
    """Read a table of gene lengths in bases: one column for all samples, or one for each sample.

    Raises
    ------
    InputError
        If a length is missing or not above 0.
    """
    lengths = read_numbers(path)
    values = lengths.X.toarray()
    bad = ~(np.isfinite(values) & (values > 0))
    if bad.any():
        column, gene = np.argwhere(bad)[0]
        raise InputError(
            f"{path.name}: the length of '{lengths.var_names[gene]}' in '{lengths.obs_names[column]}' is no number "
            f"above 0; correct it or leave the gene out"
        )
    lengths.X = values
    return lengths


def tpm(
    matrix: sp.csr_matrix, samples: pd.Index, genes: pd.DataFrame, lengths: ad.AnnData, source: str
) -> tuple[sp.csr_matrix, np.ndarray, str]:
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
        The lengths' file, for the sentences.

    Returns
    -------
    TPM of the genes that have a length; which genes these are, (genes,); a sentence on those without.

    Raises
    ------
    InputError
        If a sample or every gene has no length.
    """
    if lengths.n_obs > 1 and not samples.isin(lengths.obs_names).all():
        lacking = samples[~samples.isin(lengths.obs_names)]
        raise InputError(
            f"{source}: has no lengths of the bulk's {few(lacking)}; give one column for all samples, or each its own"
        )
    ours = [plain(genes.index), *(plain(genes[column]) for column in genes)]
    theirs = [plain(lengths.var_names), *(plain(lengths.var[column]) for column in lengths.var)]
    mine, table = max(
        ((own, other) for own in ours for other in theirs), key=lambda pair: int(pair[0].isin(pair[1]).sum())
    )
    of_gene = pd.DataFrame(lengths.X, index=lengths.obs_names, columns=table).T.groupby(level=0).mean()
    known = np.asarray(mine.isin(of_gene.index))
    if not known.any():
        raise InputError(
            f"{source}: no gene is one of the bulk's: {few(table)} against {few(mine)}; use the same names"
        )
    per_gene = of_gene.loc[mine[known]]
    values = per_gene[samples].to_numpy().T if lengths.n_obs > 1 else per_gene.to_numpy().T
    lost = f"{source}: {(~known).sum()} of the bulk's {len(known)} genes have no length and are left out"
    converted = per_million(per_kilobase(per_million(matrix[:, np.flatnonzero(known)]), values))
    return converted, known, "" if known.all() else lost
