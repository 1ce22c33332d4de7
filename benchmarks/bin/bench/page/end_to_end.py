"""The page on the whole method: whether the bulk changes which cells are placed where."""

import pandas as pd

from ..cases.data_sets import BLOOD
from ..cases.tissues import CELLS_PER_SPOT, COMPANY, SCENARIOS, SPOTS
from ..judges.places import BETTER
from .markdown import filled

DEFAULT, TO_SECTION, TO_BULK = "default", "default, --composition section", "default, --composition bulk"
IGNORED, CORRELATION, RANDOM = "the bulk ignored", "reference cells by correlation", "random within type"
REACH = "reference cells, true kinds"
OURS = (DEFAULT, TO_SECTION, TO_BULK)
METHODS = (*OURS, IGNORED, CORRELATION, RANDOM, REACH)
SAME = "neither"  # the scenario in which bulk and section measure equal tissues
SHIFTED = [name for name in SCENARIOS if name != SAME]
SCORES, WON = "Scores", "What the bulk adds"
DIFFERS, EQUAL, ALL = "the tissues differ", "the tissues are equal", "all"


def tables(scores: pd.DataFrame) -> dict:
    """Return what the page shows.

    Parameters
    ----------
    scores
        One row per `seed`, `scenario`, `method` and `metric`, with its `value`.

    Returns
    -------
    `means` and `won`, from :func:`means` and :func:`comparisons`; `nothing` and `harm`, the metrics that the bulk does
    not improve and those that it worsens, by method; `seeds`, their number.
    """
    nothing, harm = {}, {}
    for method in OURS:
        won = compare(scores, method, IGNORED)
        if useless := [metric for metric in BETTER if not (won.loc[SHIFTED, metric] > 0).any()]:
            nothing[method] = useless
        worse = {metric: [name for name in SCENARIOS if won.loc[name, metric] < 0] for metric in BETTER}
        if harmed := [f"{metric} ({', '.join(names)})" for metric, names in worse.items() if names]:
            harm[method] = harmed
    return {
        "means": means(scores), "won": comparisons(scores), "nothing": nothing, "harm": harm,
        "seeds": scores["seed"].nunique(),
    }  # fmt: skip


def means(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row per scenario and method: mean ± standard deviation over seeds of each metric."""
    by_metric = scores.groupby(["scenario", "method", "metric"], sort=False)["value"].agg(["mean", "std"])
    words = by_metric.apply(lambda row: f"{row['mean']:.3f} ± {row['std']:.3f}", axis=1)
    there = set(zip(scores["scenario"], scores["method"], strict=True))
    order = [(scenario, method) for scenario in SCENARIOS for method in METHODS if (scenario, method) in there]
    return words.unstack("metric").reindex(columns=list(BETTER)).reindex(order).reset_index()


def compare(scores: pd.DataFrame, method: str, against: str) -> pd.DataFrame:
    """Return where a method is better (1) or worse (-1) than another in every seed, else 0, scenarios × metrics."""
    values = scores.pivot(index=["scenario", "seed"], columns=["method", "metric"], values="value")
    signs = pd.Series({metric: 1 if more else -1 for metric, more in BETTER.items()})
    gain = (values[method][list(BETTER)] - values[against][list(BETTER)]) * signs
    least, most = gain.groupby("scenario").min(), gain.groupby("scenario").max()
    return ((least > 0).astype(int) - (most < 0).astype(int)).reindex(list(SCENARIOS))


def comparisons(scores: pd.DataFrame) -> pd.DataFrame:
    """Return in how many comparisons each way of using the bulk is better and worse than each rival."""
    rows = []
    for method in OURS:
        won = compare(scores, method, IGNORED)
        rows += [_row(method, IGNORED, DIFFERS, won.loc[SHIFTED]), _row(method, IGNORED, EQUAL, won.loc[[SAME]])]
        rows += [_row(method, rival, ALL, compare(scores, method, rival)) for rival in (CORRELATION, RANDOM)]
    return pd.DataFrame(rows)


def _row(method: str, rival: str, where: str, won: pd.DataFrame) -> dict:
    better, worse = (int(found.sum().sum()) for found in (won > 0, won < 0))
    return {
        "method": method, "against": rival, "scenarios": where, "better in": better, "worse in": worse,
        "comparisons": won.size,
    }  # fmt: skip


def text(
    means: pd.DataFrame, won: pd.DataFrame, nothing: dict[str, list[str]], harm: dict[str, list[str]], seeds: int
) -> str:
    """Return the page in Markdown; parameters are those of :func:`tables`."""
    remarks = [
        f"- *{name}*: **the bulk adds nothing** in any scenario to: {'; '.join(nothing[name])}." for name in nothing
    ]
    remarks += [f"- *{name}*: **the bulk does harm** to: {'; '.join(harm[name])}." for name in harm]
    return filled(
        "end_to_end", spots=SPOTS, cells_per_spot=CELLS_PER_SPOT, data_set=BLOOD, company=len(COMPANY), seeds=seeds,
        scores=means, won=won, remarks=remarks,
    )  # fmt: skip
