"""The benchmarks' code: which room imports which, and that tasks take the digest of the modules they run."""

import ast
import re
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "benchmarks"
PACKAGE = BENCH / "bin" / "bench"
SCRIPTS = {path.stem: path for path in (BENCH / "bin").glob("*.py")}
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent != PACKAGE)
MAY_IMPORT = {
    "cases": {"cases"},
    "judges": {"cases", "judges", "rivals"},
    "rivals": {"cases", "rivals"},
    "runner": {"runner"},
    "page": {"cases", "judges", "page"},
    "gallery": {"cases", "judges", "page", "gallery"},
    "commands": {"cases", "judges", "rivals", "runner", "page", "gallery", "commands"},
}


def direct(source: Path) -> set[str]:
    """Return the modules of the package that a file imports, as <room>/<module>."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if not isinstance(node, ast.ImportFrom):
            continue
        here = source.relative_to(BENCH / "bin").parts[: -node.level] if node.level else ()
        parts = [*here, *(node.module.split(".") if node.module else ())]
        if parts[0] != "bench":
            continue
        inside = BENCH / "bin" / Path(*parts)
        names = [inside / alias.name for alias in node.names] if inside.is_dir() else [inside]
        found |= {str(name.relative_to(PACKAGE)) for name in names}
    return found


def imported(source: Path) -> set[str]:
    """Return the modules that a file imports, directly or through another of them."""
    found = direct(source)
    return found.union(*(imported(PACKAGE / f"{name}.py") for name in found))


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_task_takes_the_digest_of_what_its_script_imports(script):
    main = "\n".join((BENCH / name).read_text() for name in ("main.nf", "spots.nf"))
    call = re.search(
        rf"^    {script.upper()}\((.*?)^    \)$|^    {script.upper()}\((.*?)\)$", main, re.MULTILINE | re.DOTALL
    )
    given = re.search(r"code\(\[([^\]]*)\]\)", call.group(0)).group(1)
    assert set(re.findall(r"'([\w/]+)'", given)) == imported(SCRIPTS[script])


@pytest.mark.parametrize("module", MODULES, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_room_imports_only_rooms_below_it(module):
    room = module.relative_to(PACKAGE).parts[0]
    assert {name.split("/")[0] for name in direct(module)} <= MAY_IMPORT[room]


def test_scripts_import_no_script_and_nobody_changes_the_path():
    for source in [*SCRIPTS.values(), *MODULES]:
        text = source.read_text()
        assert "sys.path" not in text, source
        assert not re.search(rf"^(from|import) ({'|'.join(SCRIPTS)})\b", text, re.MULTILINE), source


def test_the_runner_alone_starts_processes():
    starts = [
        path.name
        for path in [*SCRIPTS.values(), *MODULES]
        if re.search(r"\b(subprocess|posix_spawn\w*|Popen)\b", path.read_text())
    ]
    assert sorted(starts) == ["browser.py", "measure.py", "start.py"]
