"""The samplesheet's rows: read, and held against the rules of each column."""

import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from .problems import InputError

NEEDED = ("sample", "bulk", "reference")
PLATFORMS = ("spot", "image")
NAME = re.compile(r"[A-Za-z0-9_.-]+")


@dataclass(frozen=True)
class Row:
    """One row of the samplesheet, every cell as text."""

    line: int
    sample: str
    bulk: str
    bulk_column: str
    reference: str
    reference_meta: str
    spatial: str
    spatial_meta: str
    platform: str
    cells_per_spot: str
    condition: str

    @property
    def paths(self) -> dict[str, str]:
        """The files that the row names, by column."""
        columns = ("bulk", "reference", "reference_meta", "spatial", "spatial_meta")
        return {column: path for column in columns if (path := getattr(self, column))}


COLUMNS = tuple(name for name in Row.__annotations__ if name != "line")


def read_rows(sheet: Path) -> list[Row]:
    """Read a samplesheet (csv).

    Raises
    ------
    InputError
        If it is empty or no csv, or columns are missing or unknown.
    """
    known = ", ".join(COLUMNS)
    try:
        table = pd.read_csv(sheet, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except pd.errors.EmptyDataError:
        raise InputError(f"{sheet.name}: the samplesheet is empty; its columns are {known}") from None
    except (pd.errors.ParserError, UnicodeDecodeError) as error:
        reason = str(error).strip()
        raise InputError(f"{sheet.name}: not comma-separated text ({reason}); save it as csv") from None
    table.columns = table.columns.str.strip()
    wrong = [f"column '{name}' is missing" for name in NEEDED if name not in table]
    wrong += [f"column '{name}' is unknown{nearest(name, COLUMNS)}" for name in table if name not in COLUMNS]
    if wrong:
        raise InputError(f"{sheet.name}, line 1: {'; '.join(wrong)}; the columns are {known}")
    if table.empty:
        raise InputError(f"{sheet.name}: the samplesheet has no row below its header; add one a sample")
    table = table.reindex(columns=list(COLUMNS), fill_value="")
    return [
        Row(line, **{name: text.strip() for name, text in cells.items()})
        for line, cells in enumerate(table.to_dict("records"), start=2)
    ]


def row_problems(rows: Iterable[Row], sheet: str, found: Collection[str]) -> list[str]:
    """Hold every row against the rules of its columns.

    Parameters
    ----------
    rows
        The rows.
    sheet
        The samplesheet's name, for the sentences.
    found
        The paths that exist.

    Returns
    -------
    One sentence a problem.
    """
    problems = []
    first_line: dict[str, int] = {}
    for row in rows:
        wrong = [f"{column} is empty; fill it" for column in NEEDED if not getattr(row, column)]
        if row.sample and not NAME.fullmatch(row.sample):
            wrong.append(f"sample '{row.sample}' is not made of letters, digits, '_', '.' and '-' alone; rename it")
        if row.sample in first_line:
            wrong.append(f"sample '{row.sample}' is that of line {first_line[row.sample]} too; rename one")
        elif row.sample:
            first_line[row.sample] = row.line
        wrong += [
            f"{column} '{path}' is not found; paths start from the samplesheet's folder"
            for column, path in row.paths.items()
            if path not in found
        ]
        if row.spatial and row.platform not in PLATFORMS:
            what = f"platform '{row.platform}' is unknown" if row.platform else "platform is empty"
            wrong.append(f"{what}; give 'spot' or 'image' for the section")
        if not row.spatial and (row.platform or row.spatial_meta):
            wrong.append("platform or spatial_meta stands without a section; name its file under spatial")
        if row.cells_per_spot and not re.fullmatch("[1-9][0-9]*", row.cells_per_spot):
            wrong.append(f"cells_per_spot '{row.cells_per_spot}' is not a whole number above 0; correct it")
        problems += [f"{sheet}, line {row.line}: {problem}" for problem in wrong]
    return problems


def nearest(name: str, names: Collection[str]) -> str:
    """Return a hint at the name that was probably meant, or nothing."""
    match = difflib.get_close_matches(name.lower(), names, n=1)
    return f" (did you mean '{match[0]}'?)" if match else ""
