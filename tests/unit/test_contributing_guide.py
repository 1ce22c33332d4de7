"""A mapper is added by the steps of docs/CONTRIBUTING.md as they are written there, and passes the tests they name."""

import json
import re
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
import write_docs

ROOT = Path(__file__).parents[2]
NAME = "section_components"
STEPS = (ROOT / "docs/CONTRIBUTING.md").read_text().partition("**A mapper of imaged cells.**")[2].partition("\n**")[0]


def edit(path: Path, before: str, after: str) -> None:
    text = path.read_text()
    assert text.count(before) == 1, f"{path.name}: {before}"
    path.write_text(text.replace(before, after))


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """Return a copy of the code with the guide's mapper."""
    copy = tmp_path_factory.mktemp("copy")
    for part in ("bin", "benchmarks/bin"):
        shutil.copytree(ROOT / part, copy / part, ignore=shutil.ignore_patterns("__pycache__"))
    for part in ("nextflow_schema.json", "tests/unit/test_mappers.py"):
        (copy / part).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / part, copy / part)
    axes, entry = (textwrap.dedent(code) for code in re.findall(r"^ +```python\n(.*?)^ +```", STEPS, re.M | re.S))
    spaces, mappers = re.findall(r"`(bin/bulk2space/images/\w+\.py)`", STEPS)
    (copy / spaces).write_text((copy / spaces).read_text() + "\n\n" + axes)
    edit(
        copy / mappers,
        '}\n"""Mappers that a section chooses from."""',
        f'    {entry}}}\n"""Mappers that a section chooses from."""',
    )
    edit(copy / "nextflow_schema.json", ', "combat"]', f', "{NAME}", "combat"]')
    (copy / "pytest.ini").write_text("[pytest]\npythonpath = bin benchmarks/bin\n")
    return copy


def python(copy: Path, *words: str) -> str:
    done = subprocess.run([sys.executable, *words], cwd=copy, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_mapper_passes_the_tests_of_mappers(copy):
    said = python(copy, "-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/unit/test_mappers.py", "-k", NAME)
    assert int(re.search(r"(\d+) passed", said)[1]) >= 3


def test_the_scripts_know_the_mapper(copy):
    assert NAME in python(copy, "bin/map_cells.py", "--help")


def test_the_page_of_parameters_names_the_mapper(copy):
    page = write_docs.parameters_page(json.loads((copy / "nextflow_schema.json").read_text()))
    assert f"`{NAME}`" in page


def test_the_tests_that_the_guide_names_exist():
    named = re.findall(r"tests/\w+/test_\w+\.py", STEPS)
    assert len(named) == 5
    assert [path for path in named if not (ROOT / path).exists()] == []
