"""An input that changes while it is read: neither its old nor its new state would be in the result."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from ..contract.problems import InputError

State = dict[Path, tuple[int, int]]
"""Size in bytes and date in nanoseconds of each file."""


@contextlib.contextmanager
def unchanged(*inputs: Path | None) -> Iterator[None]:
    """Refuse inputs of which a file was changed, added or removed within the block, however the block ends.

    Parameters
    ----------
    inputs
        Files, or folders of files; None stands for one that is not given.

    Raises
    ------
    InputError
        Names the first file that differs.
    """
    given = [path for path in inputs if path is not None]
    before = {path: _state(path) for path in given}
    try:
        yield
    finally:
        for path in given:
            after = _state(path)
            if after != before[path]:
                raise InputError(_sentence(path, before[path], after)) from None


def _state(path: Path) -> State:
    files = [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]
    found = {}
    for file in files:
        with contextlib.suppress(OSError):  # removed, or not to be reached: it then has no state
            status = file.stat()
            found[file] = (status.st_size, status.st_mtime_ns)
    return found


def _sentence(path: Path, before: State, after: State) -> str:
    file = min(file for file in before.keys() | after.keys() if before.get(file) != after.get(file))
    name = path.name if file == path else f"{path.name}/{file.relative_to(path)}"
    sizes = [f"{state[file][0]} bytes" if file in state else "no file" for state in (before, after)]
    return (
        f"{name}: changed while it was read ({sizes[0]} before, {sizes[1]} after); wait until nothing writes to it, "
        f"and start again with -resume"
    )
