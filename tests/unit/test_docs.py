"""What the docs say has to be what the project does."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])


def write_docs():
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "tools" / "write_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_parameters_page_follows_the_schema():
    page = write_docs().parameters_page(json.loads((ROOT / "nextflow_schema.json").read_text()))
    assert (ROOT / "docs" / "parameters.md").read_text() == page, "run `make docs`"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_within_the_project_lead_somewhere(page):
    for target in re.findall(r"\]\((?!https?:|#|mailto:)([^)\s]+)\)", page.read_text()):
        path, _, anchor = target.partition("#")
        assert (page.parent / path).exists(), target
        if anchor:
            headings = re.findall(r"^#+ (.+)$", (page.parent / path).read_text(), flags=re.MULTILINE)
            assert anchor in {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_parameters_named_in_the_docs_exist():
    schema = json.loads((ROOT / "nextflow_schema.json").read_text())
    known = {name for group in schema["$defs"].values() for name in group["properties"]}
    own = {"outdir", "resume", "help"}
    for page in PAGES:
        for name in re.findall(r"`--([a-z][a-z_]+)[ `]", page.read_text()):
            assert name in known | own, f"{page.name}: --{name}"


def test_profiles_named_in_the_docs_exist():
    config = (ROOT / "nextflow.config").read_text()
    for page in PAGES:
        for names in re.findall(r"-profile ([a-z_,]+)", page.read_text()):
            for name in names.split(","):
                assert re.search(rf"^\s+{name}\s*\{{", config, flags=re.MULTILINE), f"{page.name}: {name}"
