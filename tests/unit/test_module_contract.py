"""Every module keeps the rules of the house: one shape, pinned packages, a stub, a meta.yml that matches."""

import re
from pathlib import Path

import pytest
import yaml
from bulk2space.contract.tables import TABLES
from reach import Reach

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bin" / "bulk2space"
MODULES = sorted((ROOT / "modules" / "local").rglob("main.nf"))
LABELS = {f"process_{size}" for size in ("single", "low", "medium", "high", "long", "gpu")}
ROOMS = [
    "contract",
    "numerics",
    "inputs",
    "composition",
    "cohort",
    "generator",
    "spots",
    "images",
    "patterns",
    "report",
]

each_module = pytest.mark.parametrize("main", MODULES, ids=lambda main: main.parent.name)
each_step = pytest.mark.parametrize(
    "main", [main for main in MODULES if main.parts[-3] == "bulk2space"], ids=lambda main: main.parent.name
)


def block(text: str, name: str) -> str:
    """Return the lines between ``name:`` and the next such line, or the end."""
    following = r"(?=^    (?:input|output|when|script|stub):|^\})"
    return re.search(rf"^    {name}:\n(.*?){following}", text, re.MULTILINE | re.DOTALL).group(1)


def channels(text: str) -> list[list[str]]:
    """Return the names of an input block, a list for each channel."""
    lines = [line.split("//")[0] for line in text.splitlines() if line.strip()]
    return [re.findall(r"(?:val|path)[ (]+(\w+)", line) for line in lines]


def emits(text: str) -> dict[str, list[str]]:
    """Return the outputs of each name: 'meta' for the map, else the pattern."""
    found = {}
    for line in text.strip().splitlines():
        patterns = [name or pattern for name, pattern in re.findall(r'val\((\w+)\)|path\(?\s*"([^"]+)"', line)]
        found[re.search(r"emit: (\w+)", line).group(1)] = patterns
    return found


def test_modules_are_found():
    steps = {main.parent.name for main in MODULES}
    scripts = {script.stem for script in (ROOT / "bin").glob("*.py")} - {"versions"}
    assert steps - {"multiqc"} == scripts


@each_module
def test_shape(main):
    text = main.read_text()
    step = main.parent.name
    assert re.findall(r"^process (\w+)", text, re.MULTILINE) == [step.upper()]
    order = re.findall(r"^    (tag|label|conda|container|input|output|when|script|stub)\b", text, re.MULTILINE)
    plain = [name for i, name in enumerate(order) if i == 0 or name != order[i - 1]]
    assert plain == ["tag", "label", "conda", "container", "input", "output", "when", "script", "stub"]
    assert set(re.findall(r"label '(\w+)'", text)) <= LABELS
    assert 'conda "${moduleDir}/environment.yml"' in text
    assert "task.ext.when == null || task.ext.when" in block(text, "when")
    assert "task.ext.args ?: ''" in block(text, "script")
    assert "params." not in text
    assert channels(block(text, "input"))[0][0] == "meta"


@each_module
def test_outputs_are_named_and_stubbed(main):
    text = main.read_text()
    outputs = emits(block(text, "output"))
    assert all("emit:" in line for line in block(text, "output").strip().splitlines())
    assert outputs.pop("versions") == ["versions.yml"]
    assert all(patterns[0] == "meta" for patterns in outputs.values())
    stub = block(text, "stub")
    for patterns in outputs.values():
        parts = [part.strip(".") for part in patterns[1].split("/")[-1].split("*")]
        assert all(part in stub for part in parts), f"the stub makes no {patterns[1]}"
    for part in ("script", "stub"):
        assert "END_VERSIONS > versions.yml" in block(text, part)


@each_module
def test_prefix_where_files_are_named(main):
    """Files of a task of several samples are named by the samples."""
    text = main.read_text()
    named = any(pattern.startswith("*") for found in emits(block(text, "output")).values() for pattern in found)
    named &= "meta.samples.collect" not in text
    for part in ("script", "stub"):
        assert ("task.ext.prefix ?:" in block(text, part)) == named


@each_module
def test_meta_matches(main):
    text = main.read_text()
    meta = yaml.safe_load((main.parent / "meta.yml").read_text())
    step = main.parent.name
    assert meta["name"] == (step if step == "multiqc" else f"bulk2space_{step}")
    assert meta["description"]
    assert meta["keywords"]

    described = [[next(iter(part)) for part in (item if isinstance(item, list) else [item])] for item in meta["input"]]
    assert described == channels(block(text, "input"))

    def names(item) -> list[str]:
        return [name for part in item for name in (names(part) if isinstance(part, list) else part)]

    assert {name: names(item) for name, item in meta["output"].items()} == emits(block(text, "output"))


@each_module
def test_digest_of_the_code_is_an_input(main):
    """Nextflow hashes neither what a script imports nor what a folder holds: the digest makes a task run again."""
    text = main.read_text()
    assert channels(block(text, "input"))[-1] == ["code"]
    for part in ("script", "stub"):
        assert "# code: ${code}" in block(text, part)


@each_step
def test_rooms_are_those_that_the_script_imports(main):
    """The digest is of the rooms that meta.yml names: one too few leaves results stale, one too many repeats work."""
    meta = yaml.safe_load((main.parent / "meta.yml").read_text())
    files = Reach(ROOT / "bin" / f"{main.parent.name}.py", PACKAGE).files
    used = {file.relative_to(PACKAGE).parts[0] for file in files}
    assert meta["rooms"] == [room for room in ROOMS if room in used]


@each_step
def test_meta_lists_the_columns_of_tables(main):
    meta = yaml.safe_load((main.parent / "meta.yml").read_text())
    files = [file for output in meta["output"].values() for part in output if isinstance(part, list) for file in part]
    found = {name: about["description"] for file in files for name, about in file.items() if name.endswith(".csv")}
    tables = {f"*.{table.name}": table for table in TABLES}
    assert found == {name: f"One row per {tables[name].rows}: {', '.join(tables[name].header)}" for name in found}


def test_every_table_comes_from_a_module():
    outputs = [emits(block(main.read_text(), "output")) for main in MODULES]
    made = {pattern for found in outputs for patterns in found.values() for pattern in patterns}
    assert {f"*.{table.name}" for table in TABLES} <= made
