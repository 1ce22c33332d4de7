"""Which genes the explorer shows: those asked for, the best markers, and those that vary most in space."""

from collections.abc import Iterable

import numpy as np
import pandas as pd
import scipy.sparse as sp
from scipy.spatial import cKDTree

from ...contract.keys import Obsm
from ...contract.stored import LOGS, Readable, Stored
from ...numerics.moran import morans_i, nearest_neighbours
from .. import best_markers

MARKERS_PER_TYPE = 10
MOST_VARYING = 500  # genes of highest Moran's I
MOST_PLACES = 20_000  # neighbouring places on which Moran's I is found
FEWEST_PLACES = 10  # with the gene; in fewer, one pair of neighbours makes a pattern


def choose(asked: list[str], markers: pd.DataFrame, types: list[str], varying: pd.Series, known: pd.Index) -> list[str]:
    """Return genes in the order in which they are shown while there is room.

    Parameters
    ----------
    asked
        Genes that the user names.
    markers, types
        markers.csv; the types of the reference.
    varying
        Moran's I by gene, the highest first.
    known
        Genes that are measured or predicted.
    """
    wanted = dict.fromkeys(gene for gene in asked if gene in known)
    best = best_markers.of_types(markers, types, genes=list(known), each=MARKERS_PER_TYPE)
    return list(wanted | dict.fromkeys(best) | dict.fromkeys(varying.index[:MOST_VARYING]))


def varying(section: Readable) -> pd.Series:
    """Return Moran's I of the genes of a section as measured, the highest first.

    Of a large section, the places around its middle take part.
    """
    positions = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    rows = around_the_middle(positions)
    values = sp.vstack(list(_rows(section, rows)), format="csr")
    enough = values.getnnz(axis=0) >= FEWEST_PLACES
    found = morans_i(values[:, np.flatnonzero(enough)], nearest_neighbours(positions[rows]))
    by_gene = pd.Series(found, index=section.var_names[enough]).dropna()
    return by_gene.sort_values(ascending=False, kind="stable")


def around_the_middle(positions: np.ndarray, most: int = MOST_PLACES) -> np.ndarray:
    """Return the rows of at most ``most`` places nearest to the middle (places × 2), in ascending order."""
    if len(positions) <= most:
        return np.arange(len(positions))
    return np.sort(cKDTree(positions).query(np.median(positions, axis=0), k=most)[1])


def _rows(section: Readable, rows: np.ndarray) -> Iterable[sp.csr_matrix]:
    """Yield the log values of some rows, in blocks."""
    if not isinstance(section, Stored):
        yield sp.csr_matrix(section.X[rows])
        return
    for start, block in section.blocks(LOGS):
        within = rows[(rows >= start) & (rows < start + block.shape[0])] - start
        yield block[within]
