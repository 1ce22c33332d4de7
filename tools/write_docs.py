#!/usr/bin/env python3
"""Write what follows from the code: the parameters' page, the RO-Crate, the dataflow, the demo's pictures."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "nextflow_schema.json"
PARAMETERS = ROOT / "docs" / "parameters.md"
IMAGES = ROOT / "docs" / "images"
DEMO = ROOT / "results"
DEMO_PICTURES = {
    "tissue_a": ["proportions", "umap", "markers", "gene_moments", "spots_shares", "spots_cells", "spots_truth"],
    "tissue_b": ["image_cells", "image_genes"],
}


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


def main() -> None:
    """Write all; the demo's pictures are taken from `make demo`."""
    PARAMETERS.write_text(parameters_page(json.loads(SCHEMA.read_text())))
    subprocess.run([sys.executable, ROOT / "tools" / "write_rocrate.py"], check=True)
    subprocess.run([sys.executable, ROOT / "tools" / "draw_dataflow.py", IMAGES / "dataflow.svg"], check=True)
    for sample, pictures in DEMO_PICTURES.items():
        for picture in pictures:
            shutil.copy(DEMO / sample / "figures" / f"{picture}.png", IMAGES / f"{picture}.png")


if __name__ == "__main__":
    main()
