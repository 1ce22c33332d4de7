"""Which genes the explorer shows: those asked for, the best markers, and those that vary most in space."""

import pandas as pd

from .. import best_markers

MARKERS_PER_TYPE = 10
MOST_VARYING = 500  # genes of highest Moran's I


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
