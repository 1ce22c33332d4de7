#!/usr/bin/env python3
"""Write the parts of the docs that follow from the code: the parameters' page and the picture of the dataflow."""

import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "nextflow_schema.json"
PARAMETERS = ROOT / "docs" / "parameters.md"
DATAFLOW = ROOT / "docs" / "images" / "dataflow.svg"


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
            default = f"`{entry['default']}`" if "default" in entry else "–"
            lines.append(f"| `--{name}`{needed} | {accepted(entry)} | {default} | {meaning(entry)} |")
    return "\n".join(lines) + "\n"


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
    return text.replace("\n", " ").replace("|", "\\|").strip()


def main() -> None:
    """Write both."""
    PARAMETERS.write_text(parameters_page(json.loads(SCHEMA.read_text())))
    subprocess.run([sys.executable, ROOT / "tools" / "draw_dataflow.py", DATAFLOW], check=True)


if __name__ == "__main__":
    main()
