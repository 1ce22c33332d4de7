"""The marker genes that the figures show."""

import pandas as pd


def of_types(markers: pd.DataFrame, types: list[str], *, genes: list[str], each: int) -> list[str]:
    """Return the best ``each`` markers of every type among ``genes``, in the order of the types, each gene once.

    Parameters
    ----------
    markers
        markers.csv: cell_type, gene, rank.
    types, genes
        Cell types in order; genes to choose from.
    each
        Most markers per type.
    """
    ranked = markers[markers["gene"].isin(genes)].sort_values("rank", kind="stable")
    chosen: dict[str, str] = {}
    for name in types:
        free = ranked.loc[(ranked["cell_type"] == name) & ~ranked["gene"].isin(chosen), "gene"]
        chosen.update(dict.fromkeys(free.iloc[:each], name))
    return list(chosen)


def of_frequent_types(markers: pd.DataFrame, types: pd.Series, *, genes: list[str], most: int) -> list[str]:
    """Return the best marker of each of the most frequent types (one value per cell): at most ``most`` of ``genes``."""
    frequent = list(types.astype(str).value_counts(sort=True).index)
    return of_types(markers, frequent, genes=genes, each=1)[:most]
