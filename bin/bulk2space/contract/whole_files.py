"""Files that are whole or not there: written under a temporary name, renamed once they are complete."""

import contextlib
import errno
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

from .problems import NoWayToCloseError

FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a full disk, and of a user's full quota."""
NO_ROOM = 64 * 1024
"""Bytes: with less free, a disk is full, whatever a library says of the failed write."""


@contextlib.contextmanager
def whole(path: Path) -> Iterator[Path]:
    """Give the temporary name to write to; rename it when the block has ended well, else delete it.

    Parameters
    ----------
    path
        Of a file, or of a folder that is a store. What lies there is replaced.

    Raises
    ------
    InputError
        If the disk is full, or the folder has been deleted: :class:`.problems.NoWayToCloseError`.
    """
    partial = path.with_name(f".partial.{path.name}")  # the ending stays: it tells libraries the format
    try:
        with _quiet():
            yield partial
        if path.is_dir():
            shutil.rmtree(path)
        partial.replace(path)
    except Exception as error:
        if sentence := _obstacle(path, error):
            raise NoWayToCloseError(sentence) from None
        raise
    finally:
        if partial.is_dir():
            shutil.rmtree(partial, ignore_errors=True)
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Let HDF5 not print, by these two hooks, each of the many errors of closing a file on a full disk."""
    hooks = sys.excepthook, sys.unraisablehook
    sys.excepthook = lambda *_: None
    sys.unraisablehook = lambda _: None
    try:
        yield
    finally:
        sys.excepthook, sys.unraisablehook = hooks


def write_text(path: Path, text: str) -> None:
    """Write a text file, whole."""
    with whole(path) as partial:
        partial.write_text(text, encoding="utf-8")


def _obstacle(path: Path, error: Exception) -> str:
    """Return the sentence about a full disk or a deleted folder; empty where the error is another one."""
    try:
        folder = path.absolute().parent
        room = shutil.disk_usage(folder).free
    except FileNotFoundError:
        return f"{path.name}: its folder was deleted while this step ran; start the run again with -resume"
    if getattr(error, "errno", None) in FULL or room < NO_ROOM:
        return (
            f"{path.name}: cannot be written, as the disk that holds {folder} is full; make room there or give a "
            f"folder on another disk with -work-dir, and start again with -resume"
        )
    return ""
