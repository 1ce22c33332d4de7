"""What the table of the whole way, from a bulk to cells in space, says: in rows and in sentences."""

import pandas as pd

from .place_scores import BETTER
from .tissues import CELLS_PER_SPOT, COMPANY, SCENARIOS, SPOTS

DEFAULT, TO_BULK, BOTH = "default", "default, --composition bulk", "default, --composition both"
IGNORED, CORRELATION, RANDOM = "the bulk ignored", "reference cells by correlation", "random within type"
REACH = "reference cells, true kinds"
WAYS = {
    DEFAULT: "the pipeline as it is: spots as the section shows them, whatever the bulk; cells calibrated to the bulk",
    TO_BULK: "the same with `--composition bulk`: the section as a whole has the bulk's proportions",
    BOTH: "the same with `--composition both`: as far as the section contradicts the bulk's intervals",
    IGNORED: "the same with cells in the reference's own proportions and without calibration",
    CORRELATION: "reference cells resampled in the bulk's estimated proportions, placed by one linear assignment on "
    "the correlation of all genes (CytoSPACE's formulation)",
    RANDOM: "the default's cells and quotas, `--scorer random`",
    REACH: "no rival: in the place of each true cell a reference cell of the same kind, which says what is in reach",
}
SAME = "neither"


def table(scores: pd.DataFrame) -> pd.DataFrame:
    """Return one row a scenario and way: mean ± standard deviation over seeds of each figure.

    Parameters
    ----------
    scores
        One row a `seed`, `scenario`, `way` and `figure`, with its `value`.
    """
    by_figure = scores.groupby(["scenario", "way", "figure"], sort=False)["value"].agg(["mean", "std"])
    words = by_figure.apply(lambda row: f"{row['mean']:.3f} ± {row['std']:.3f}", axis=1)
    return words.unstack("figure").reindex(columns=list(BETTER)).reindex(_present(scores)).reset_index()


def _present(scores: pd.DataFrame) -> list[tuple[str, str]]:
    there = set(zip(scores["scenario"], scores["way"], strict=True))
    return [(scenario, way) for scenario in SCENARIOS for way in WAYS if (scenario, way) in there]


def compare(scores: pd.DataFrame, way: str, against: str) -> pd.DataFrame:
    """Return in which comparisons a way is better (1) or worse (-1) in every seed, else 0, scenarios × figures."""
    values = scores.pivot(index=["scenario", "seed"], columns=["way", "figure"], values="value")
    signs = pd.Series({figure: 1 if more else -1 for figure, more in BETTER.items()})
    gain = (values[way][list(BETTER)] - values[against][list(BETTER)]) * signs
    least, most = gain.groupby("scenario").min(), gain.groupby("scenario").max()
    return ((least > 0).astype(int) - (most < 0).astype(int)).reindex(list(SCENARIOS))


def story() -> list[str]:
    """Return what was simulated, and what the ways are."""
    shifted = ", ".join(name for name in SCENARIOS if name != SAME)
    return [
        f"Blood cells with known places, {SPOTS} spots of {CELLS_PER_SPOT}, made of one half of `sc_pbmc3k_10x` (a",
        "tuning set); the other half is the reference. T cells of three kinds and monocytes of two go by one type's",
        "name each: their kinds are states that no step is told. The section measures one tissue; the bulk measures",
        "another of the same layout, whose types, states or both are shifted (scenarios",
        f"{shifted}) or not ({SAME}). **Truth is the bulk's tissue, cell by cell and spot by spot.**",
        "Each gene has a factor in the bulk and another in the section. The bulk's file holds the",
        f"{len(SCENARIOS)} scenarios and {len(COMPANY)} more tissues.",
        "",
        *[f"- *{way}*: {words}." for way, words in WAYS.items()],
        "",
        "Composition: shares of types. States: shares of kinds within their type, by the source of each placed cell.",
        "Expression: summed expression of the spots, in logarithms, on genes that differ between kinds and are no",
        "markers: the mean correlation over these genes in each spot, and over the spots of each gene. Mean ± standard",
        "deviation over seeds; each has a split, a layout and a network of its own.",
    ]


def verdict(scores: pd.DataFrame) -> list[str]:
    """Return sentences on what the bulk adds, all from the table."""
    seeds = scores["seed"].nunique()
    lines = [f"A comparison is a figure in a scenario; it counts as won or lost where all {seeds} seeds agree.", ""]
    shifted = [name for name in SCENARIOS if name != SAME]
    for way in (DEFAULT, TO_BULK, BOTH):
        won = compare(scores, way, IGNORED)
        lines.append(f"- *{way}* against *{IGNORED}*, where the bulk's tissue differs: {_count(won.loc[shifted])}.")
        lines.append(f"  Where it does not differ: {_count(won.loc[[SAME]])}.")
        nothing = [figure for figure in BETTER if not (won.loc[shifted, figure] > 0).any()]
        if nothing:
            lines.append(f"  **The bulk adds nothing** in any scenario to: {'; '.join(nothing)}.")
        harmed = [
            f"{figure} ({', '.join(name for name in SCENARIOS if won.loc[name, figure] < 0)})"
            for figure in BETTER
            if (won[figure] < 0).any()
        ]
        if harmed:
            lines.append(f"  **The bulk does harm** to: {'; '.join(harmed)}.")
    for way in (DEFAULT, TO_BULK, BOTH):
        rivals = [f"*{rival}* – {_count(compare(scores, way, rival))}" for rival in (CORRELATION, RANDOM)]
        lines.append(f"- *{way}*, all scenarios, against {'; against '.join(rivals)}.")
    return lines


def _count(won: pd.DataFrame) -> str:
    return f"better in {int((won > 0).sum().sum())} of {won.size}, worse in {int((won < 0).sum().sum())}"
