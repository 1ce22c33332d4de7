"""The page on confidence: is the score of a placed cell the probability that it is right?"""

import numpy as np
import pandas as pd

from ..cases import known_spots
from ..judges import confidence as judge
from .markdown import filled

SUMMARY, BINS, SECTIONS = "How well scores agree with the truth", "Reliability", "Every section"
GROUP = ["role", "cells", "depth"]
BEFORE, AFTER = "before", "score"
MOST_ECE, MOST_SPEARMAN = 0.05, -0.4  # the goals


def grouped(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the depth of its sections."""
    return table.assign(depth=np.where(table["recipe"] == "shallow", "shallow", "deep"))


def group_name(key: tuple[str, str, str]) -> str:
    """Return a group's name for a figure."""
    role, cells, depth = key
    return f"{cells}, {depth}, {role}"


def reliability(pairs: pd.DataFrame) -> pd.DataFrame:
    """Return the bins of each group of sections, of the scores and of the fits that stood in their place before."""
    parts = [
        judge.reliability(part, column).drop(columns="cells").assign(**dict(zip(GROUP, key, strict=True)), of=name)
        for key, part in grouped(pairs).groupby(GROUP)
        for column, name in (("fit", BEFORE), ("score", AFTER))
    ]
    table = pd.concat(parts, ignore_index=True)
    table["bin"] = [f"{low / judge.BINS:.1f} to {(low + 1) / judge.BINS:.1f}" for low in table["bin"]]
    return table[[*GROUP, "of", "bin", "mean", "right"]]


def summary(table: pd.DataFrame, pairs: pd.DataFrame, spots: pd.DataFrame) -> pd.DataFrame:
    """Return one row per group of sections.

    Parameters
    ----------
    table
        One row per section.
    pairs, spots
        Of all sections.
    """
    pairs, spots, rows = grouped(pairs), grouped(spots), []
    for key, part in grouped(table).groupby(GROUP):
        own, of_spots = (whole[(whole[GROUP] == list(key)).all(axis=1)] for whole in (pairs, spots))
        rows.append(
            dict(zip(GROUP, key, strict=True))
            | {
                "sections": len(part),
                "ECE before": judge.calibration_error(own, "fit"),
                "ECE": judge.calibration_error(own, "score"),
                "mean ECE of a section": part["ECE of score"].mean(),
                "largest": part["ECE of score"].max(),
                "Spearman before": part["Spearman of fit"].mean(),
                "Spearman": part["Spearman of score"].mean(),
                "with the truth known": part["Spearman with the truth known"].mean(),
                "Spearman over all spots": judge.rank_correlation(of_spots, "score"),
            }
        )
    return pd.DataFrame(rows)


def text(summary: pd.DataFrame, bins: pd.DataFrame, sections: pd.DataFrame, tissues: pd.DataFrame) -> str:
    """Return the page in Markdown."""
    short = sections.assign(reference=_short(sections["reference"]), **{"section of": _short(sections["section of"])})
    found, known = sections["Spearman of score"], sections["Spearman with the truth known"]
    worst = sections.loc[sections["ECE of score"].idxmax()]
    return filled(
        "confidence", spots=known_spots.SPOTS, cells_per_spot=known_spots.CELLS_PER_SPOT,
        shallow=known_spots.SHALLOW_COUNTS,
        most_genes=f"{known_spots.MOST_GENES:,}", summary=summary, bins=bins, tissues=tissues,
        ece_reached=f"{(summary['ECE'] <= MOST_ECE).sum()} of {len(summary)} groups",
        rho_reached=f"{(found <= MOST_SPEARMAN).sum()} of {len(found)}", ceiling_reached=(known <= MOST_SPEARMAN).sum(),
        worse=worse(summary),
        worst=f"{worst['ECE of score']:.2f} (reference {worst['reference']}, cells of {worst['section of']})",
        sections=short.rename(columns={f"{what} of fit": f"{what} before" for what in ("ECE", "Spearman")}),
    )  # fmt: skip


def worse(summary: pd.DataFrame) -> str:
    """Return the groups whose calibration error is larger than that of the raw value of the forest, with both."""
    lost = summary[summary["ECE"] > summary["ECE before"]]
    return (
        "; ".join(
            f"{group_name(key)}: {now:.3f} (`fit`: {before:.3f})"
            for *key, now, before in lost[[*GROUP, "ECE", "ECE before"]].itertuples(index=False)
        )
        or "none"
    )


def _short(names: pd.Series) -> pd.Series:
    return names.str.removeprefix("sc_")
