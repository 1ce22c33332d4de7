"""Which packages a script can import: the imports of all that its code can reach, found without running it.

What a file imports at its head counts as soon as the file is imported. What a function imports counts only where
something reached names the function, so that one slow package in a file is no need of those who use its neighbours.
"""

import ast
import sys
from pathlib import Path
from typing import NamedTuple

# Methods behind which another package stands that nobody imports by name
BEHIND_METHODS = {"read_parquet": "pyarrow", "leiden": "igraph"}


class Name(NamedTuple):
    """A name at the top level of a file; None for the file itself."""

    file: Path
    name: str | None


class Reach:
    """Walk from a script through the functions, classes and constants that it names.

    Parameters
    ----------
    script
        The file to start from.
    package
        The folder of the project's own package; every other import is one of a package from elsewhere.

    Attributes
    ----------
    packages
        Names of the packages from elsewhere that can be imported, those of Python itself left out.
    files
        The package's own files that are imported.
    """

    def __init__(self, script: Path, package: Path) -> None:
        self.package = package
        self.packages: set[str] = set()
        self.files: set[Path] = set()
        self._definitions: dict[Path, dict[str, list[ast.stmt]]] = {}
        self._imported: dict[Path, dict[str, Name]] = {}
        self._reached: set[Name] = set()
        self._read(script)
        self.packages -= sys.stdlib_module_names

    def _read(self, file: Path) -> None:
        """Take in a file: its own definitions for later, everything else as what an import runs."""
        if file in self._definitions:
            return
        self._definitions[file], self._imported[file] = {}, {}
        executed = []
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            names = _defined(statement)
            for name in names:
                self._definitions[file].setdefault(name, []).append(statement)
            if not names and not _for_type_checkers(statement):
                executed.append(statement)
        for statement in executed:
            self._walk(file, statement)

    def _reach(self, target: Name) -> None:
        if target in self._reached:
            return
        self._reached.add(target)
        if target.name in self._definitions[target.file]:
            for statement in self._definitions[target.file][target.name]:
                self._walk(target.file, statement)
        elif target.name in self._imported[target.file]:
            self._reach(self._imported[target.file][target.name])

    def _walk(self, file: Path, statement: ast.stmt) -> None:
        nodes = list(_without_annotations(statement))
        for node in nodes:
            if isinstance(node, ast.Import):
                self.packages |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                self._take_from(file, node)
        for node in nodes:
            if isinstance(node, ast.Name):
                self._reach(Name(file, node.id))
            elif isinstance(node, ast.Attribute):
                self.packages |= {BEHIND_METHODS[node.attr]} if node.attr in BEHIND_METHODS else set()
                of = self._imported[file].get(node.value.id) if isinstance(node.value, ast.Name) else None
                if of and of.name is None:
                    self._reach(Name(of.file, node.attr))

    def _take_from(self, file: Path, node: ast.ImportFrom) -> None:
        parts = (node.module or "").split(".") if node.module else []
        if not node.level and parts[0] != self.package.name:
            self.packages.add(parts[0])
            return
        place = (file.parents[node.level - 1] if node.level else self.package.parent).joinpath(*parts)
        for alias in node.names:
            of_folder = (place / f"{alias.name}.py").exists()
            module = place / f"{alias.name}.py" if of_folder else place.with_suffix(".py")
            self.files.add(module)
            self._read(module)
            self._imported[file][alias.asname or alias.name] = Name(module, None if of_folder else alias.name)


def _defined(statement: ast.stmt) -> list[str]:
    """Return the names that a statement at the top level gives: of a function, a class, constants."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return [statement.name]
    if isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        return [node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)]
    return []


def _for_type_checkers(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.If) and "TYPE_CHECKING" in ast.dump(statement.test)


def _without_annotations(node: ast.AST):
    """Yield a node and what is within it, but for annotations, which need no package to run."""
    yield node
    for field, value in ast.iter_fields(node):
        if field in {"annotation", "returns"}:
            continue
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(inner, ast.AST):
                yield from _without_annotations(inner)
