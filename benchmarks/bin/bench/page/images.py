"""The page on imaged cells."""

import numpy as np
import pandas as pd

from ..cases.imaged import DEFAULT, FIVE_FOLD, KEPT, MEAN_OF_ALL, PANEL, PUBLISHED, SHUFFLED, SINGLE, TUNING, lacking
from ..judges.images import ACCURACY, MEAN, MEDIAN
from .markdown import filled

TABLE = "Every seed"
METHODS = (DEFAULT, PUBLISHED, SHUFFLED, MEAN_OF_ALL)
NEAR = 0.010
"""How far below the best single mapper the default may be."""


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per set, seed and method."""
    genes, types = (of_sets(table, metric) for metric in (MEAN, ACCURACY))
    return filled(
        "images",
        genes_goals=goals(genes),
        types_goals=goals(types),
        single=len(SINGLE),
        noise=f"{noise(table, ACCURACY):.3f}",
        ahead=f"{-types['default less best'].mean():.3f}",
        means=means(table),
        genes=genes,
        types=types,
        table=table.loc[table["method"].isin(METHODS), ["set", "seed", "method", MEAN, MEDIAN, ACCURACY]],
    )


def in_figure(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of sets that are drawn: those of one size of panel, or of five folds."""
    return table[table["set"].str.contains(f", {PANEL} genes|{FIVE_FOLD}")]


def of_sets(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return, for each set, the default beside the best single mapper and the published way, means over seeds."""
    known = table.dropna(subset=metric)
    rows = []
    for (name, role), part in known.groupby(["set", "role"], sort=False):
        by_seed = part.pivot_table(index="seed", columns="method", values=metric)
        mean = by_seed.mean()
        best = mean[list(SINGLE)].idxmax()
        above = int((by_seed[DEFAULT] > by_seed[PUBLISHED]).sum())
        rows.append(
            {
                "set": name,
                "role": role,
                "default": mean[DEFAULT],
                "best single": mean[best],
                "its name": best,
                "default less best": mean[DEFAULT] - mean[best],
                "published": mean[PUBLISHED],
                "above published": f"{above} of {len(by_seed)} seeds",
            }
        )
    return pd.DataFrame(rows)


def noise(table: pd.DataFrame, metric: str) -> float:
    """Return the standard error of a set's mean difference of a single mapper and the default, from its seeds."""
    by_seed = table.pivot_table(index=["set", "seed"], columns="method", values=metric).dropna()
    of_sets = by_seed[list(SINGLE)].sub(by_seed[DEFAULT], axis=0).groupby(level="set")
    squares = of_sets.var().div(of_sets.size(), axis=0)
    return float(np.sqrt(squares.to_numpy().mean()))


def means(table: pd.DataFrame) -> pd.DataFrame:
    """Return the mean over sets of each method, tuning and judging sets apart; each set counts once."""
    by_set = table.groupby(["role", "set", "method"], sort=False)[[MEAN, MEDIAN, ACCURACY]].mean()
    found = by_set.groupby(["role", "method"], sort=False).mean().reset_index()
    generated = by_set[by_set.index.get_level_values("set").str.endswith("generated")]
    through = generated.groupby(["role", "method"], sort=False)[MEAN].mean().rename("mean PCC, generated cells")
    return found.merge(through, on=["role", "method"], how="left")


def gained(table: pd.DataFrame, mapper: str) -> str:
    """Return what a mapper adds to the default in each set, and in how many sets of each role it adds something."""
    by_set = table.pivot_table(index=["role", "set"], columns="method", values=MEAN, sort=False)
    gain = by_set[DEFAULT] - by_set[lacking(mapper)]
    lines = [f"Mean PCC of the default, less that without {mapper}:"]
    lines += [f"{value:+.5f} {name}" for (_, name), value in gain.items()]
    for role, part in gain.groupby("role", sort=False):
        lines.append(f"{role}: above 0 in {(part > 0).sum()} of {len(part)} sets, mean {part.mean():+.5f}")
    return "\n".join(lines)


def goals(sets: pd.DataFrame) -> list[str]:
    """Return one line per role: in how many sets the default is near the best mapper and above the published way."""
    lines = []
    for role in (TUNING, KEPT):
        part = sets[sets["role"] == role]
        if part.empty:
            continue
        near = part["default less best"] >= -NEAR
        won = part["above published"].str.extract(r"(\d+) of (\d+)").astype(int).sum()
        lines.append(
            f"- {role} sets: at most {NEAR:.3f} below the best single mapper in {near.sum()} of {len(part)}, above the "
            f"published way in {won[0]} of {won[1]} runs."
        )
    return lines
