"""The values and genes of an input: checked, brought to a linear scale, every gene once and under its name."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import remarks
from ..contract.keys import Layers, Uns, Var
from ..contract.problems import InputError, of_parameter
from ..numerics.scaling import log_normalize
from .formats.h5ad import COUNTS_LAYER
from .genes import Genes, identifiers, named, sum_duplicates
from .lengths import read_lengths, tpm
from .no_expression.annotation import left_out
from .unit.linear_scale import Linear, to_linear, without_offset
from .unit.units import LARGEST_LOG, LOGARITHMS, check_values, in_words

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Naming:
    """How genes are named.

    Attributes
    ----------
    known
        The reference's genes, whose names a bulk or section takes; None for a reference itself.
    gene_map
        The user's map from a name in a file to the name to use.
    """

    known: Genes | None = None
    gene_map: Mapping[str, str] | None = None


class LinearValues(NamedTuple):
    """An input on a linear scale.

    Attributes
    ----------
    adata
        Observations × genes, ``X`` float32 CSR.
    are_counts
        Whether ``X`` holds counts.
    """

    adata: ad.AnnData
    are_counts: bool


def linear(
    raw: ad.AnnData,
    path: Path,
    naming: Naming,
    unit: str | None,
    *,
    kind: str,
    lengths: Path | None = None,
    judges: np.ndarray | None = None,
) -> LinearValues:
    """Check the values, bring them to a linear scale, and name every gene once.

    Parameters
    ----------
    raw
        Observations × genes as the file has them.
    path
        The file, for the sentences.
    naming
        How genes are named.
    unit
        Unit of the values as the user states it; None: recognised.
    kind
        ``bulk``, ``reference`` or ``spatial``: the first word of the parameter that states the unit.
    lengths
        A table of gene lengths, to turn a bulk's counts into TPM.
    judges
        Observations whose values tell the unit, (observations,) bool; None: all.

    Raises
    ------
    InputError
        For values that cannot be expression, or that are not in the unit that the user states.
    """
    matrix, unit = _in_unit(raw, unit, path, kind)
    matrix, logarithm = without_offset(matrix, unit)
    unit = None if logarithm else unit
    check_values(matrix, raw.obs_names.to_numpy(), raw.var_names.to_numpy(), path.name)
    if unit in LOGARITHMS and matrix.max() > LARGEST_LOG:
        raise InputError(
            f"{path.name}: has values up to {matrix.max():.4g}, which cannot be logarithms; "
            f"correct --{kind}_units {unit}, or leave it out"
        )
    is_layer = raw.uns.get(Uns.MATRIX) == COUNTS_LAYER
    values = to_linear(matrix, unit=unit, bulk=kind == "bulk", called_counts=is_layer, judges=judges)
    if logarithm:
        values.units["done"] = f"brought back from {logarithm}"
    _say_what_was_decided(values, logarithm, list(raw.var_names[values.strange]), path, kind)
    raw = raw[:, ~values.strange] if values.strange.any() else raw
    var = raw.var
    if lengths is not None:
        values, var = _by_length(values, raw, lengths, path)
    matrix, var = _every_gene_once(values.matrix, var, path, naming)
    is_section = kind == "spatial"  # the others have no places
    obsm = dict(raw.obsm) if is_section else {}
    uns = {**(raw.uns if is_section else {Uns.MATRIX: raw.uns[Uns.MATRIX]}), Uns.UNITS: values.units}
    return LinearValues(ad.AnnData(matrix, obs=raw.obs, var=var, obsm=obsm, uns=uns), values.is_counts)


def _in_unit(raw: ad.AnnData, unit: str | None, path: Path, kind: str) -> tuple[sp.csr_matrix, str | None]:
    """Return the values and their unit; of a file with one sample in several units, those that the user states."""
    stated = raw.uns.get(Uns.UNIT)
    if stated is None or unit is None:
        return sp.csr_matrix(raw.X), unit or stated
    if unit not in raw.layers:
        raise InputError(
            f"{path.name}: holds no {in_words(unit)}, only {', '.join(raw.layers)}; give one of these as "
            f"--{kind}_units, or leave it out"
        )
    return sp.csr_matrix(raw.layers[unit]), unit


def _say_what_was_decided(values: Linear, logarithm: str, strange: list[str], path: Path, kind: str) -> None:
    """Remark on a logarithm with an offset, on a doubtful unit, and on genes that are annotation and left out."""
    unit = str(values.units["input"])
    if logarithm:
        sentence = f"{path.name}: its values are {logarithm} and are converted back"
        remarks.note(log, "logarithm_with_offset", sentence, offset=logarithm)
    if values.doubt:
        sentence = f"{path.name}: {values.doubt}; if that is wrong, state the unit with --{kind}_units"
        remarks.warn(log, "unit_guessed", sentence, unit=unit)
    if strange:
        left_out(path.name, strange, f" (values that cannot be {in_words(unit)})")


def _every_gene_once(
    matrix: sp.csr_matrix, var: pd.DataFrame, path: Path, naming: Naming
) -> tuple[sp.csr_matrix, pd.DataFrame]:
    """Return the values (observations × genes, float32) and the genes' metadata, one column a name, sorted by it."""
    genes = named(var, path.name, known=naming.known, gene_map=naming.gene_map)
    matrix, names, merged = sum_duplicates(sp.csr_matrix(matrix, dtype="float32"), genes.names.to_numpy())
    if merged:
        remarks.note(
            log,
            "duplicate_genes_summed",
            f"{path.name}: {merged} genes that have the name of another one are added to it",
            columns=merged,
        )
    once = pd.DataFrame(index=pd.Index(names))
    if genes.ids is not None:
        once[Var.GENE_ID] = identifiers(genes).reindex(names).to_numpy()
    return matrix, once


def log_normalized(values: LinearValues) -> ad.AnnData:
    """Return the input with ``X`` log1p of counts per 10 000, and its counts in ``layers["counts"]`` where known."""
    adata = values.adata
    if values.are_counts:
        adata.layers[Layers.COUNTS] = adata.X
    adata.X = log_normalize(adata.X)
    return adata


def _by_length(values: Linear, raw: ad.AnnData, lengths: Path, path: Path) -> tuple[Linear, pd.DataFrame]:
    """Return a bulk's counts as TPM, and the genes that have a length; other values as they are."""
    unit = str(values.units["input"])
    if unit != "counts":
        remarks.warn(
            log,
            "gene_lengths_unused",
            f"{path.name}: its values are {in_words(unit)} and not counts, so gene lengths are not used",
            unit=unit,
        )
        return values, raw.var
    with of_parameter("gene_lengths"):
        matrix, known = tpm(values.matrix, raw.obs_names, raw.var, read_lengths(lengths), lengths.name)
    units = {**values.units, "done": "TPM by gene length"}
    return values._replace(matrix=matrix, is_counts=False, units=units), raw.var[known]
