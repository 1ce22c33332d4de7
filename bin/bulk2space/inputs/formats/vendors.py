"""Shared by the readers of vendors' folders: finding files, joining by name, sentences for unreadable files."""

import contextlib
import json
import warnings
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract.keys import Uns
from ...contract.problems import InputError, few

ROLES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[1] / "vendor_files.json").read_text(encoding="utf-8")
)["roles"]
"""Files of each role in a folder of each kind, the first choice first; lib/InputFolder.groovy stages the same files."""
UNREADABLE = (OSError, EOFError, LookupError, ValueError, TypeError, AttributeError, ArithmeticError, zlib.error)
"""What libraries raise for files that are truncated, foreign or inconsistent."""


@contextlib.contextmanager
def in_words(path: Path, kind: str) -> Iterator[None]:
    """Turn whatever a library says about an unreadable file into one sentence."""
    try:
        yield
    except InputError:
        raise
    except UNREADABLE as error:
        reason = next((line for line in map(str.strip, str(error).splitlines()) if line), type(error).__name__)
        raise InputError(
            f"{path.name}: cannot be read as {kind} ({reason.rstrip('.')}); check that the file is complete"
        ) from None


def found(folder: Path, candidates: Iterable[str]) -> Path | None:
    """Return the first candidate that exists, at its place inside the folder or in the folder itself."""
    for candidate in candidates:
        for path in (folder / candidate, folder / Path(candidate).name):
            if path.is_file():
                return path
    return None


def text(values: Iterable) -> np.ndarray:
    """Return names as text, whether stored as text, as bytes or as numbers."""
    words = [value.decode() if isinstance(value, bytes) else str(value) for value in values]
    return np.array(words, dtype=object)


def annotated(values: sp.csr_matrix, *, obs: pd.DataFrame, var: pd.DataFrame, matrix: str) -> ad.AnnData:
    """Return values with their names and the name of their matrix; genes may appear twice, and are summed later."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".*names are not unique")
        return ad.AnnData(values, obs=obs, var=var, uns={Uns.MATRIX: matrix})


def require_columns(table: pd.DataFrame, needed: Iterable[str], file: str) -> None:
    """Refuse a table that does not have all the columns."""
    missing = [column for column in needed if column not in table]
    if missing:
        raise InputError(
            f"{file}: no column {' and no column '.join(missing)}; it has {few(list(map(str, table.columns)))}: "
            f"give the file as the instrument's software wrote it"
        )


def by_name(table: pd.DataFrame, names: pd.Index, *, file: str, matrix: str, things: str) -> pd.DataFrame:
    """Return the table's rows in the order of the matrix's names; refuse names that have none or several."""
    twice = table.index.duplicated()
    if twice.any():
        raise InputError(
            f"{file}: {twice.sum()} {things} appear more than once, such as '{table.index[twice][0]}'; "
            f"keep one row of each"
        )
    missing = ~names.isin(table.index)
    if missing.any():
        raise InputError(
            f"{file}: {missing.sum()} of {len(names)} {things} of {matrix} have no position, such as "
            f"'{names[missing][0]}'; give the file that belongs to the matrix"
        )
    rows = table.reindex(names)
    rows.index = names
    return rows


def coordinates(table: pd.DataFrame, x: str, y: str, *, file: str, things: str) -> np.ndarray:
    """Return the columns x and y as numbers, n × 2; refuse a value that is not a number."""
    places = table[[x, y]].apply(pd.to_numeric, errors="coerce").to_numpy(dtype=float)
    lost = ~np.isfinite(places).all(axis=1)
    if lost.any():
        raise InputError(
            f"{file}: {lost.sum()} {things} have no number in {x} or {y}, such as '{table.index[lost][0]}'; "
            f"correct them or remove them from the matrix"
        )
    return places
