"""What the docs say has to be what the project does."""

import importlib.util
import json
import re
from pathlib import Path

import pytest
from bench.gallery.all import TISSUES

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
| tuning | a | random | 100 | auto | 0.9 |
| tuning | a | random | 100 | flashdeconv | 0.1 |
| tuning | a | random | 100 | tangram | 0.1 |
| judging | b | random | 100 | auto | 0.2 |
| judging | b | random | 100 | flashdeconv | 0.1 |
| judging | b | random | 100 | tangram | 0.3 |
| judging | b | random | 100 | rctd | 0.1 |
| judging | b | random | 500 | auto | 0.2 |
| judging | b | random | 500 | flashdeconv | 0.3 |
| judging | b | random | 500 | tangram | 0.3 |
| judging | b | random | 500 | rctd | 0.2 |

## paired

| role | set | method | RMSE |
| --- | --- | --- | --- |
| tuning | a | negative_binomial | 0.1 |
| tuning | a | paper | 0.2 |
| judging | b | negative_binomial | 0.1 |
| judging | b | paper | 0.2 |
| judging | c | negative_binomial | 0.3 |
| judging | c | paper | 0.2 |
"""
    line = write_docs().benchmark_line(table).replace("\n", " ")
    assert (
        "than RCTD in 0 of 2 sections, than FlashDeconv in 1 of 2 sections and than Tangram in 2 of 2 sections" in line
    )
    assert "on 1 of 2 data sets" in line


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


def test_every_data_set_of_benchmarks_gallery_and_tests_says_where_it_comes_from():
    text = (ROOT / "docs" / "data_sets.md").read_text()
    code = [
        *(ROOT / "benchmarks").glob("bin/bench/*/*.py"),
        ROOT / "benchmarks/grid.nf",
        *(ROOT / "tests/real").glob("*.py"),
    ]
    named = r"[\"'](sc|st|img|bulk|visium|slideseq)_(\w+)(?:\.h5ad)?[\"']"
    found = {"_".join(name) for path in code for name in re.findall(named, path.read_text())}
    told = set(re.findall(r"^\| `([\w/.]+)` \|", text, re.MULTILINE))
    assert len(told) > 20
    sources = {source.data_set for tissue in TISSUES for source in tissue.sources}
    assert sources <= told
    sets = {name for name in found if (ROOT.parent / "shared" / "data" / f"{name}.h5ad").exists()}
    assert sets <= told


def test_accessions_of_the_gallery_are_those_of_the_page_on_data_sets():
    text = (ROOT / "docs" / "data_sets.md").read_text()
    rows = {name: row for row in text.splitlines() for name in re.findall(r"^\| `([\w/.]+)` \|", row)}
    named = [
        (source.data_set, accession)
        for tissue in TISSUES for source in tissue.sources
        for accession in re.findall(r"GSE\d+|SCP\d+|dryad\.\w+", source.accession)
    ]  # fmt: skip
    assert len(named) > 5
    assert [(name, accession) for name, accession in named if accession not in rows[name]] == []
