"""Verdicts: does a reference explain a bulk sample or a section, and each type that it is said to hold."""

from collections.abc import Sequence

import pandas as pd

from .percents import percent

GOOD, DOUBTFUL, POOR = "good", "doubtful", "poor"
VERDICTS = (POOR, DOUBTFUL, GOOD)  # the worst first

POOR_AGREEMENT, GOOD_AGREEMENT = 0.38, 0.5
"""Agreement (composition/support.py) below which a fit is poor, and from which it is good.

Chosen on the tuning sets; `make bench-trust` prints every right and wrong pair."""
MANY_MISSING, SOME_MISSING = 0.4, 0.2
"""Proportions of a type's own markers that are missing: from these on its verdict is poor, or doubtful."""
LOW_RATIO = -2.5
"""Median log2 of measurement over fit of a type's own markers, at and below which its verdict is poor."""
WIDE_SPREAD = 1.3
"""Spread of these ratios, from which on it is doubtful."""
SURE, TWICE = 6.0, 2.0
"""Markers that stand together by so many standard errors, and so much more often than by chance, belong to types that
are there: the verdict on their section is doubtful rather than poor."""
MUCH_UNKNOWN = 0.25
"""Unknown share (composition/unknown.py) from which on the verdict is at best doubtful. Chosen on the tuning sets:
`make bench-trust` prints how often a share is noticed with a missing type, and with none."""
NAMED_TYPES = 3
"""Types named in a sentence."""
CONTRADICTION = 0.025
"""Proportion of the cells by which bulk and section lie apart beyond the intervals of their differences, from which on
they contradict each other. Chosen on the tuning sets: `make bench-trust` prints how often it is reached."""


def of_fit(agreement: float, unknown: float) -> str:
    """Return the verdict on a bulk sample or a section as a whole; an unknown share of NaN says nothing."""
    if agreement < POOR_AGREEMENT:
        return POOR
    return GOOD if agreement >= GOOD_AGREEMENT and not unknown >= MUCH_UNKNOWN else DOUBTFUL


def of_type(missing: float, log2_ratio: float, spread: float) -> str:
    """Return the verdict on a type by its own markers; NaN, where it has too few of them, is doubtful."""
    if missing >= MANY_MISSING or log2_ratio <= LOW_RATIO:
        return POOR
    return GOOD if missing < SOME_MISSING and spread < WIDE_SPREAD else DOUBTFUL


def stands_together(z: float, proportion: float, chance: float) -> bool:
    """Tell whether the markers of a section's types stand together beyond doubt."""
    return z >= SURE and proportion >= TWICE * chance


def poor_inputs(table: pd.DataFrame) -> list[str]:
    """Return which inputs of a table (contract/tables.py, VERDICT) the reference does not explain."""
    return table.loc[(table["cell_type"] == "") & (table["verdict"] == POOR), "input"].to_list()


def types_in_doubt(table: pd.DataFrame, name: str) -> list[str]:
    """Return the types of an input whose own verdict is not good, the largest first (table: verdict.csv)."""
    types = table[(table["input"] == name) & (table["cell_type"] != "") & table["verdict"].isin([POOR, DOUBTFUL])]
    return types.sort_values("rna_fraction", ascending=False, kind="stable")["cell_type"].astype(str).to_list()


def wrong_reference(inputs: Sequence[str]) -> str:
    """Return the heading of results that rest on a reference which does not explain these inputs."""
    return f"Wrong reference: it does not explain the {' and the '.join(inputs)}"


def poor_in_words(sample: str, inputs: list[str]) -> str:
    """Return what a poor verdict means and what to do."""
    return (
        f"{sample}: the reference does not explain the {' and the '.join(inputs)}: most markers of the estimated "
        f"types are absent or out of proportion; check that it is of the same tissue and species"
    )


def much_unknown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of inputs as a whole that come in large part from a type that the reference lacks.

    Poor inputs are not among them: there the reference is the wrong one.
    """
    return table[(table["cell_type"] == "") & (table["verdict"] != POOR) & (table["unknown"] >= MUCH_UNKNOWN)]


def unknown_in_words(name: str, share: float) -> str:
    """Return what an unknown share of an input means."""
    return (
        f"about {share:.0%} of the mRNA of the {name} comes from a cell type that the reference lacks; the proportions "
        "sum to 1 without it"
    )


def contradiction_in_words(table: pd.DataFrame) -> str:
    """Return on which types bulk and section contradict each other, the worst first; empty where they do not."""
    whole = table["cell_type"] == ""
    if not (table.loc[whole, "contradiction"] >= CONTRADICTION).any():
        return ""
    types = table[~whole & (table["contradiction"] > 0)].sort_values("contradiction", ascending=False, kind="stable")
    both = types.pivot(index="cell_type", columns="input", values="proportion").reindex(types["cell_type"].unique())
    named = [
        f"{name} {percent(row.bulk)} and {percent(row.section)}" for name, row in both.iloc[:NAMED_TYPES].iterrows()
    ]
    return (
        "bulk and section contradict each other beyond the interval of their difference (proportions in bulk and "
        f"section: {', '.join(named)})"
    )


def worst(table: pd.DataFrame) -> str:
    """Return the worst verdict on an input as a whole."""
    return min(table.loc[table["cell_type"] == "", "verdict"], key=VERDICTS.index)
