#!/usr/bin/env python3
"""Write the parts of the docs that follow from the code and its results.

These are the parameters, the dataflow, the figures of the demo, a picture of its explorer page, the notebook of the
first hour, the benchmark line of the README and the RO-Crate.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import textwrap
from pathlib import Path

from bench.runner import explorer
from bench.runner.browser import Page, first_screen

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "nextflow_schema.json"
README = ROOT / "README.md"
DOCS = ROOT / "docs"
PARAMETERS = DOCS / "parameters.md"
IMAGES = DOCS / "images"
DEMO = ROOT / "results"
DEMO_FIGURES = {
    "tissue_a": [
        "proportions",
        "bulk_and_section",
        "umap",
        "markers",
        "gene_moments",
        "spots_shares",
        "spots_cells",
        "spots_markers",
        "spots_truth",
        "confidence",
    ],
    "tissue_b": ["image_cells", "image_genes"],
}
EXPLORED, EXPLORED_GENE = "tissue_a", "CD79A"  # a marker of B cells
BENCHMARK_TABLE = "Composition of spots"  # the heading above the table
BENCHMARK_PLACE = re.compile(r"(<!-- bench: .*? -->\n)(.*?)(<!-- /bench -->)", re.DOTALL)
OURS = "auto"
RIVALS = {"rctd": "RCTD", "flashdeconv": "FlashDeconv", "tangram": "Tangram"}
PROPORTIONS_TABLE = "paired"  # the heading above the table of proportions in bulk samples
OUR_PROPORTIONS, PUBLISHED = "negative_binomial", "paper"


def parameters_page(schema: dict) -> str:
    """Return the page that lists every parameter that is not hidden, by group."""
    lines = [
        "# Parameters",
        "",
        "`make docs` writes this page from `nextflow_schema.json`, which also feeds `--help` and the checks of a run.",
    ]
    for group in schema["$defs"].values():
        shown = {name: entry for name, entry in group["properties"].items() if not entry.get("hidden")}
        if not shown:
            continue
        lines += ["", f"## {group['title']}", "", group["description"], ""]
        lines += ["| parameter | type | default | meaning |", "| --- | --- | --- | --- |"]
        for name, entry in shown.items():
            needed = " (required)" if name in group.get("required", []) else ""
            default = f"`{plain(entry['default'])}`" if "default" in entry else "–"
            lines.append(f"| `--{name}`{needed} | {accepted(entry)} | {default} | {meaning(entry)} |")
    return "\n".join(lines) + "\n"


def plain(value: object) -> str:
    """Return a value as one writes it on the command line."""
    return json.dumps(value).strip('"')


def accepted(entry: dict) -> str:
    """Return a parameter's type with its range or choices."""
    if "enum" in entry:
        return ", ".join(f"`{choice}`" for choice in entry["enum"])
    bounds = [f"≥ {entry['minimum']}"] if "minimum" in entry else []
    bounds += [f"> {entry['exclusiveMinimum']}"] if "exclusiveMinimum" in entry else []
    bounds += [f"≤ {entry['maximum']}"] if "maximum" in entry else []
    return " ".join([str(entry["type"]), ", ".join(bounds)]).strip()


def meaning(entry: dict) -> str:
    """Return a parameter's description and help text as one table cell."""
    text = " ".join(filter(None, [entry["description"].rstrip(".") + ".", entry.get("help_text", "")]))
    return text.replace("\n", " ").replace("|", "\\|").replace("<", "\\<").strip()


def table_below(heading: str, text: str) -> list[dict[str, str]]:
    """Return the rows of the first Markdown table below a heading, each a map of column to cell.

    Raises
    ------
    ValueError
        If there is no such heading, or no table below it.
    """
    found = re.search(rf"^#+ {re.escape(heading)}\n(?:(?!\||#).*\n)*((?:\|.*\n)+)", text, re.MULTILINE)
    if found is None:
        raise ValueError(f"no table below the heading {heading!r}")
    header, _rule, *rows = ([cell.strip() for cell in line.strip("|\n ").split("|")] for line in found[1].splitlines())
    return [dict(zip(header, row, strict=True)) for row in rows]


def benchmark_line(text: str) -> str:
    """Return how often compositions of spots and of bulk samples are closer to the ground truth than others.

    Only the data sets kept for judging count, which took no part in the choice of these methods.

    Parameters
    ----------
    text
        The benchmark pages.
    """
    rows = [row for row in table_below(BENCHMARK_TABLE, text) if row["role"] == "judging"]
    errors = {(row["set"], row["recipe"], row["spots"], row["method"]): float(row["RMSE"]) for row in rows}
    sections = sorted({key[:3] for key in errors})
    won = {
        name: sum(errors[*section, OURS] < errors[*section, rival] for section in sections)
        for rival, name in RIVALS.items()
    }
    *first, last = (f"than {name} in {number} of {len(sections)} sections" for name, number in won.items())
    bulks = [row for row in table_below(PROPORTIONS_TABLE, text) if row["role"] == "judging"]
    of_bulk = {(row["set"], row["method"]): float(row["RMSE"]) for row in bulks}
    sets = sorted({name for name, _ in of_bulk})
    closer = sum(of_bulk[name, OUR_PROPORTIONS] < of_bulk[name, PUBLISHED] for name in sets)
    sentence = (
        "bulk2space reconstructs the cell-type composition of spots with a smaller root mean squared error "
        f"{', '.join(first)} and {last}. These are published tools for this task. In bulk samples, its proportions "
        f"have a smaller error than those of the published Bulk2Space on {closer} of {len(sets)} data sets. Sections "
        "and bulks are simulated from single cells of data sets that took no part in the choice of these methods."
    )
    return textwrap.fill(sentence, 120) + "\n"


def benchmark_pages() -> str:
    """Return the text of all benchmark pages."""
    pages = [DOCS / "benchmarks.md", *sorted((DOCS / "benchmarks").glob("*.md"))]
    return "\n".join(page.read_text() for page in pages)


def with_benchmark(readme: str, line: str) -> str:
    """Return the README with its benchmark line replaced."""
    return BENCHMARK_PLACE.sub(lambda found: f"{found[1]}\n{line}\n{found[3]}", readme)


def draw_explorer(path: Path) -> None:
    """Take a picture of the demo's explorer page with a gene, in headless Chromium."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Page(Path(profile), height=800) as page:
        page.open(DEMO / EXPLORED / "explorer.html", until=explorer.READY)
        explorer.choose_gene(page, EXPLORED_GENE)
        page.picture(path)


def write_parameters() -> None:
    """Write the page of the parameters."""
    PARAMETERS.write_text(parameters_page(json.loads(SCHEMA.read_text())))


def main() -> None:
    """Write all; the demo's figures are taken from `make demo`."""
    write_parameters()
    README.write_text(with_benchmark(README.read_text(), benchmark_line(benchmark_pages())))
    subprocess.run([sys.executable, ROOT / "tools" / "write_rocrate.py"], check=True)
    subprocess.run([sys.executable, ROOT / "tools" / "draw_dataflow.py", IMAGES / "dataflow.svg"], check=True)
    for sample, figures in DEMO_FIGURES.items():
        for figure in figures:
            shutil.copy(DEMO / sample / "figures" / f"{figure}.png", IMAGES / f"{figure}.png")
    first_screen(DEMO / "multiqc" / "multiqc_report.html", IMAGES / "report.png")
    draw_explorer(IMAGES / "explorer.png")
    subprocess.run([sys.executable, ROOT / "tools" / "run_notebook.py"], check=True)


if __name__ == "__main__":
    main()
