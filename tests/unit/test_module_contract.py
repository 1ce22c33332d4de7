"""Every module keeps the rules of the house: one shape, pinned packages, a stub, a meta.yml that matches."""

import ast
import re
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bin" / "bulk2space"
MODULES = sorted((ROOT / "modules" / "local").rglob("main.nf"))
LABELS = {f"process_{size}" for size in ("single", "low", "medium", "high", "long", "gpu")}
LOCK = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
# Names of imports -> names of packages, where they differ
PACKAGES = {
    "sklearn": "scikit-learn",
    "deepforest": "deep-forest-py310",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
PLOTTING = re.compile(r"(plots.*|multiqc|metrics)")

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


def import_statements(source: Path, *, inner: bool) -> list[ast.Import | ast.ImportFrom]:
    """Return the imports of a file; ``inner``: those within its functions too. Never those for type checkers only."""
    tree = ast.parse(source.read_text())
    nodes = ast.walk(tree) if inner else tree.body
    for_types = [node for node in tree.body if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test)]
    left_out = {inside for node in for_types for inside in ast.walk(node)}
    return [node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom) and node not in left_out]


def own_modules(source: Path, node: ast.ImportFrom) -> list[Path]:
    """Return the files of the package that a ``from`` statement imports, none where it names another package."""
    parts = (node.module or "").split(".") if node.module else []
    if node.level:
        folder = source.parents[node.level - 1]
    elif parts[0] == "bulk2space":
        folder, parts = PACKAGE, parts[1:]
    else:
        return []
    place = folder.joinpath(*parts)
    if place.is_dir():
        return [place / f"{alias.name}.py" for alias in node.names]
    return [place.with_suffix(".py")]


def own_imports(source: Path, seen: set[str] | None = None, *, inner: bool = True) -> tuple[set[str], set[str]]:
    """Return what a script imports, directly or through the package: (modules of the package, packages).

    What a module imports within a function counts where the script itself names the module.
    """
    is_script = seen is None
    seen = set() if seen is None else seen
    packages = set()
    for node in import_statements(source, inner=inner):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
            continue
        modules = own_modules(source, node)
        if not modules:
            packages.add(node.module.split(".")[0])
        for module in modules:
            name = ".".join(module.relative_to(PACKAGE).with_suffix("").parts)
            if name not in seen:
                seen.add(name)
                packages |= own_imports(module, seen, inner=is_script)[1]
    return seen, packages - sys.stdlib_module_names


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
    assert re.search(r'container "[a-z0-9/]+:\d+\.\d+\.\d+"', text), "the image is pinned"
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
    assert re.findall(r"versions\.py (.*)\)", block(text, "script")) == re.findall(r"versions\.py (.*)\)", stub)


@each_module
def test_prefix_where_files_are_named(main):
    text = main.read_text()
    named = any(pattern.startswith("*") for found in emits(block(text, "output")).values() for pattern in found)
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
def test_environment_equals_the_lock(main):
    environment = yaml.safe_load((main.parent / "environment.yml").read_text())
    pins = dict(
        pin.split("==") for entry in environment["dependencies"] if isinstance(entry, dict) for pin in entry["pip"]
    )
    assert pins == {name: LOCK[name] for name in pins}
    assert "conda-forge::python=3.11" in environment["dependencies"]
    reported = re.search(r"versions\.py python (.*)\)", main.read_text()).group(1).split()
    assert sorted(pins) == sorted(reported) == reported


@each_step
def test_environment_has_what_the_script_imports(main):
    _modules, packages = own_imports(ROOT / "bin" / f"{main.parent.name}.py")
    needed = {PACKAGES.get(name, name) for name in packages - {"bulk2space"}}
    reported = re.search(r"versions\.py python (.*)\)", main.read_text()).group(1).split()
    assert needed <= set(reported)


@each_step
def test_digest_of_the_package_is_an_input(main):
    """Nextflow does not hash what a script imports: the digest makes a task run again."""
    names = [name for channel in channels(block(main.read_text(), "input")) for name in channel]
    modules, _packages = own_imports(ROOT / "bin" / f"{main.parent.name}.py")
    assert "code" in names
    assert ("plotting_code" in names) == any(PLOTTING.fullmatch(name) for name in modules)


def test_plotting_code_is_what_the_digest_takes_for_it():
    digest = (ROOT / "lib" / "CodeDigest.groovy").read_text()
    assert f"PLOTTING = /{PLOTTING.pattern}\\.py/" in digest
