"""What the pages of the gallery read from the results of a run."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import tables
from bulk2space.contract.keys import Obs
from bulk2space.contract.verdicts import GOOD
from bulk2space.report import pattern_words
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

RESULTS = "results"
SURE = 0.05
LISTED = 6  # most pairs that a sentence names


def of_sample(folder: Path, sample: str, table: tables.Table) -> pd.DataFrame:
    """Return a table of a sample's results."""
    return table.read(folder / RESULTS / sample / table.name)


def spots_by_type(folder: Path, sample: str, column: str) -> pd.DataFrame:
    """Return a column of spots.csv as spots × types."""
    return of_sample(folder, sample, tables.SPOTS).pivot(index="spot", columns="cell_type", values=column)


def at_home(values: pd.DataFrame, region: pd.Series, homes: dict[str, str]) -> pd.Series:
    """Return how well each type tells its home region from others: the area under the curve, by type.

    Parameters
    ----------
    values
        Places × types.
    region
        Region of each place.
    homes
        Region of each type.
    """
    here = region.reindex(values.index)
    return pd.Series({name: roc_auc_score(here == home, values[name]) for name, home in homes.items()})


def in_order(depth: np.ndarray, rank: np.ndarray) -> float:
    """Return the rank correlation of depth with the order in which layers lie."""
    return float(spearmanr(depth, rank).statistic)


def listed(values: pd.Series, form: str = "{:.2f}") -> str:
    """Return names with their values, in words."""
    return ", ".join(f"{name} {form.format(value)}" for name, value in values.items())


def largest(folder: Path, sample: str) -> str:
    """Return the proportions of the bulk, the largest first, with their intervals."""
    table = of_sample(folder, sample, tables.PROPORTIONS).sort_values("proportion", ascending=False)
    rows = zip(table["cell_type"], table["proportion"], table["ci_low"], table["ci_high"], strict=True)
    return ", ".join(f"{name} {share:.0%} ({low:.0%} to {high:.0%})" for name, share, low, high in rows)


def pairs_in_words(folder: Path, sample: str) -> str:
    """Return which types stand together and which apart."""
    table = of_sample(folder, sample, tables.TYPE_PAIRS)
    table = table[table["cell_type"] != table["other"]]
    if (table["p"] == 1).all():
        return pattern_words.UNTESTED
    words = []
    for finding in ("together", "apart"):
        rows = table[table["finding"] == finding].head(LISTED)
        names = ", ".join(f"{one} and {other}" for one, other in zip(rows["cell_type"], rows["other"], strict=True))
        words.append(f"{finding.capitalize()}: {names or 'no pair'}.")
    return " ".join(words)


def regions_in_words(folder: Path, sample: str, types: list[str]) -> str:
    """Return the region in which each type is most common, where the test is sure of it."""
    table = of_sample(folder, sample, tables.REGIONS)
    table = table[(table["level"] == "proportion") & table["name"].isin(types)]
    best = table.loc[table.groupby("name")["correlation"].idxmax()]
    words = [
        f"{row['name']} in *{row['region']}* ({row['inside']:.0%} inside, {row['outside']:.0%} outside"
        f"{'' if row['p_adjusted'] < SURE else ', not sure'})"
        for row in best.to_dict("records")
    ]
    return ", ".join(words)


def probability_column(obs: pd.DataFrame) -> str:
    """Return the column with the probability that a placed or imaged cell has the right type."""
    return next(name for name in (Obs.SCORE, Obs.CELL_TYPE_SCORE) if name in obs)


def sureness(folder: Path, sample: str) -> list[str]:
    """Return the verdicts on a sample's inputs, and how probable its cells are."""
    table = of_sample(folder, sample, tables.VERDICT)
    words = []
    for name, rows in table.groupby("input", sort=False):
        whole, types = rows[rows["cell_type"] == ""].iloc[0], rows[(rows["cell_type"] != "") & (rows["verdict"] != "")]
        unsure = ", ".join(types.loc[types["verdict"] != GOOD, "cell_type"])
        unknown = f"; {whole['unknown']:.0%} of its mRNA belongs to no type of the reference"
        words.append(
            f"Verdict on the {name}: **{whole['verdict']}** (agreement {whole['agreement']:.2f}"
            f"{'' if np.isnan(whole['unknown']) else unknown}). "
            + (f"Types in doubt: {unsure}." if unsure else "No type is in doubt.")
        )
    placed = folder / RESULTS / sample / "spatial.h5ad"
    if placed.exists():
        obs = ad.read_h5ad(placed, backed="r").obs
        words.append(
            f"If the reference has all types of the tissue, the cells' types are right with a probability of "
            f"{obs[probability_column(obs)].mean():.2f} on average."
        )
    return words
