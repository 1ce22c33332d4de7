"""Types that are hard to tell apart, because many of their best markers are the same genes."""

import itertools

import pandas as pd

from ..contract.remarks import NOTE, WARNING, Remark

BEST = 50  # markers of each type that are compared
MANY, HALF = 0.25, 0.5  # part of them that two types share, from which on a pair is noted, or warned of
NAMED_PAIRS = 3


def of_pairs(ranking: pd.DataFrame) -> pd.DataFrame:
    """Return the pairs of types that share many of their best markers, the most first.

    Parameters
    ----------
    ranking
        markers.csv: `cell_type`, `gene`, `rank`, `score`.

    Returns
    -------
    Columns `first`, `second` and `shared`, the number of markers that both have, as a part of BEST.
    """
    real = ranking[(ranking["score"] > 0) & (ranking["rank"] <= BEST)]
    best = {str(name): set(genes) for name, genes in real.groupby("cell_type")["gene"]}
    pairs = [
        (first, second, len(best[first] & best[second]) / BEST)
        for first, second in itertools.combinations(sorted(best), 2)
    ]
    table = pd.DataFrame(pairs, columns=["first", "second", "shared"])
    return table[table["shared"] >= MANY].sort_values("shared", ascending=False, kind="stable", ignore_index=True)


def remark(ranking: pd.DataFrame, reference: str) -> Remark | None:
    """Return what to say of a reference's types that share markers; None where no pair shares many."""
    pairs = of_pairs(ranking)
    if pairs.empty:
        return None
    named = [f"{row.first} and {row.second} ({row.shared:.0%})" for row in pairs.iloc[:NAMED_PAIRS].itertuples()]
    left = len(pairs) - NAMED_PAIRS
    more = f", and {left} more pairs" if left > 0 else ""
    return Remark(
        "shared_markers",
        WARNING if pairs["shared"].iloc[0] >= HALF else NOTE,
        reference,
        {"pairs": pairs.to_dict("records")},
        f"types that share many of their {BEST} best markers are hard to tell apart: {', '.join(named)}{more}; their "
        "sum is more certain than each of them",
    )
