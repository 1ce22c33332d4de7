"""The samplesheet's rows: read, and held against the rules of each column."""

import csv
import difflib
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from ..contract.problems import InputError

NEEDED = ("sample", "bulk", "reference")
PLATFORMS = ("spot", "image")
NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
RESERVED = ("references", "multiqc", "pipeline_info")  # folders of the results


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
        with sheet.open(encoding="utf-8-sig", newline="") as text:
            reader = csv.reader(text)
            lines = [(reader.line_num, [cell.strip() for cell in row]) for row in reader if any(map(str.strip, row))]
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{sheet.name}: not comma-separated text ({error}); save it as csv") from None
    if not lines:
        raise InputError(f"{sheet.name}: the samplesheet is empty; its columns are {known}")
    (first, header), *rows = lines
    if len(header) == 1 and ";" in header[0]:
        raise InputError(f"{sheet.name}, line {first}: separated by semicolons; save it as csv with commas")
    wrong = [f"column '{name}' is missing" for name in NEEDED if name not in header]
    wrong += [f"column '{name}' is unknown{nearest(name, COLUMNS)}" for name in header if name not in COLUMNS]
    wrong += [f"column '{name}' stands twice" for name in COLUMNS if header.count(name) > 1]
    if wrong:
        raise InputError(f"{sheet.name}, line {first}: {'; '.join(wrong)}; the columns are {known}")
    if not rows:
        raise InputError(f"{sheet.name}: the samplesheet has no row below its header; add one a sample")
    ragged = [line for line, cells in rows if len(cells) != len(header)]
    if ragged:
        raise InputError(
            f"{sheet.name}, line {ragged[0]}: not as many cells as the header has columns ({len(header)}); "
            f"put names with commas in quotes, and a comma for every empty cell"
        )
    nothing = dict.fromkeys(COLUMNS, "")
    return [Row(line, **{**nothing, **dict(zip(header, cells, strict=True))}) for line, cells in rows]


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
            wrong.append(
                f"sample '{row.sample}' is not made of letters, digits, '_', '.' and '-' alone, "
                f"the first no '.' or '-'; rename it"
            )
        if row.sample in RESERVED:
            wrong.append(f"sample '{row.sample}' bears the name of a folder of the results; rename it")
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
        if row.cells_per_spot and not re.fullmatch("[1-9][0-9]*|auto", row.cells_per_spot):
            wrong.append(
                f"cells_per_spot '{row.cells_per_spot}' is neither a whole number above 0 nor 'auto'; correct it"
            )
        problems += [f"{sheet}, line {row.line}: {problem}" for problem in wrong]
    return problems


def nearest(name: str, names: Collection[str]) -> str:
    """Return a hint at the name that was probably meant, or nothing."""
    match = difflib.get_close_matches(name.lower(), names, n=1)
    return f" (did you mean '{match[0]}'?)" if match else ""
