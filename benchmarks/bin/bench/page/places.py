"""The page on expected expression of spots, places within spots, and fine bins."""

import pandas as pd

from ..cases.fine_bins import APART, CELLS, DIAMETER
from ..judges.fine_bins import CHOSEN, COVERED, SIDES
from .markdown import filled

EXPECTED, MEANS, SUM = "expected (spots.h5ad)", "proportions × means", "a sum of ten cells of these types"
BLIND = "summed counts"


def text(expected: pd.DataFrame, within: pd.DataFrame, bins: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    expected
        One row per section and way to expect expression.
    within
        One row per section, spots and composition.
    bins
        One row per section, squares and way.
    """
    return filled(
        "places", **_of_expected(expected), **_of_within(within), **_of_bins(bins), expected=expected, within=within,
        bins=bins, cells=CELLS, diameter=f"{DIAMETER:g}", apart=f"{APART:g}", covered=f"{100 * COVERED:.0f} %",
    )  # fmt: skip


def _of_expected(table: pd.DataFrame) -> dict[str, str]:
    wide = table.pivot(index=["role", "section"], columns="way", values="over spots")
    genes = table.pivot(index=["role", "section"], columns="way", values="over genes")
    gain = wide[EXPECTED] - wide[MEANS]
    return {
        "sections": str(len(wide)), "higher": str(int((gain > 0).sum())), "gain_mean": f"{gain.mean():.3f}",
        "gain_worst": f"{gain.min():.3f}", "gain_best": f"{gain.max():.3f}",
        "by_genes": f"{genes[EXPECTED].mean():.3f}", "means_by_genes": f"{genes[MEANS].mean():.3f}",
        "sum_by_genes": f"{genes[SUM].mean():.3f}",
    }  # fmt: skip


def _of_within(table: pd.DataFrame) -> dict[str, str]:
    gains = table.groupby("gap", sort=False)["gain, %"]
    return {
        "place_gains": "; ".join(
            f"{gap}: {part.mean():.1f} % ({part.min():.1f} to {part.max():.1f} %)" for gap, part in gains
        )
    }


def _of_bins(table: pd.DataFrame) -> dict[str, str | pd.DataFrame]:
    keys = ["role", "cells of", "places of", "counts", "squares"]
    found = []
    for name in SIDES:
        part = table[table["squares"] == name].pivot(index=keys, columns="way", values=["PCC", "RMSE"])
        for way in part["PCC"].columns:
            row = {"squares": name, "way": way} | {f"{one}, mean": part[one][way].mean() for one in ("PCC", "RMSE")}
            if BLIND in part["PCC"]:
                row["PCC above summed counts in"] = f"{(part['PCC'][way] > part['PCC'][BLIND]).sum()} of {len(part)}"
            found.append(row)
    return {"of_ways": pd.DataFrame(found)} | _of_choice(table, keys)


def _of_choice(table: pd.DataFrame, keys: list[str]) -> dict[str, str]:
    """Return how the section's choice compares with summed counts."""
    wide = table.pivot(index=keys, columns="way", values="PCC").dropna(subset=BLIND)
    gain = (wide[CHOSEN] - wide[BLIND]).groupby("squares")
    pooling = table[table["way"] == CHOSEN].drop_duplicates(keys[:-1])["pooling"]
    words = {"pooled": str(int((pooling > 0).sum())), "number": str(len(pooling))}
    for size, part in gain:
        short = str(size).split()[0]
        words[f"gain_{short}"] = f"{part.mean():+.3f}"
        words[f"above_{short}"] = f"higher in {(part > 0).sum()} of {len(part)}, {part.min():+.3f} to {part.max():+.3f}"
    return words
