"""The door as the workflow runs it: check the samplesheet, normalise each input, plan the samples."""

import json
import runpy
import sys
from pathlib import Path
from unittest import mock

import pandas as pd

BIN = Path(__file__).parents[1] / "bin"
PATHS = ("bulk", "reference", "reference_meta", "spatial", "spatial_meta")


def script(name: str, *arguments: object) -> None:
    """Run a script of bin/ in this process: a start of its own for each would be slow."""
    with mock.patch.object(sys, "argv", [str(BIN / f"{name}.py"), *map(str, arguments)]):
        runpy.run_path(str(BIN / f"{name}.py"), run_name="__main__")


def plan_of(sheet: Path, *options: str, normalize: dict[str, tuple] | None = None) -> dict:
    """Send a samplesheet through the door and return its plan.

    Parameters
    ----------
    sheet
        The samplesheet, beside its inputs.
    options
        Of plan_samples.py.
    normalize
        Options of normalize.py, by kind of input.
    """
    folder = sheet.parent
    work = folder / "work"
    work.mkdir(exist_ok=True)
    paths = []
    if sheet.read_bytes().strip():
        table = pd.read_csv(sheet, dtype=str, keep_default_na=False)
        paths = sorted({path for name in PATHS if name in table for path in table[name] if path})
    (work / "found.json").write_text(json.dumps([path for path in paths if (folder / path).exists()]))
    checked = work / "checked.json"
    script("check_samplesheet", "--samplesheet", sheet, "--found", work / "found.json", "--output", checked)
    findings = {}
    sources = json.loads(checked.read_text())["sources"]
    for source in sorted(sources, key=lambda source: source["kind"] != "reference"):
        name = f"{source['id']}.{source['kind']}"
        arguments = [source["kind"], "--id", source["id"], "--matrix", folder / source["matrix"]]
        arguments += ["--meta", folder / source["meta"]] if source["meta"] else []
        arguments += ["--platform", source["platform"]] if source["platform"] else []
        (work / f"{name}.columns").write_text(json.dumps(source["columns"]))
        arguments += ["--columns", work / f"{name}.columns"] if source["columns"] else []
        arguments += [f"--section={source['section']}"] if source["section"] else []
        known = findings.get(("reference", source["reference"]))
        arguments += ["--reference-findings", known] if known else []
        arguments += (normalize or {}).get(source["kind"], ())
        arguments += ["--output", work / f"{name}.h5ad", "--findings", work / f"{name}.json"]
        script("normalize", *arguments)
        findings[source["kind"], source["id"]] = work / f"{name}.json"
    output = work / "plan.json"
    arguments = ["--samplesheet", sheet, "--checked", checked, "--output", output, "--report", work]
    arguments += ["--findings", *findings.values()] if findings else []
    script("plan_samples", *arguments, *options)
    return json.loads(output.read_text())


def sentences(plan: dict) -> list[str]:
    """Return the sentences of a plan's problems."""
    return [problem["sentence"] for problem in plan["problems"]]
