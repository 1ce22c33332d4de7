"""The page of benchmarks, from tables alone."""

import json
from pathlib import Path

import pandas as pd

from . import page_spots, summary, whole_way
from .markdown import markdown
from .step_one import ALL
from .summary import BETTER, UNRANKED

SHOWN = {
    "pcc_mean": "PCC", "srcc_mean": "SRCC", "rmse_mean": "RMSE", "spread_pcc": "spread", "lfc_pcc": "fold changes",
    "auc": "AUC", "frobenius": "gene corr.", "distance_ratio": "distance", "copies": "copies",
    "pcc_bulk": "PCC bulk", "srcc_bulk": "SRCC bulk", "rmse_bulk": "RMSE bulk",
    "pcc_proportions": "PCC prop.", "rmse_proportions": "RMSE prop.",
}  # fmt: skip
METHODS = {
    "default": "the pipeline as it is",
    "paper": "`-profile paper`: the published β-VAE, 500 markers a type, NNLS on log values",
    "gan": "the paper's GAN, one network a cell type, since an unconditional one knows no types",
    "cgan": "the paper's conditional GAN, one network for all types",
    "resample": "the reference's own cells drawn again: new in nothing, hence a bar and no rival",
}

FLOORS = {
    "mean_pcc": ("at most 0.005 below", lambda value, ceiling: value >= ceiling - 0.005),
    "spread_pcc": ("at most 0.03 below", lambda value, ceiling: value >= ceiling - 0.03),
    "auc": ("at most 0.70", lambda value, _: value <= 0.70),
    "lfc_pcc": ("at least 0.95", lambda value, _: value >= 0.95),
    "frobenius": ("at most 1.25 times", lambda value, ceiling: value <= 1.25 * ceiling),
    "distance_ratio": ("0.9 to 1.1", lambda value, _: 0.9 <= value <= 1.1),
    "copies": ("0", lambda value, _: value == 0),
}  # figure: what is asked of the default, in words and as a test of its value and that of the reference's own cells

FIGURES = """\
PCC, SRCC and RMSE are the paper's: mean log expression of a type's generated cells against held-out cells of that type,
and, as *bulk*, the sum of all generated cells against the bulk; *prop.* is their composition against the true one.
*Spread* is the PCC of genes' standard deviations, *fold changes* that of markers' log fold changes, *AUC* how well a
random forest tells generated from held-out cells (0.5: not at all), *gene corr.* the distance between correlation
matrices, *distance* that to the nearest reference cell over that of held-out cells, *copies* the generated cells that
equal a reference cell. Figures are means over the cell types of at least 50 held-out cells. Rows *reference's own
cells* say what real cells reach.""".splitlines()


# Tables of single commands: heading, and what they show.
MEASURED = {
    "spots": (
        "## Spots of real and simulated sections",
        "`make bench-spots`, tuning sets. *bulb*: how well each type's share tells its home layer. *random* and "
        "*dirichlet*: 500 spots of ten held-out blood cells, taken at random, or by shares of types from a "
        "Dirichlet(0.3); *shallow*: the latter with one count in fifty left, hardly more than beads have.",
    ),
    "spot_scoring": (
        "### Does it matter which cells of a type are placed?",
        "Correlation of each spot's placed cells with its measured expression, on genes that are no markers, and how "
        "much better that is than cells taken at random within the type, with its 95 % bootstrap interval over spots. "
        "The *lymph node* (`judge=true`) is a judging set.",
    ),
    "mapping": (
        "## Placing cells in spots: time and memory",
        "`make bench-map`: the step as a process of its own on two threads, on simulated sections of ten cells a spot.",
    ),
    "mapping_in_full": (
        "### What the shortlist and the compressed features lose",
        "On a small section: the default; its forest for every pair; the published forest on all markers, one call a "
        "spot. Scores are shares of what the judge named reaches by its own choice.",
    ),
    "images": (
        "## Imaged cells",
        "`make bench-images`: genes that were not measured, and types, on halves of sections and a real pair.",
    ),
}


def page(
    cells: pd.DataFrame,
    proportions: pd.DataFrame | None,
    calibration: pd.DataFrame | None,
    training: pd.DataFrame | None,
    end_to_end: pd.DataFrame | None,
    settings: dict,
    spots: pd.DataFrame | None = None,
    measured: dict[str, pd.DataFrame] | None = None,
) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    cells
        Tidy table of generated cells: one row a run, type and metric.
    proportions
        Tidy table of estimators: `set`, `role`, `protocol`, `method`, `cell_type`, `metric`, `value`, `seconds`.
    calibration
        Table of calibration, shown as it is.
    training
        Table of training speed, shown as it is.
    end_to_end
        Tidy table of the whole way with a section: one row a seed, scenario, way and figure.
    settings
        Parameters of the run.
    spots
        Tidy table of step 2: one row a section, method and metric (:mod:`page_spots`).
    measured
        Tables of single commands, shown as they are, by the names in MEASURED.
    """
    runs = summary.by_run(cells)
    roofs = summary.ceilings(cells)
    parts = [
        ["# Benchmarks"],
        _end_to_end(end_to_end),
        _head(cells, settings),
        _reached(cells),
        _summary(runs, roofs),
        _compositions(runs, roofs),
        _unpaired(runs, roofs),
        _noise(runs),
        _latent(runs),
        _annotation(runs),
        _repeats(runs),
        _proportions(proportions),
        page_spots.section(spots),
        *_measured(measured or {}),
        _calibration(calibration),
        _training(training),
        _types(cells),
        _limits(runs),
        _how(settings),
    ]
    return "\n\n".join("\n".join(part) for part in parts if part) + "\n"


def write(folder: Path, others: Path, page_path: Path, images: Path) -> None:
    """Read the tables of a run, draw the figures and write the page."""
    from . import pictures, pictures_spots  # here: tests of the page need no figures

    text = dict.fromkeys(("cell_type", "method", "composition", "case"), str)
    cells = pd.read_csv(folder / "cells.csv", dtype=text)
    shares = folder / "proportions.csv"
    proportions = pd.read_csv(shares, dtype=text) if shares.exists() else None
    runs, roofs = summary.by_run(cells), summary.ceilings(cells)
    images.mkdir(parents=True, exist_ok=True)
    pictures.methods(_of(runs, "paired"), _of(roofs, "paired"), images / "bench_methods.png")
    pictures.noise(_of(runs, "noise"), images / "bench_noise.png")
    if proportions is not None:
        pictures.proportions(proportions, images / "bench_proportions.png")
    spots = page_spots.read(folder)
    if spots is not None:
        pictures_spots.spots(page_spots.by_method(spots).reset_index(), images / "bench_spots.png")
    settings = json.loads((folder / "settings.json").read_text())
    calibration, training, end_to_end = (
        pd.read_csv(path) if path.exists() else None
        for path in (others / f"{name}.csv" for name in ("calibration", "training", "end_to_end"))
    )
    measured = {name: pd.read_csv(path) for name in MEASURED if (path := others / f"{name}.csv").exists()}
    page_path.write_text(page(cells, proportions, calibration, training, end_to_end, settings, spots, measured))


def _of(runs: pd.DataFrame, protocol: str) -> pd.DataFrame:
    return runs[runs.index.get_level_values("protocol") == protocol]


def _head(cells: pd.DataFrame, settings: dict) -> list[str]:
    sets = cells.groupby("role")["set"].unique()
    roles = [f"**{role}**: {', '.join(sorted(names))}" for role, names in sorted(sets.items(), reverse=True)]
    judged = (
        "The sets marked judging took no part in any choice of this project."
        if "judging" in sets
        else "No set kept for judging was run: all figures are of sets that defaults were tuned on."
    )
    command = "make bench" if settings["grid"] == "reduced" else "make bench-full"
    return [
        "## Sets and methods",
        "",
        f"`{command}` writes this page from its tables; no figure is written by hand. Two CPU cores, no GPU.",
        "",
        f"Sets by role: {'; '.join(roles)}. {judged}",
        "",
        *markdown(pd.DataFrame(METHODS.items(), columns=["method", "what it is"])),
        "",
        *FIGURES,
    ]


def _end_to_end(scores: pd.DataFrame | None) -> list[str]:
    lines = ["## From bulk to places", ""]
    if scores is None:
        return [*lines, "Not measured in this run: `make bench-end` measures the whole way with a section."]
    return [
        *lines, *markdown(whole_way.table(scores)), "", *whole_way.verdict(scores), "", *whole_way.story(),
    ]  # fmt: skip


def _table(runs: pd.DataFrame, roofs: pd.DataFrame, leading: list[str]) -> list[str]:
    """Return one row a method, means over what is not among the leading columns, and the roof behind its methods."""
    roofs = roofs[roofs.index.get_level_values("case").isin(runs.index.get_level_values("case"))]
    runs = runs.assign(last=0, training=[summary.state(run) for _, run in runs.iterrows()])
    both = pd.concat([runs.reset_index(), roofs.assign(last=1, training="–").reset_index()])
    order = {name: place for place, name in enumerate(METHODS)}
    both["place"] = both["method"].map(order).fillna(len(order))
    both["set"] = both["set"] + both["all_types"].map({True: " \\*", False: ""})
    keys = [*leading, "last", "place", "method"]
    means = both.groupby(keys, sort=False)[[*SHOWN, "seconds"]].mean()
    means.insert(len(SHOWN), "training", both.groupby(keys, sort=False)["training"].agg(_once))
    shown = means.reset_index().sort_values(keys, ascending=[name != "role" for name in keys])
    lines = markdown(shown.drop(columns=["last", "place"]).rename(columns=SHOWN))
    if both["all_types"].any():
        lines += ["", "\\* no type has the 50 held-out cells that a type needs to count: the mean is over all judged."]
    return lines


def _once(words: pd.Series) -> str:
    return ", ".join(words.drop_duplicates())


def _summary(runs: pd.DataFrame, roofs: pd.DataFrame) -> list[str]:
    runs, roofs = _of(runs, "paired"), _of(roofs, "paired")
    if runs.empty:
        return []
    return [
        "## Reference and bulk from halves of one set",
        "",
        *_verdict(summary.wins(runs)),
        "",
        "![Each metric by set and method](images/bench_methods.png)",
        "",
        *_table(runs, roofs, ["role", "set"]),
    ]


def _reached(cells: pd.DataFrame) -> list[str]:
    """Return one row a whole set and figure of the cells as the pipeline ships them, beside what is asked of it."""
    part = cells[(cells["protocol"] == "whole") & cells["metric"].isin(FLOORS)]
    if part.empty:
        return []
    rows = []
    for (role, name), own in part.groupby(["role", "set"], sort=True):
        counted = own["gated"].astype(str) == "True"
        enough = (counted & (own["metric"] == "auc")).any()
        used = own[counted] if enough else own
        means = used.groupby("metric")[["value", "ceiling"]].mean()
        for metric, (words, reached) in FLOORS.items():
            value, ceiling = means.loc[metric]
            types = used.loc[used["metric"] == metric, "cell_type"].nunique()
            rows.append(
                {
                    "role": role, "set": name + ("" if enough else " \\*"),
                    "figure": SHOWN[metric] if metric != "mean_pcc" else "PCC", "types": types, "value": float(value),
                    "reference's own cells": float(ceiling), "asked": words,
                    "reached": "yes" if reached(value, ceiling) else "**no**",
                }
            )  # fmt: skip
    table = pd.DataFrame(rows).sort_values(["role", "set"], ascending=[False, True], kind="stable")
    return [
        "## Generated cells as they are shipped",
        "",
        "Whole sets and all genes, after calibration to the bulk, judged on as many cells of distinct sources as there",
        "are held-out ones. The AUC is the mean of five forests; forests of other seeds differ by about 0.02.",
        "",
        *markdown(table),
        "",
        "\\* no type has the 50 held-out cells that a type needs to count: the mean is over all judged.",
    ]


def _compositions(runs: pd.DataFrame, roofs: pd.DataFrame) -> list[str]:
    runs, roofs = _of(runs, "paired"), _of(roofs, "paired")
    if runs.index.get_level_values("composition").nunique() < 2:
        return []
    return ["### By composition of the bulk", "", *_table(runs, roofs, ["role", "set", "composition"])]


def _verdict(wins: pd.DataFrame) -> list[str]:
    """Return sentences on where the default is best among generators of new cells."""
    compared = wins[(wins["of_tuning"] + wins["of_judging"]) > 0]
    if compared.empty:
        return ["No set has both the default and another generator of new cells."]
    won, of = compared[["tuning", "judging"]].sum(), compared[["of_tuning", "of_judging"]].sum()
    judging = of["of_judging"]
    lines = [
        f"Among generators of new cells (default, paper, GANs) the default is best, or equal to it, in "
        f"{won['tuning']} of {of['of_tuning']} comparisons of a metric on a tuning set"
        + (f", and in {won['judging']} of {judging} on a judging set." if judging else ".")
    ]
    lost = compared[(compared["tuning"] < compared["of_tuning"]) | (compared["judging"] < compared["of_judging"])]
    if len(lost):
        named = [
            f"{SHOWN.get(name, name)} ({row['tuning'] + row['judging']} of {row['of_tuning'] + row['of_judging']} sets)"
            for name, row in lost.iterrows()
        ]
        lines += ["", f"It is not best everywhere in: {', '.join(named)}."]
    only_tuned = compared[(compared["of_judging"] > 0) & (compared["tuning"] > 0) & (compared["judging"] == 0)]
    if len(only_tuned):
        names = ", ".join(SHOWN.get(name, name) for name in only_tuned.index)
        lines += ["", f"**It wins only where it was tuned** in: {names}."]
    elif judging:
        lines += ["", "In no metric does it win only where it was tuned."]
    return lines


def _unpaired(runs: pd.DataFrame, roofs: pd.DataFrame) -> list[str]:
    runs, roofs = _of(runs, "unpaired"), _of(roofs, "unpaired")
    if runs.empty:
        return []
    return [
        "## Reference and bulk from different technologies",
        "",
        "The case names the reference's technology, then the bulk's; the *reference's own cells* differ in it, too.",
        "",
        *_table(runs, roofs, ["role", "set", "case"]),
    ]


def _noise(runs: pd.DataFrame) -> list[str]:
    runs = _of(runs, "noise")
    if runs.empty:
        return []
    table = runs.reset_index().sort_values(["disturbance", "share", "method"])
    names = ["pcc_mean", "srcc_mean", "rmse_mean", "lfc_pcc", "auc", "pcc_bulk", "rmse_proportions"]
    table["disturbance"] = table["disturbance"].map(
        {"nothing": "none", "labels": "cell types", "expression": "expression"}
    )
    table["share"] = table["share"].astype(float)
    return [
        "## Noise in the reference",
        "",
        "A share of the reference's cells is given another type at random, or, in every gene, uniform noise as",
        "large as the largest value of all (paper, eq. 8). All is judged against clean held-out cells.",
        "",
        "![Metrics by share of disturbed cells](images/bench_noise.png)",
        "",
        *markdown(table[["disturbance", "share", "method", *names]].rename(columns=SHOWN)),
    ]


def _latent(runs: pd.DataFrame) -> list[str]:
    runs = _of(runs, "latent")
    if runs.empty:
        return []
    table = runs.reset_index()
    words = {"latent-prior": "drawn from the prior N(0, I)", "latent-0": "the posterior's mean, without spread"}
    table["latent vector"] = [
        words.get(name, f"the posterior, its spread × {name.removeprefix('latent-')}") for name in table["method"]
    ]
    return [
        "## Disturbed latent vectors",
        "",
        *markdown(table[["latent vector", *list(BETTER)[:6], *UNRANKED]].rename(columns=SHOWN)),
    ]


def _annotation(runs: pd.DataFrame) -> list[str]:
    table = pd.concat([_of(runs, "repeats"), _of(runs, "annotation_free")]).reset_index()
    if "annotation_free" not in set(table["protocol"]):
        return []
    table["reference"] = table["disturbance"].map({"nothing": "annotated", "annotation": "Leiden clusters"})
    means = table.groupby("reference", sort=True)[[*BETTER]].mean().reset_index()
    return [
        "## A reference without annotation",
        "",
        "Clusters stand in for types; each is judged as the type that most of its reference cells truly have. Types to",
        "which no cluster is matched lack cells and count in the proportions only.",
        "",
        *markdown(means.rename(columns=SHOWN)),
    ]


def _repeats(runs: pd.DataFrame) -> list[str]:
    runs = _of(runs, "repeats")
    if runs.empty:
        return []
    table = runs.groupby("method")[[*BETTER]].agg(["mean", "std", "count"])
    rows = []
    for method, row in table.iterrows():
        cells = {
            SHOWN.get(name, name): "–"
            if pd.isna(row[name, "mean"])
            else f"{row[name, 'mean']:.3f} ± {row[name, 'std']:.3f}"
            for name in BETTER
        }
        rows.append({"method": method, "seeds": f"{row.xs('count', level=1).max():.0f}", **cells})
    return ["## Different seeds", "", "Mean and standard deviation over seeds.", "", *markdown(pd.DataFrame(rows))]


def _proportions(table: pd.DataFrame | None) -> list[str]:
    """Return a table a protocol; figures of one set's pairs and compositions are averaged."""
    if table is None or table.empty:
        return []
    lines = ["## Proportions", "", "Estimators alone, on bulks of known composition.", ""]
    lines += ["![RMSE of proportions by protocol](images/bench_proportions.png)"]
    table = table[table["cell_type"] == ALL].assign(set=table["set"].str.split().str[0])
    for protocol, part in table.groupby("protocol", sort=True):
        keys = ["role", "set", "method"]
        means = part.pivot_table(index=keys, columns="metric", values="value", aggfunc="mean")
        means["seconds"] = part.groupby(keys)["seconds"].max()
        shown = means.reset_index().sort_values(keys, ascending=[False, True, True])
        lines += ["", f"### {protocol.replace('_', ' ')}", "", *markdown(shown)]
    return lines


def _calibration(table: pd.DataFrame | None) -> list[str]:
    if table is None:
        return []
    return [
        "## Calibration to the bulk",
        "",
        "Blood (a tuning set) in whose reference T cells of three kinds and monocytes of two go by one name each, and",
        "bulks with other shares of these kinds. The error of the kinds' shares is their mean absolute difference from",
        "the bulk's, with cells of equal weight and with calibrated ones. Samples of a file share its genes' factors.",
        "",
        *markdown(table),
    ]


def _measured(tables: dict[str, pd.DataFrame]) -> list[list[str]]:
    """Return a section for each table that is there."""
    return [
        [title, "", said, "", *markdown(tables[name])] for name, (title, said) in MEASURED.items() if name in tables
    ]


def _training(table: pd.DataFrame | None) -> list[str]:
    if table is None:
        return []
    command = "`make bench-train` measures it, all lines in one run, on `sc_pbmc3k_10x` with all genes."
    return ["## Training speed", "", command, "", *markdown(table)]


def _types(cells: pd.DataFrame) -> list[str]:
    """Return the paper's three figures of each type, of the paired cases' own compositions."""
    names = ["pcc_mean", "srcc_mean", "rmse_mean"]
    kept = cells[(cells["protocol"] == "paired") & (cells["composition"] == "own") & cells["metric"].isin(names)]
    lines = ["## By cell type"] if len(kept) else []
    for (name, role), part in kept.groupby(["set", "role"], sort=True):
        table = part.pivot_table(index="cell_type", columns=["method", "metric"], values="value", dropna=False)
        methods = [method for method in METHODS if method in part["method"].unique()]
        table = table.reindex(columns=[(method, metric) for method in methods for metric in names])
        table.columns = [f"{method} {SHOWN[metric]}" for method, metric in table.columns]
        lines += [
            "",
            f"<details><summary>{name} ({role})</summary>",
            "",
            *markdown(table.reset_index()),
            "",
            "</details>",
        ]
    return lines


def _limits(runs: pd.DataFrame) -> list[str]:
    table = runs.reset_index()
    ended = table[(table["status"] != "done") | (table["cut"].astype(str) == "True")].copy()
    lines = ["## Ended by the time limit", ""]
    if ended.empty:
        return [*lines, "None."]
    ended["end"] = [summary.state(run) for _, run in ended.iterrows()]
    return [*lines, *markdown(ended[["case", "composition", "method", "seed", "end", "seconds"]])]


def _how(settings: dict) -> list[str]:
    def at_most(number: int | None, thing: str) -> str:
        return f"all {thing}" if number is None else f"at most {number} {thing}"

    return [
        "## How it was measured",
        "",
        "- Each set is cut into random halves, or by technology: reference, and held-out cells that become the bulk",
        f"  ({at_most(settings['max_cells'], 'cells')} in all, {at_most(settings['max_genes'], 'genes')}, those that",
        "  vary most in the reference). Expression is per 10 000 of the genes kept.",
        f"- Noise, latent vectors, annotation and seeds: {at_most(settings['robustness_cells'], 'cells')} and",
        f"  {at_most(settings['robustness_genes'], 'genes')} of pbmc3k.",
        f"- {settings['cells']} cells are generated in each run, of each type as many as the estimated proportions",
        f"  say; GANs and resampling are given the default's estimate. The seed is {settings['seed']}.",
        f"- Training of each network ends after {settings['minutes']} minutes at the latest, on one core. What is cut",
        "  is judged as it then stands, and marked; what left no cells keeps its row. Where time ends a training,",
        "  figures depend on the machine.",
        "- GANs as the paper describes them; hidden units (256), noise (100 dimensions), batches (64) and the loss",
        "  (binary cross entropy) are not given there and are ours. The paper's rule, no new low of either loss for 50",
        "  epochs, can end them early: few cells are few steps an epoch, and a generator loses least at first.",
    ]
