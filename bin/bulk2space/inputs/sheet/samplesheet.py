"""The samplesheet's rows. Its columns and their rules are in samplesheet.schema.json alone."""

import csv
import difflib
import json
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ...contract.problems import InputError

SCHEMA = json.loads(Path(__file__).with_name("samplesheet.schema.json").read_text(encoding="utf-8"))
ROW = SCHEMA["items"]
COLUMNS: tuple[str, ...] = tuple(ROW["properties"])
(COVARIATE,) = ROW["patternProperties"]  # regular expression of the names of covariates
PLATFORMS: tuple[str, ...] = tuple(ROW["properties"]["platform"]["enum"])
MISSING = {"na", "n/a", "nan", "#n/a", "<na>"}  # conditions and covariates of these words, in any case, are not given


@dataclass(frozen=True)
class Row:
    """One row of the samplesheet: the number of its line, and every cell as text, empty where nothing is given.

    The columns `covariate_*` are in `covariates`, by their names.
    """

    line: int
    sample: str
    bulk: str
    bulk_column: str
    reference: str
    reference_meta: str
    spatial: str
    spatial_meta: str
    platform: str
    section: str
    cells_per_spot: str
    condition: str
    covariates: Mapping[str, str] = field(default_factory=dict)

    @property
    def filled(self) -> dict[str, str]:
        """The cells that are not empty, by column."""
        cells = {column: getattr(self, column) for column in COLUMNS} | dict(self.covariates)
        return {column: cell for column, cell in cells.items() if cell}


def read_rows(sheet: Path) -> list[Row]:
    """Read a samplesheet (csv).

    Raises
    ------
    InputError
        If it is empty or not csv, or if columns are missing or unknown.
    """
    (first, header), *rows = _lines(sheet)
    _check_header(header, sheet.name, first)
    if not rows:
        raise InputError(f"{sheet.name}: the samplesheet has no row below its header; add one per sample")
    ragged = [line for line, cells in rows if len(cells) != len(header)]
    if ragged:
        raise InputError(
            f"{sheet.name}, line {ragged[0]}: does not have as many cells as the header has columns ({len(header)}); "
            f"put names with commas in quotes, and a comma for every empty cell"
        )
    return [_row(line, dict(zip(header, cells, strict=True))) for line, cells in rows]


def _row(line: int, cells: dict[str, str]) -> Row:
    """Return a row; the ways in which R and pandas write a missing value leave condition and covariates empty."""
    known = dict.fromkeys(COLUMNS, "") | {name: cell for name, cell in cells.items() if name in COLUMNS}
    known["condition"] = _given(known["condition"])
    covariates = {name: _given(cell) for name, cell in cells.items() if name not in COLUMNS}
    return Row(line, **known, covariates=covariates)


def _given(cell: str) -> str:
    return "" if cell.lower() in MISSING else cell


def _lines(sheet: Path) -> list[tuple[int, list[str]]]:
    """Return the lines that are not empty: their number in the file, and their cells."""
    try:
        with sheet.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{sheet.name}: not comma-separated text ({error}); save it as csv") from None
    if not lines:
        raise InputError(f"{sheet.name}: the samplesheet is empty; its columns are {', '.join(COLUMNS)}")
    return lines


def _check_header(header: list[str], sheet: str, line: int) -> None:
    if len(header) == 1 and ";" in header[0]:
        raise InputError(f"{sheet}, line {line}: separated by semicolons; save it as csv with commas")
    wrong = [f"column '{name}' is missing" for name in ROW["required"] if name not in header]
    known = [name for name in header if name in COLUMNS or re.search(COVARIATE, name)]
    wrong += [f"column '{name}' is unknown{nearest(name, COLUMNS)}" for name in header if name not in known]
    wrong += [f"column '{name}' appears twice" for name in dict.fromkeys(known) if header.count(name) > 1]
    if wrong:
        listed = f"the columns are {', '.join(COLUMNS)}, and covariate_<name> with letters, digits and '_'"
        raise InputError(f"{sheet}, line {line}: {'; '.join(wrong)}; {listed}")


def nearest(name: str, names: Collection[str]) -> str:
    """Return a hint at the name that was probably meant; empty where none is similar."""
    match = difflib.get_close_matches(name.lower(), names, n=1)
    return f" (did you mean '{match[0]}'?)" if match else ""
