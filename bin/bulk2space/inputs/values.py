"""The values and genes of an input: checked, brought to a linear scale, each gene once by its name."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.problems import InputError
from .genes import Genes, named, sum_duplicates
from .lengths import read_lengths, tpm
from .units import IN_WORDS, LARGEST_LOG, LOGARITHMS, check_values, to_linear


@dataclass(frozen=True)
class Naming:
    """How genes are to be called."""

    known: Genes | None = None
    """The reference's genes, whose names a bulk or section takes."""
    gene_map: Mapping[str, str] | None = None
    """The user's map of names."""


def linear(
    raw: ad.AnnData,
    path: Path,
    naming: Naming,
    unit: str | None,
    notes: list[str],
    *,
    kind: str,
    lengths: Path | None = None,
) -> ad.AnnData:
    """Check the values, bring them to a linear scale, and call each gene once by its name.

    Parameters
    ----------
    raw
        Observations × genes as the file has them.
    path
        The file, for the sentences.
    naming
        How genes are to be called.
    unit
        What the user says of the values; None: recognised.
    notes
        Sentences on what was done: new ones are added.
    kind
        ``bulk``, ``reference`` or ``spatial``.
    lengths
        A table of gene lengths, to turn a bulk's counts into TPM.

    Raises
    ------
    InputError
        For values that are none, or not in the unit that the user says.
    """
    check_values(raw.X, raw.obs_names.to_numpy(), raw.var_names.to_numpy(), path.name)
    if unit in LOGARITHMS and raw.X.max() > LARGEST_LOG:
        raise InputError(
            f"{path.name}: has values up to {raw.X.max():.4g}, which are no logarithms; "
            f"correct --{kind}_units {unit}, or leave it out"
        )
    matrix, is_counts, units, doubt = to_linear(raw.X, unit=unit, bulk=kind == "bulk")
    var = raw.var
    if doubt:
        notes.append(f"{path.name}: {doubt}; if that is wrong, say what they are with --{kind}_units")
    if lengths is not None and units["input"] == "counts":
        try:
            matrix, known, lost = tpm(matrix, raw.obs_names, var, read_lengths(lengths), lengths.name)
        except InputError as problem:
            raise InputError(f"--gene_lengths: {problem}") from None
        var, is_counts, units = var[known], False, {**units, "done": "TPM by gene length"}
        notes += [lost] if lost else []
    elif lengths is not None:
        said = IN_WORDS.get(units["input"], units["input"])
        notes.append(f"{path.name}: its values are {said}, no counts, so gene lengths are not used")
    genes, said = named(var, known=naming.known, gene_map=naming.gene_map)
    notes += [f"{path.name}: {sentence}" for sentence in said]
    matrix, names, merged = sum_duplicates(sp.csr_matrix(matrix, dtype=np.float32), genes.names.to_numpy())
    if merged:
        notes.append(f"{path.name}: {merged} columns of genes that stand more than once are summed")
    index = pd.DataFrame(index=pd.Index(names))
    if genes.ids is not None:
        index["gene_id"] = pd.Series(genes.ids, index=genes.names).groupby(level=0).first().reindex(names).to_numpy()
    uns = {**raw.uns, "units": units, "is_counts": is_counts}
    return ad.AnnData(matrix, obs=raw.obs, var=index, obsm=dict(raw.obsm), uns=uns)
