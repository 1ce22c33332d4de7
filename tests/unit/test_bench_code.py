"""Each benchmark task takes the digest of the modules that its script imports, so that none is stale after an edit."""

import ast
import re
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[2] / "benchmarks"
SCRIPTS = {path.stem: path for path in (BENCH / "bin").glob("*.py")}


def imported(source: Path) -> set[str]:
    """Return the modules of bench that a file imports, directly or through another of them."""
    found = set()
    for node in ast.walk(ast.parse(source.read_text())):
        if isinstance(node, ast.ImportFrom):
            inside = node.level or node.module == "bench"
            if inside and (node.module in (None, "bench")):
                found |= {alias.name for alias in node.names}
            elif (node.level and node.module) or (node.module or "").startswith("bench."):
                found.add(node.module.removeprefix("bench."))
    return found.union(*(imported(BENCH / "bin" / "bench" / f"{name}.py") for name in found))


@pytest.mark.parametrize("script", sorted(SCRIPTS))
def test_a_task_takes_the_digest_of_what_its_script_imports(script):
    main = "\n".join((BENCH / name).read_text() for name in ("main.nf", "spots.nf"))
    call = re.search(
        rf"^    {script.upper()}\((.*?)^    \)$|^    {script.upper()}\((.*?)\)$", main, re.MULTILINE | re.DOTALL
    )
    given = re.search(r"code\(steps, \[([^\]]*)\]\)", call.group(0)).group(1)
    assert set(re.findall(r"'(\w+)'", given)) == imported(SCRIPTS[script])
