"""Files of users: found in their folders, opened, and put in words where they cannot be read."""

import contextlib
import io
import json
import logging
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TextIO

import pandas as pd

from ...contract.problems import InputError, few, reason, remedy
from ...contract.unpacked import open_gzip
from .promises import check_parquet

log = logging.getLogger(__name__)

ROLES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[1] / "vendor_files.json").read_text(encoding="utf-8")
)["roles"]
"""Names of the files of each role and kind of folder, the first choice first; lib/InputFolder.groovy stages these."""


@contextlib.contextmanager
def in_words(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a library says about an unreadable file into one sentence: a damaged file can fail in any way."""
    try:
        yield
    except InputError:
        raise
    except MemoryError as error:
        raise InputError(
            f"{path.name}: does not fit into memory ({reason(error)}); give the task more, if the file is complete"
        ) from None
    except Exception as error:
        log.debug("%s", path, exc_info=True)  # so that a mistake of the reader can be found
        raise InputError(f"{path.name}: cannot be read as {kind} ({reason(error)}); {remedy(error)}") from None


def found(folder: Path, candidates: Iterable[str]) -> Path | None:
    """Return the file of the first name that exists, at its place inside the folder or in the folder itself.

    Raises
    ------
    InputError
        If several files have the same name after different prefixes.
    """
    for candidate in candidates:
        place, name = Path(candidate).parent, Path(candidate).name
        for where in dict.fromkeys((folder / place, folder)):
            paths = _named(where, name)
            if len(paths) > 1:
                raise InputError(
                    f"{folder.name}: has {len(paths)} files of the kind {name}, {few([path.name for path in paths])}; "
                    f"give a folder with one section or sample"
                )
            if paths:
                return paths[0]
    return None


def _named(folder: Path, name: str) -> list[Path]:
    """Return the file of this name; where it has a star and there is none without a prefix, all with one."""
    plain = folder / name.replace("*", "")
    paths = [plain] if plain.is_file() or "*" not in name else sorted(folder.glob(name))
    return [path for path in paths if path.is_file()]


def required(folder: Path, candidates: Iterable[str], remedy: str) -> Path:
    """Return the file as :func:`found` does.

    Raises
    ------
    InputError
        If there is none; the sentence ends in the remedy.
    """
    path = found(folder, candidates)
    if path is None:
        names = dict.fromkeys(name.replace("*", "").removesuffix(".gz") for name in candidates)
        raise InputError(f"{folder.name}: has no {' or '.join(names)}; {remedy}")
    return path


def contents(folder: Path) -> str:
    """Return the first names in a folder, to show a user what it holds."""
    names = sorted(entry.name + "/" * entry.is_dir() for entry in folder.iterdir())
    return ", ".join(names[:5]) + (" …" if len(names) > 5 else "") or "nothing"


def open_bytes(path: Path) -> IO[bytes]:
    """Open a file, decompressed where its name ends in ``.gz``."""
    return open_gzip(path) if path.suffix.lower() == ".gz" else path.open("rb")


def read_table(path: Path, **options: Any) -> pd.DataFrame:
    """Read a table separated by commas, plain or compressed by gzip, by pandas with these options."""
    with open_bytes(path) as file:
        return pd.read_csv(file, **options)


def read_parquet(path: Path) -> pd.DataFrame:
    """Read a table in columns."""
    check_parquet(path)
    return pd.read_parquet(path)


def open_text(path: Path) -> TextIO:
    """Open a text file, plain or compressed by gzip, with any ends of line."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig")
