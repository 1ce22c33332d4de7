"""Annotation that stands among the values: lengths among samples, survival times among genes."""

import json
import logging
import re
from collections.abc import Collection
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.problems import InputError, few
from ...contract.table_header import letters_and_digits
from ...numerics.values import by_row
from ..unit.units import LARGEST_LOG

log = logging.getLogger(__name__)

_NAMES = json.loads(Path(__file__).with_name("annotation_names.json").read_text(encoding="utf-8"))
OF_GENES = frozenset(_NAMES["of_genes"])
"""Headers that annotate genes, letters and digits alone, in lower case. None is the symbol of a gene."""
OF_OBSERVATIONS = frozenset(_NAMES["of_observations"])
"""Names of the metadata of samples, cells and spots, written likewise. None is the symbol of a gene."""
WORDS_OF_GENES = frozenset(_NAMES["words_of_genes"])
"""Words that make up headers such as ``Gene start (bp)``: two or more of these and no other."""
WORDS_OF_OBSERVATIONS = frozenset(_NAMES["words_of_observations"])
"""Words that make up names such as ``n_genes_by_counts``, where there may be numbers too."""
PLACES = ({"x", "y", "z"}, {"row", "col", "column"})
"""Coordinates, where two of them stand among the genes: alone, y, z, row and col are genes of the fruit fly."""
FEWEST_OBSERVATIONS = 20
"""So many observations do not have one and the same value above 0 of a gene by chance."""
FEWEST_GENES = 20
"""So many genes do not have one and the same value above 0 in a sample by chance."""
IMPOSSIBLE = "values that no sample has"
SMALL_FRACTIONS = "small fractions"
"""Kind of a sample's values that the check of values refuses, unless the user names other samples."""
NEARLY_ALL_WHOLE = 0.99
"""Proportion of whole numbers of a sample of counts, at least."""
MOST_NAMES = 10
"""More names than these are counted in a sentence."""


def is_annotation_of_genes(name: str) -> bool:
    """Tell whether a header is one that annotates genes."""
    words = _words(name)
    return letters_and_digits(name) in OF_GENES or (len(words) > 1 and WORDS_OF_GENES.issuperset(words))


def _is_of_observations(name: str) -> bool:
    words = [word for word in _words(name) if not word.isdecimal()]
    return letters_and_digits(name) in OF_OBSERVATIONS or (len(words) > 1 and WORDS_OF_OBSERVATIONS.issuperset(words))


def without(raw: ad.AnnData, source: str, *, genes: pd.Index | None, observations: Collection[str]) -> ad.AnnData:
    """Leave out genes and samples that are annotation, by their names or as all values are one number or none.

    Parameters
    ----------
    raw
        Observations × genes.
    source
        The file's name, for the warning.
    genes
        Names of genes that are known to be such.
    observations
        Names of observations that are known to be such, from metadata or by the user.
    """
    names = pd.Series(raw.var_names.astype(str))
    written = set(names.map(letters_and_digits))
    places = {name for group in PLACES if len(group & written) > 1 for name in group}
    is_gene = ~(
        names.map(letters_and_digits).isin(places) | names.map(_is_of_observations) | names.map(is_annotation_of_genes)
    )
    is_gene = (is_gene | names.isin([] if genes is None else genes)).to_numpy()
    if raw.n_obs >= FEWEST_OBSERVATIONS:
        is_gene &= ~_is_one_number(sp.csc_matrix(raw.X))
    is_known = np.asarray(raw.obs_names.isin(observations))
    kept = ~np.array([is_annotation_of_genes(name) for name in raw.obs_names]) | is_known
    if raw.n_vars >= FEWEST_GENES and not is_known.all():
        kept &= ~(_is_one_number(sp.csr_matrix(raw.X)) | _is_empty(sp.csr_matrix(raw.X))) | is_known
    if is_gene.all() and kept.all():
        return raw
    left_out(source, [*raw.obs_names[~kept], *raw.var_names[~is_gene]])
    return raw[kept][:, is_gene].copy()


def of_one_kind(raw: ad.AnnData, source: str, *, known: Collection[str] = ()) -> ad.AnnData:
    """Leave out bulk samples whose values are of another kind than those of most: annotation under an unknown name.

    The kinds are whole numbers, fractions that may be logarithms, larger fractions, and what no sample holds.

    Parameters
    ----------
    raw
        Samples × genes.
    source
        The file's name, for the sentences.
    known
        Names of samples that are known to be such: these decide on the kind, and always stay.

    Raises
    ------
    InputError
        If no kind is that of most samples, or if some samples that are known hold fractions that may be logarithms, and
        others do not.
    """
    matrix = sp.csr_matrix(raw.X)
    filled = np.flatnonzero(np.diff(matrix.indptr))
    rows = [values for values in by_row(matrix) if len(values)]
    all_negative = all((values < 0).any() for values in rows)  # as logarithms of small numbers are
    kinds = np.array([_kind(values, may_be_negative=all_negative) for values in rows], dtype=object)
    names = raw.obs_names[filled]
    is_known = np.asarray(names.isin(known))
    numbers = pd.Series(kinds[is_known] if is_known.any() else kinds, dtype=object).value_counts()
    if len(set(kinds)) < 2 or raw.n_vars < FEWEST_GENES:
        return raw
    possible = numbers.index.drop(IMPOSSIBLE, errors="ignore")
    if is_known.any() and SMALL_FRACTIONS in possible and len(possible) > 1:
        examples = [f"'{names[is_known & (kinds == kind)][0]}' holds {kind}" for kind in possible[:2]]
        raise InputError(
            f"{source}: its samples are in different units: {' and '.join(examples)}, and small fractions may be "
            f"logarithms; give all samples in one unit"
        )
    if len(numbers) > 1 and numbers.iloc[0] == numbers.iloc[1]:
        if IMPOSSIBLE in numbers.index[:2]:  # the check of values says which value it is
            return raw
        examples = [f"'{names[kinds == kind][0]}' holds {kind}" for kind in numbers.index[:2]]
        raise InputError(
            f"{source}: its columns are of different kinds: {' and '.join(examples)}; name the samples under "
            f"bulk_column, or remove the columns that are no samples"
        )
    others = (kinds != numbers.index[0]) & ~is_known & (kinds != IMPOSSIBLE)
    others |= (kinds == IMPOSSIBLE) & ~is_known & is_known.any()
    if not others.any():
        return raw
    left_out(source, list(names[others]), f" (no {numbers.index[0]}, which the other columns hold)")
    return raw[~raw.obs_names.isin(names[others])].copy()


def _kind(values: np.ndarray, *, may_be_negative: bool) -> str:
    if not np.isfinite(values).all() or (values.min() < 0 and not may_be_negative):
        return IMPOSSIBLE
    if (values == np.rint(values)).mean() >= NEARLY_ALL_WHOLE:
        return "whole numbers"
    return SMALL_FRACTIONS if values.max() <= LARGEST_LOG else "large fractions"


def left_out(source: str, names: list[str], why: str = "") -> None:
    """Warn that columns or rows are annotation."""
    listed = ", ".join(map(repr, names)) if len(names) <= MOST_NAMES else f"{len(names)} columns, {few(names)},"
    remarks.warn(
        log,
        "annotation_left_out",
        f"{source}: {listed} {'is' if len(names) == 1 else 'are'} annotation{why}, not expression, and "
        f"{'is' if len(names) == 1 else 'are'} left out",
        names=names,
    )


def _words(name: str) -> list[str]:
    return re.findall("[a-z0-9]+", name.lower())


def _is_empty(matrix: sp.csr_matrix) -> np.ndarray:
    """Tell which rows hold no number at all."""
    missing = np.add.reduceat(np.append(np.isnan(matrix.data), False), matrix.indptr[:-1], dtype=int)
    return np.asarray((missing == matrix.shape[1]) & (np.diff(matrix.indptr) == matrix.shape[1]))


def _is_one_number(matrix: sp.csr_matrix | sp.csc_matrix) -> np.ndarray:
    """Tell which rows (CSR) or columns (CSC) hold one number above 0 throughout."""
    length = matrix.shape[1] if isinstance(matrix, sp.csr_matrix) else matrix.shape[0]
    sizes = np.diff(matrix.indptr)
    full = np.flatnonzero(sizes == length)
    constant = np.zeros(len(sizes), dtype=bool)
    for place in full:
        values = matrix.data[matrix.indptr[place] : matrix.indptr[place + 1]]
        constant[place] = values[0] > 0 and (values == values[0]).all()
    return constant
