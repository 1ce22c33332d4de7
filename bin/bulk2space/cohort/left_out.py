"""Samples and cell types that take no part in tests, and why."""

from collections.abc import Mapping, Sequence

import pandas as pd

from ..contract.verdicts import MUCH_UNKNOWN, POOR

BULK = "bulk"


def samples_left_out(
    factors: Mapping[str, Mapping[str, float | str | None]], needed: Sequence[str], verdicts: pd.DataFrame
) -> dict[str, str]:
    """Return the samples that take no part in tests, with the reason.

    Parameters
    ----------
    factors
        Condition and covariates by sample.
    needed
        Those that vary.
    verdicts
        Rows of all samples (contract/tables.py, VERDICT).
    """
    whole = verdicts[(verdicts["input"] == BULK) & (verdicts["cell_type"] == "")].set_index("sample")
    found = {}
    for name, of_sample in factors.items():
        empty = [factor for factor in needed if of_sample[factor] is None]
        if whole.loc[name, "verdict"] == POOR:
            found[name] = "the reference does not explain its bulk (verdict poor)"
        elif whole.loc[name, "unknown"] >= MUCH_UNKNOWN:
            found[name] = f"{whole.loc[name, 'unknown']:.0%} of its mRNA comes from a type that the reference lacks"
        elif empty:
            found[name] = f"no {' and no '.join(empty)} is given"
    return found


def types_left_out(verdicts: pd.DataFrame, samples: Sequence[str]) -> list[str]:
    """Return the types whose own markers are missing, by a poor verdict, in most samples that have the type."""
    rows = verdicts[(verdicts["input"] == BULK) & (verdicts["cell_type"] != "") & (verdicts["verdict"] != "")]
    rows = rows[rows["sample"].isin(samples)]
    poor = (rows["verdict"] == POOR).groupby(rows["cell_type"]).mean()
    return sorted(poor.index[poor > 0.5])
