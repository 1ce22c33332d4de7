"""The summary page, docs/benchmarks.md: words, numbers and figures that follow from the pages of tables alone."""

from pathlib import Path

import pandas as pd

from ..cases.beside import APART
from ..cases.known_spots import ONE, TWO
from ..cases.pairs import RIGHT, WRONG
from . import (
    blood,
    calibration,
    cells,
    confidence,
    contradiction,
    end_to_end,
    figures,
    generators,
    images,
    intervals,
    mapping,
    paper_tables,
    rivals,
    runs,
    spots,
    training,
    trust,
)
from .figures import Tables
from .markdown import filled, tables

OF_DEFAULT, PUBLISHED = "negative_binomial", "paper"  # estimators of proportions
TOOLS = {name: figures.SPOT_NAMES.get(name, name) for name in spots.WITHOUT_CELLS}
"""Tools of other authors that estimate the composition of spots."""
METRIC_NAMES = {
    "PCC": "mean expression", "PCC of all cells": "mean expression of all cells", "spread": "variation of genes",
    "fold changes": "fold changes of markers", "AUC": "AUC", "distance": "distance to the reference",
    "gene corr.": "correlations between genes", "copies": "copies",
}  # fmt: skip
MIB_IN_GIB = 1024
OF_TRUST = {"trust", "unknown", "intervals", "contradiction", "imaged_trust"}
LINKED = {
    "atlas",
    "blood",
    "cohort",
    "differences",
    "explorer",
    "expression",
    "gpu",
    "grid_time",
    "hd",
    "imaged_size",
    "kept",
    "places",
    "planning",
    "section_choice",
    "small_run",
    "stub_run",
}
ROWS_PAGE, GENERATORS_PAGE, BULB_PAGE = "rivals", "generators", "published_bulb"
JOINING = {ROWS_PAGE, GENERATORS_PAGE, BULB_PAGE}  # pages that join the summary once their commands have written them
OTHER_GENERATORS = "[other generators](benchmarks/generators.md), "
PAGES = sorted({page for _, needed in figures.FIGURES.values() for page in needed} | OF_TRUST | LINKED)


def refresh(docs: Path) -> bool:
    """Write the summary page and its figures, unless a page of tables is not there; return whether it was written.

    Parameters
    ----------
    docs
        Folder for benchmarks.md, with the pages of tables in ``benchmarks/``; figures go to ``images/``.
    """
    pages = read(docs / "benchmarks")
    if not set(PAGES) <= set(pages):
        return False
    (docs / "images").mkdir(exist_ok=True)
    for name in figures.FIGURES:
        figures.draw(name, pages, docs / "images" / f"{name}.png")
    (docs / "benchmarks.md").write_text(text(pages))
    return True


def read(folder: Path) -> dict[str, Tables]:
    """Return the tables of all pages, by page and heading."""
    return {path.stem: tables(path.read_text()) for path in sorted(folder.glob("*.md"))}


def text(pages: dict[str, Tables]) -> str:
    """Return the page in Markdown from the tables of all pages."""
    return filled(
        "summary",
        paper=paper_tables.said(pages["paper_tables"]),
        **_whole(pages["end_to_end"]),
        **_generated(pages["cells"], pages.get(GENERATORS_PAGE)),
        **_estimated(pages["proportions"]),
        rectangle=_on_blood(pages["blood"][blood.TABLE]),
        **_covered(pages["intervals"]),
        **_placed(pages["spots"]),
        **_imaged(pages["images"]),
        **_calibrated(pages["calibration"]),
        **_judged(pages["trust"]),
        **_compared(pages["contradiction"][contradiction.COUNTED]),
        **_probable(pages["confidence"][confidence.SUMMARY]),
        rows=_rows(pages.get(ROWS_PAGE), pages["paper_tables"]),
        bulb="; [as published on the olfactory bulb](benchmarks/published_bulb.md)" if BULB_PAGE in pages else "",
        generators=OTHER_GENERATORS if GENERATORS_PAGE in pages else "",
        **_costs(pages["training"][training.TABLE], pages["mapping"][mapping.GROWTH]),
    )


def _rows(tables: Tables | None, ranked: Tables) -> str:
    """Return the section on the paper's rows, nothing before `make bench-rivals` has written its page."""
    if not tables:
        return ""
    return filled("summary_rows", rivals=rivals.shown(tables[rivals.ROWS]), absent=paper_tables.absent(ranked))


def _whole(tables: Tables) -> dict[str, object]:
    """Return how often the bulk helps, and how the pipeline compares with the formulation of CytoSPACE."""
    won = tables[end_to_end.WON].set_index(["method", "against", "scenarios"])
    found = {
        "ignored": won.loc[(end_to_end.DEFAULT, end_to_end.IGNORED, end_to_end.DIFFERS)],
        "cytospace": won.loc[(end_to_end.DEFAULT, end_to_end.CORRELATION, end_to_end.ALL)],
        "equal": won.loc[(end_to_end.DEFAULT, end_to_end.IGNORED, end_to_end.EQUAL)],
        "harm": won.loc[(end_to_end.TO_BULK, end_to_end.IGNORED, end_to_end.EQUAL)],
    }
    columns = {"better": "better in", "worse": "worse in", "of": "comparisons"}
    return {f"{name}_{end}": row[column] for name, row in found.items() for end, column in columns.items()}


def _generated(tables: Tables, others: Tables | None) -> dict[str, object]:
    """Return how often the pipeline's cells are best, and which targets they miss.

    Parameters
    ----------
    tables
        Of the page on generated cells.
    others
        Of the page on other generators, where it is there.
    """
    halves, shipped = tables[cells.HALVES], tables[cells.SHIPPED]
    won = runs.wins(halves.rename(columns={shown: name for name, shown in cells.SHOWN.items()})).sum()
    rivals = halves[~halves["method"].isin([runs.OWN, runs.RESAMPLE, runs.CEILING])]
    auc = halves.pivot_table(index="set", columns="method", values="AUC")
    beside = auc[auc[[name for name in auc if name in set(rivals["method"])]].notna().any(axis=1)]
    missed = shipped[shipped["reached"] != "yes"]
    sets = missed["set"].str.removesuffix(cells.FEW_CELLS).groupby(missed["metric"], sort=False).agg(", ".join)
    return {
        "best": won["tuning"] + won["judging"],
        "compared": won["of_tuning"] + won["of_judging"],
        "auc": _span(shipped.loc[shipped["metric"] == "AUC", "value"]),
        "halves": len(beside),
        "halves_auc": _span(beside[runs.OWN]),
        "rivals_auc": _span(rivals["AUC"]),
        "scvi": _beside_scvi(others),
        "missed": len(missed),
        "targets": len(shipped),
        "missed_by_metric": "; ".join(f"{METRIC_NAMES[metric]} ({names})" for metric, names in sets.items()),
    }


def _beside_scvi(tables: Tables | None) -> str:
    """Return the AUC of scVI beside ours on the same halves; nothing where it was not measured."""
    table = tables[generators.COMPARED].set_index("generator")["AUC"] if tables else pd.Series(dtype=float)
    theirs = table[table.index.isin(generators.SCVI)]
    if theirs.empty:
        return ""
    own = table[table.index == generators.DEFAULT]
    return f" On smaller references, it is {_span(own, 3)}, and {_span(theirs, 3)} for scVI."


def _on_blood(table: pd.DataFrame) -> str:
    """Return on which references Rectangle is better or worse than the default; nothing where it was not run."""
    errors = table.pivot_table(index="reference", columns="method", values="rmse", sort=False)
    if blood.RECTANGLE not in errors:
        return ""
    parts = [
        f"{'smaller' if row[blood.RECTANGLE] < row[blood.DEFAULT] else 'larger'} with the reference {name} "
        f"({row[blood.RECTANGLE]:.3f}, default {row[blood.DEFAULT]:.3f})"
        for name, row in errors.iterrows()
    ]
    return f" On the blood counted by FACS, the RMSE of the program Rectangle is {' and '.join(parts)}."


def _estimated(tables: Tables) -> dict[str, object]:
    """Return where the default estimator has the smallest error, and how often a missing type raises a warning."""
    errors = {
        name.removeprefix("sc_").replace("_", " "): of_set.set_index("method")["RMSE"]
        for table in tables.values()
        if "RMSE" in table
        for name, of_set in table.groupby("set", sort=False)
    }
    best = {name: figures.ESTIMATOR_NAMES[values.idxmin()] for name, values in errors.items()}
    lost = {name for name, values in errors.items() if values[OF_DEFAULT] > values.min()}
    ours = tables["missing type"].set_index("method").loc[OF_DEFAULT]
    return {
        "below_published": sum(values[OF_DEFAULT] < values[PUBLISHED] for values in errors.values()),
        "smallest": len(errors) - len(lost),
        "sets": len(errors),
        "lost": ", ".join(f"{name} ({best[name]})" for name in errors if name in lost),
        "warned": _percent(ours["warned, type missing"]),
    }


def _covered(tables: Tables) -> dict[str, object]:
    """Return how often the default estimator's intervals hold the truth, how wide they are, and where they fail."""
    cases = tables[intervals.OF_DEFAULT]
    kinds = cases.groupby("kind")[["coverage", "width"]].mean()
    shown = {"same": "same experiment", "other": "another laboratory", "facs": "counted by FACS"}
    return {f"coverage_{name}": f"{100 * kinds.loc[kind, 'coverage']:.0f} %" for name, kind in shown.items()} | {
        "width_facs": f"{kinds.loc[shown['facs'], 'width']:.2f}",
        "narrow": (cases["coverage"] < intervals.LOWEST).sum(),
        "interval_cases": len(cases),
        "least": f"{100 * intervals.LOWEST:.0f}",
    }


def _placed(tables: Tables) -> dict[str, object]:
    """Return in how many sections the pipeline is closer to the ground truth than other tools and other scorers."""
    composition = tables[spots.OF_COMPOSITION]
    won = spots.closer(composition, "RMSE", -1).set_index("than")
    expression = tables[spots.WON].set_index("than")
    patterns = spots.closer(tables[spots.OF_EXPRESSION], "PCC over spots").set_index("than")
    tools = [name for name in TOOLS if name in won.index]
    errors, fits = _by_section(composition, "RMSE"), _by_section(tables[spots.OF_EXPRESSION], "PCC")
    lost = {name: errors[errors[name] < errors[spots.OWN]] for name in tools}
    sections = {name: _listed(part) for name, part in lost.items()}
    return {
        "composition": _counted(won.loc[tools]),
        "sections": won["sections"].max(),
        "random_cells": _of(expression, "random"),
        "random_patterns": _of(patterns, "random"),
        "linear_assignment": _of(expression, "linear_assignment"),
        "lost_to_random": _listed(fits[fits["random"] > fits[spots.OWN]]) or "no section",
        "lost_sections": "; ".join(f"to {TOOLS[name]} on {names}" for name, names in sections.items() if names),
    }


def _by_section(table: pd.DataFrame, metric: str) -> pd.DataFrame:
    """Return a metric with one row per section and a column per method, beside set, recipe and number of spots."""
    return table.pivot_table(index=["set", "recipe", "spots"], columns="method", values=metric).reset_index()


def _counted(won: pd.DataFrame) -> str:
    """Return in how many sections ours is closer than each tool, the tools of one number together."""
    parts = []
    for number, alike in won.groupby("closer in", sort=False):
        *names, last = (TOOLS[name] for name in alike.index)
        parts.append((number, f"{number} than that of {' and '.join([*([', '.join(names)] if names else []), last])}"))
    return ", in ".join(words for _, words in sorted(parts, reverse=True))


def _listed(sections: pd.DataFrame) -> str:
    """Return sections by set and recipe, each once with its number."""
    numbers = (sections["set"] + " (" + sections["recipe"] + ")").value_counts(sort=False)
    return ", ".join(f"{name}{f' × {number}' if number > 1 else ''}" for name, number in numbers.items())


def _imaged(tables: Tables) -> dict[str, object]:
    """Return how well genes and types of imaged cells are predicted, beside the published mapping."""
    table = tables[images.TABLE].set_index(["set", "seed", "method"])
    genes, types = (table[metric].unstack("method").dropna() for metric in ("mean PCC", "accuracy"))
    means = genes.groupby("set", sort=False).mean()
    return {
        "genes": f"{(genes['default'] > genes['published']).sum()} of {len(genes)}",
        "types": f"{(types['default'] > types['published']).sum()} of {len(types)}",
        "pcc": _span(means["default"]),
        "published_pcc": _span(means["published"]),
    }


def _calibrated(tables: Tables) -> dict[str, object]:
    """Return how far calibration moves cells towards the bulk's states."""
    table = tables[calibration.TABLE]
    before, after = table["error of the kinds, uncalibrated"], table["error of the kinds, calibrated"]
    changed, used = table["bulk"] != "as the reference", table["calibrated"] == "yes"
    alone = changed & (table["samples in the file"] == 1)
    return {
        "used": (changed & used).sum(),
        "changed": changed.sum(),
        "error_before": f"{before[changed & used].mean():.2f}",
        "error_after": f"{after[changed & used].mean():.2f}",
        "risen": (after > before).sum(),
        "bulks": len(table),
        "alone_used": (alone & used).sum(),
        "alone": alone.sum(),
    }


def _judged(tables: Tables) -> dict[str, object]:
    """Return how many right and wrong pairs got each verdict, and how often a missing type is noticed."""
    table = tables[trust.TABLE].groupby("pair")[["good", "doubtful", "poor", "pairs"]].sum()
    found = {
        f"{word}_{column}": int(table.loc[pair, column])
        for word, pair in (("right", RIGHT), ("wrong", WRONG))
        for column in table
    }
    removed = tables[trust.REMOVED]
    return found | {"noticed": int((removed["good"] == 0).sum()), "removed": len(removed)}


def _compared(table: pd.DataFrame) -> dict[str, object]:
    """Return how often bulk and section contradict each other: of one tissue, and of the furthest apart."""
    found = {}
    for word, apart in (("same", min(APART)), ("far", max(APART))):
        rows = table[table["different cells"] == f"{apart:.0%}"]
        found |= {f"{word}_contradicted": rows["contradictions"].sum(), f"{word}_pairs": rows["pairs"].sum()}
    return found | {"far_apart": f"{max(APART):.0%}"}


def _probable(table: pd.DataFrame) -> dict[str, object]:
    """Return how far probabilities of placed cells are from the truth, before and now."""
    means = table.groupby("cells")[["ECE before", "ECE"]].mean()
    found = {
        f"{name}_{when}": f"{means.loc[kind, column]:.3f}"
        for name, kind in (("one", ONE), ("two", TWO))
        for when, column in (("before", "ECE before"), ("after", "ECE"))
    }
    return found | {"ece_worst": f"{table['largest'].max():.2f}", "lost_confidence": confidence.worse(table)}


def _costs(trained: pd.DataFrame, placed: pd.DataFrame) -> dict[str, object]:
    """Return how long training and placing take, and how much memory."""
    what, seconds, peak = trained["what"], trained["training, s"], "peak memory, MiB"
    sizes = what.str.extract(r"^(\d+) reference cells")[0].dropna().astype(int)
    return {
        "training": f"{seconds[what == 'the default, all cells and genes'].item():.0f}",
        "published_training": f"{seconds[what.str.contains('extrapolated')].item():.0f}",
        "cells": f"{sizes.max():,}",
        "training_memory": f"{trained[peak][sizes.idxmax()] / MIB_IN_GIB:.1f}",
        "spots": f"{placed['spots'].iloc[-1]:,}",
        "placing": f"{placed['seconds'].iloc[-1]:.0f}",
        "placing_memory": f"{placed[peak].iloc[-1] / MIB_IN_GIB:.1f}",
    }


def _of(won: pd.DataFrame, name: str) -> str:
    return f"{won.loc[name, 'closer in']} of {won.loc[name, 'sections']}"


def _span(values: pd.Series, digits: int = 2) -> str:
    """Return smallest and largest value, once where they are the same."""
    return " to ".join(dict.fromkeys(f"{value:.{digits}f}" for value in (values.min(), values.max())))


def _percent(values: pd.Series) -> str:
    """Return smallest and largest value in percent."""
    return f"{100 * values.min():.0f} to {100 * values.max():.0f} %"
