"""The page on verdicts: do they tell right references from wrong ones?"""

import pandas as pd
from bulk2space.contract.verdicts import DOUBTFUL, GOOD, POOR, VERDICTS

from ..cases.pairs import RELATED, RIGHT, WRONG
from .markdown import filled

TABLE, REMOVED = "How many pairs got which verdict", "A type that the reference lacks"


def text(pairs: pd.DataFrame, removed: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    pairs
        One row per pair of a reference and a bulk or section.
    removed
        One row per type that was removed from a reference.
    """
    of_pairs = {name: part.drop(columns="pair") for name, part in pairs.groupby("pair")}
    return filled(
        "trust",
        summary=_summary(pairs),
        right=of_pairs[RIGHT],
        related=of_pairs[RELATED],
        wrong=of_pairs[WRONG].sort_values("agreement", ascending=False),
        removed=removed,
    )


def _summary(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return how many pairs of each kind and role got each verdict; a pair of several samples gets its commonest."""
    commonest = pairs[list(VERDICTS)].idxmax(axis=1)
    counted = pd.crosstab([pairs["pair"], pairs["role"]], commonest).reindex(
        columns=[GOOD, DOUBTFUL, POOR], fill_value=0
    )
    return counted.assign(pairs=counted.sum(axis=1)).reset_index()
