"""Whether the markers of a type stand together in a section: each with those of its own type rather than another's.

A cell type that is really there varies over the section, and its markers rise and fall together. This needs no fit and
no common scale of reference and section.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract.stored import LOGS, Stored

MARKERS = 20
"""Markers of a type, at most: those whose best type it is."""
FEWEST_MARKERS = 5
"""A type with fewer takes no part."""


class Coherence(NamedTuple):
    """How the markers of a section stand together.

    Attributes
    ----------
    types
        Proportion of each type's markers that correlate best with their own type, by type.
    chance
        What that proportion would be by chance.
    z
        By how many standard errors markers correlate more with their own type than with the others.
    """

    types: pd.Series
    chance: float
    z: float


def markers_of_one_type(genes: pd.Index, ranking: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the ranking that are the best markers of a type, each gene with its best type alone.

    Parameters
    ----------
    genes
        Names of the genes that the section shows.
    ranking
        markers.csv of the reference.
    """
    best = ranking[(ranking["score"] > 0) & ranking["gene"].isin(genes)]
    best = best.sort_values("score", ascending=False, kind="stable").drop_duplicates("gene")
    chosen = best.sort_values(["cell_type", "rank"]).groupby("cell_type").head(MARKERS)
    return chosen[chosen.groupby("cell_type")["gene"].transform("size") >= FEWEST_MARKERS]


def coherence_in(section: Stored, seen: pd.Index, ranking: pd.DataFrame) -> Coherence | None:
    """Return the same as :func:`coherence` of a section that is read block by block.

    Parameters
    ----------
    section
        The section.
    seen
        Names of the genes that it shows.
    ranking
        markers.csv of the reference.
    """
    genes = list(markers_of_one_type(seen, ranking)["gene"])
    return coherence(section.columns(LOGS, genes), genes, ranking) if genes else None


def coherence(log_expression: sp.csr_matrix, genes: list[str], ranking: pd.DataFrame) -> Coherence | None:
    """Return how the markers of a section stand together; None where fewer than two types have markers.

    Parameters
    ----------
    log_expression
        log1p of counts per 10 000, spots × genes.
    genes
        Names of the genes.
    ranking
        markers.csv of the reference.
    """
    varying = np.flatnonzero(np.asarray(log_expression.power(2).mean(axis=0)).ravel() > 0)
    place = pd.Series(varying, index=np.asarray(genes)[varying])
    chosen = markers_of_one_type(place.index, ranking)
    types, owner = np.unique(chosen["cell_type"].to_numpy(dtype=str), return_inverse=True)
    if len(types) < 2:
        return None
    values = log_expression[:, place[chosen["gene"]].to_numpy()].toarray().astype(float)
    values = (values - values.mean(axis=0)) / np.maximum(values.std(axis=0), np.finfo(float).eps)
    with_types = _correlations(values, np.eye(len(types))[owner])
    own = with_types[np.arange(len(owner)), owner]
    is_best = with_types.argmax(axis=1) == owner
    excess = own - (with_types.sum(axis=1) - own) / (len(types) - 1)
    z = float(excess.mean() / max(excess.std() / np.sqrt(len(excess)), np.finfo(float).eps))
    return Coherence(pd.Series(is_best).groupby(types[owner]).mean(), 1 / len(types), z)


def _correlations(values: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Return the correlation of each marker with the sum of each type's other markers, markers × types.

    Parameters
    ----------
    values
        z-scores, spots × markers.
    member
        Which type each marker belongs to, markers × types of 0 and 1.
    """
    among = values.T @ values / len(values)  # markers × markers
    with_sum = among @ member - member * np.diag(among)[:, None]  # the marker itself does not count
    variance = np.einsum("mt,mn,nt->t", member, among, member)[None, :]
    variance = variance - member * (2 * with_sum + np.diag(among)[:, None])  # nor in the sum's variance
    return with_sum / np.sqrt(np.maximum(variance, np.finfo(float).eps))
