#!/usr/bin/env python3
"""Write ro-crate-metadata.json: what the pipeline is and what each of its parts is for, as an RO-Crate."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path

from repo2rocrate.nextflow import get_metadata
from rocrate.model import ContextEntity
from rocrate.rocrate import ROCrate

ROOT = Path(__file__).resolve().parent.parent
CRATE = ROOT / "ro-crate-metadata.json"
PARTS = {
    "nextflow.config": "Defaults, profiles and manifest",
    "nextflow_schema.json": "Every parameter with its type, range and meaning",
    "workflows": "The way of the data",
    "subworkflows": "Parts of the way of the data",
    "modules": "One process per step",
    "bin": "Scripts of the steps, and the Python package that they share",
    "lib": "Groovy classes that the workflow uses",
    "conf": "Resources, arguments of the steps, profiles",
    "assets": "Report configuration, methods text, the demo input",
    "containers": "Container images of the steps",
    "requirements.lock": "Pinned Python packages",
    "benchmarks": "Measurements beside other tools",
    "tests": "Tests",
    "docs/usage.md": "How to run it",
    "docs/output.md": "Every file of the results",
    "docs/parameters.md": "Every parameter, as a page",
    "docs/images/dataflow.svg": "Diagram of the dataflow",
    "README.md": "Introduction",
    "CHANGELOG.md": "Changes of each version",
    "CITATIONS.md": "Works to cite",
    "SECURITY.md": "Promises about files of others; how to report a problem",
    "CODE_OF_CONDUCT.md": "Code of conduct",
    "LICENSE": "Licence",
    ".github/workflows/test.yml": "Continuous integration",
}


def crate(published: str) -> str:
    """Return the metadata as JSON, in the layout in which `nf-core pipelines lint` updates the description."""
    manifest = get_metadata(ROOT / "nextflow.config")
    (developers,) = re.findall(r"contributors += \[\[name: '([^']+)'", (ROOT / "nextflow.config").read_text())
    made = ROCrate(gen_preview=False)
    made.name, made.license, made.datePublished = manifest["name"], "MIT", published
    made.description = (ROOT / "README.md").read_text(encoding="utf-8")
    made.creativeWorkStatus = "InProgress" if manifest["version"].endswith("dev") else "Stable"
    made.root_dataset["isBasedOn"] = manifest["homePage"]
    made.root_dataset["citation"] = f"https://doi.org/{manifest['doi']}"

    organization = {"@type": "Organization", "name": developers, "url": manifest["homePage"]}
    authors = made.add(ContextEntity(made, "#developers", properties=organization))
    workflow = made.add_workflow(
        ROOT / manifest["mainScript"], manifest["mainScript"], main=True, lang="nextflow", gen_cwl=False
    )
    workflow["programmingLanguage"]["version"] = manifest["nextflowVersion"]
    workflow["name"], workflow["version"], workflow["license"] = manifest["name"], manifest["version"], "MIT"
    workflow["description"], workflow["url"] = manifest["description"], manifest["homePage"]
    workflow["creator"] = authors
    for part, meaning in PARTS.items():
        add = made.add_dataset if (ROOT / part).is_dir() else made.add_file
        add(ROOT / part, part, properties={"description": meaning})
    return json.dumps(made.metadata.generate(), indent=4, sort_keys=True)


def date_of_this_version() -> str:
    """Return the date that the file has for this version, or now where the version is new to it."""
    if CRATE.exists():
        entities = {entity["@id"]: entity for entity in json.loads(CRATE.read_text(encoding="utf-8"))["@graph"]}
        if entities["main.nf"]["version"] == get_metadata(ROOT / "nextflow.config")["version"]:
            return entities["./"]["datePublished"]
    return datetime.now(UTC).isoformat(timespec="seconds")


if __name__ == "__main__":
    CRATE.write_text(crate(date_of_this_version()), encoding="utf-8")
