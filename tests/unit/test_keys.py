"""Names in the pipeline's own h5ad files come from the registry, not from literals."""

import ast
from pathlib import Path

import pytest
from bulk2space.contract import keys

BIN = Path(__file__).parents[2] / "bin"
SLOTS = {"obs": keys.Obs, "var": keys.Var, "obsm": keys.Obsm, "layers": keys.Layers, "uns": keys.Uns}
REGISTERED = {
    slot: {value for name, value in vars(registry).items() if name.isupper()} for slot, registry in SLOTS.items()
}


def literals(path: Path):
    """Yield line, slot and text wherever a slot of an AnnData is asked for a literal name."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
            slot, key = node.value.attr, node.slice
        elif (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in ("get", "pop", "setdefault")
            and isinstance(node.func.value, ast.Attribute)
            and node.args
        ):
            slot, key = node.func.value.attr, node.args[0]
        else:
            continue
        if slot in SLOTS and isinstance(key, ast.Constant) and isinstance(key.value, str):
            yield node.lineno, slot, key.value


@pytest.mark.parametrize("path", sorted(BIN.rglob("*.py")), ids=lambda path: str(path.relative_to(BIN)))
def test_registered_names_are_taken_from_the_registry(path):
    found = [f"{path.name}:{line} {slot}[{name!r}]" for line, slot, name in literals(path) if name in REGISTERED[slot]]
    assert found == []


def test_every_name_is_registered_once():
    for slot, registry in SLOTS.items():
        names = [value for name, value in vars(registry).items() if name.isupper()]
        assert len(names) == len(set(names)), slot


def test_a_sections_own_column_has_a_name_beside_the_pipelines():
    assert keys.Obs.original(keys.Obs.CELL_TYPE) == "cell_type_original"
