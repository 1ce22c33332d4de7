"""Shared by the readers of vendors' folders: finding files, joining by name, sentences for unreadable files."""

import contextlib
import gzip
import io
import json
import logging
import warnings
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, TextIO, cast

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError, few, reason

log = logging.getLogger(__name__)

ROLES: dict[str, dict[str, list[str]]] = json.loads(
    (Path(__file__).parents[1] / "vendor_files.json").read_text(encoding="utf-8")
)["roles"]
"""Names of the files of each role and kind of folder, the first choice first; lib/InputFolder.groovy stages these."""
LEAST_SHARE_WITH_POSITION = 0.5  # of a matrix's cells: below it, the two files are of different sections


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
        raise InputError(
            f"{path.name}: cannot be read as {kind} ({reason(error)}); check that the file is complete"
        ) from None


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
    return cast("IO[bytes]", gzip.open(path)) if path.suffix.lower() == ".gz" else path.open("rb")


def open_text(path: Path) -> TextIO:
    """Open a text file, plain or compressed by gzip, with any ends of line."""
    return io.TextIOWrapper(open_bytes(path), encoding="utf-8-sig")


def decoded(value: object) -> object:
    """Return text that is stored as bytes as text, and anything else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


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


def placed(section: ad.AnnData, table: pd.DataFrame, *, file: str, things: str) -> tuple[ad.AnnData, pd.DataFrame]:
    """Return the cells that have a row in the table, and these rows in their order.

    Instruments' software writes cells into one of two files alone, such as cells without transcripts; remarks count
    them.

    Raises
    ------
    InputError
        If a name appears twice in one of them, or if most cells have no row.
    """
    matrix = section.uns[Uns.MATRIX]
    for names, source in ((section.obs_names, matrix), (table.index, file)):
        twice = names.duplicated()
        if twice.any():
            raise InputError(
                f"{source}: {twice.sum()} {things} appear more than once, such as '{names[twice][0]}'; "
                f"keep one row of each"
            )
    has_row = section.obs_names.isin(table.index)
    if has_row.mean() < LEAST_SHARE_WITH_POSITION:
        raise InputError(
            f"{file}: {(~has_row).sum()} of {section.n_obs} {things} of {matrix} have no position, such as "
            f"'{section.obs_names[~has_row][0]}'; give the file that belongs to the matrix"
        )
    if not has_row.all():
        remarks.warn(
            log,
            "cells_without_position",
            f"{file}: {(~has_row).sum()} of {section.n_obs} {things} of {matrix} have no position, such as "
            f"'{section.obs_names[~has_row][0]}'; they are left out",
            left_out=int((~has_row).sum()),
        )
    note_strangers(table.index[~table.index.isin(section.obs_names)], file=file, matrix=matrix, things=things)
    section = section[has_row].copy()
    return section, table.loc[section.obs_names]


def note_strangers(names: pd.Index, *, file: str, matrix: str, things: str) -> None:
    """Remark on names of a table that are not in the matrix."""
    if len(names):
        remarks.note(
            log,
            "cells_not_in_matrix",
            f"{file}: {len(names)} {things} that are not in {matrix}, such as '{names[0]}', are left out",
            left_out=len(names),
        )


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
