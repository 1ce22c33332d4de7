"""What the docs say has to be what the project does."""

import importlib.util
import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def write_docs():
    spec = importlib.util.spec_from_file_location("write_docs", ROOT / "tools" / "write_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_parameters_page_follows_the_schema():
    page = write_docs().parameters_page(json.loads((ROOT / "nextflow_schema.json").read_text()))
    assert (ROOT / "docs" / "parameters.md").read_text() == page, "run `make docs`"


def test_benchmark_line_of_the_readme_follows_the_benchmark_page():
    docs, readme = write_docs(), (ROOT / "README.md").read_text()
    assert docs.BENCHMARK_PLACE.search(readme)
    assert readme == docs.with_benchmark(readme, docs.benchmark_line(docs.benchmark_pages())), "run `make docs`"


def test_benchmark_line_counts_the_judging_sections_with_a_smaller_error():
    table = """
### Composition of spots

What the columns mean.

| role | set | recipe | spots | method | RMSE |
| --- | --- | --- | --- | --- | --- |
| tuning | a | random | 100 | deep_forest | 0.9 |
| tuning | a | random | 100 | flashdeconv | 0.1 |
| tuning | a | random | 100 | tangram | 0.1 |
| judging | b | random | 100 | deep_forest | 0.2 |
| judging | b | random | 100 | flashdeconv | 0.1 |
| judging | b | random | 100 | tangram | 0.3 |
| judging | b | random | 500 | deep_forest | 0.2 |
| judging | b | random | 500 | flashdeconv | 0.3 |
| judging | b | random | 500 | tangram | 0.3 |
"""
    line = write_docs().benchmark_line(table)
    assert "than FlashDeconv in 1 of 2 sections and than Tangram in 2 of 2 sections" in line.replace("\n", " ")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
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
        for names in re.findall(r"-profile ([a-z0-9_,]+)", page.read_text()):
            for name in names.split(","):
                assert re.search(rf"^\s+{name}\s*\{{", config, flags=re.MULTILINE), f"{page.name}: {name}"
