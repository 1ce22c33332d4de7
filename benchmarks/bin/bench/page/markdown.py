"""Tables in Markdown, written and read back, and pages whose words are kept in files."""

import re
from pathlib import Path

import pandas as pd

MISSING = "–"
NOTHING = "Nothing in this run."
_HEADING = re.compile(r"(?:#+ |<details><summary>)(.+?)(?:</summary>)?$")
_WHOLE = re.compile(r"-?\d+")


def markdown(table: pd.DataFrame) -> list[str]:
    """Return a table in Markdown: numbers with three decimals, missing values as a dash."""
    lines = ["| " + " | ".join(map(str, table.columns)) + " |", "|" + " --- |" * len(table.columns)]
    return lines + ["| " + " | ".join(map(_cell, row)) + " |" for row in table.itertuples(index=False)]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return (
            MISSING if pd.isna(value) else f"{value:.0f}" if value == int(value) and abs(value) > 1 else f"{value:.3f}"
        )
    return MISSING if value is None else str(value)


def tables(text: str) -> dict[str, pd.DataFrame]:
    """Return the last table below each heading of a page, with numbers as numbers.

    A table that is written again by :func:`markdown` is the same text.
    """
    found: dict[str, list[str]] = {}
    heading, inside = "", False
    for line in text.splitlines():
        row = line.startswith("|")
        if row and not inside:
            found[heading] = []
        if row:
            found[heading].append(line)
        elif match := _HEADING.match(line):
            heading = match[1]
        inside = row
    return {name: _parsed(lines) for name, lines in found.items()}


def _parsed(lines: list[str]) -> pd.DataFrame:
    header, _, *rows = ([cell.strip() for cell in line.strip("| ").split(" | ")] for line in lines)
    table = pd.DataFrame(rows, columns=header)
    return pd.DataFrame({name: _numbers(table[name]) for name in header})


def _numbers(column: pd.Series) -> pd.Series:
    """Return a column of text as whole numbers or floats where all of it is numbers or dashes."""
    known = column[column != MISSING]
    if known.empty:
        return column
    try:
        values = known.astype(float)
    except ValueError:
        return column
    if len(known) == len(column) and known.map(lambda text: bool(_WHOLE.fullmatch(text))).all():
        return values.astype(int)
    return values.reindex(column.index)


def filled(name: str, **fields: object) -> str:
    """Return a page of tables: its words in text/<name>.md, with fields in place of their names in braces.

    Parameters
    ----------
    name
        Name of the page.
    **fields
        Tables, lines, or words. An empty table or list is replaced by a sentence.
    """
    words = (Path(__file__).parent / "text" / f"{name}.md").read_text()
    return words.format(**{field: _words(value) for field, value in fields.items()})


def _words(value: object) -> str:
    if isinstance(value, pd.DataFrame):
        value = markdown(value) if len(value) else []
    if isinstance(value, list):
        return "\n".join(value) if value else NOTHING
    return str(value)
