"""The samplesheet's rows, checked by JSON Schema against the rules of samplesheet.schema.json."""

from collections.abc import Collection, Iterable, Iterator

from jsonschema import Draft202012Validator, FormatChecker, ValidationError

from ...contract.problems import Problem
from .samplesheet import ROW, SCHEMA, Row

WRONG = {"pattern": "has the wrong form", "not": "cannot be used", "enum": "is unknown", "format": "is not found"}
"""What is wrong with a cell that breaks a rule, by the schema's word for the rule. The schema names the remedy."""


def row_problems(rows: Iterable[Row], sheet: str, found: Collection[str]) -> list[Problem]:
    """Return everything that is wrong with the rows.

    Parameters
    ----------
    rows
        The rows.
    sheet
        The samplesheet's name, for the sentences.
    found
        The paths that exist.
    """
    formats = FormatChecker(formats=())
    formats.checks("path")(lambda path: path in found)
    validator = Draft202012Validator(ROW, format_checker=formats)
    first_lines: dict[tuple[str, str], int] = {}
    problems = []
    for row in rows:
        broken = [sentence for error in validator.iter_errors(row.filled) for sentence in _sentences(error)]
        broken += _repeated(row, first_lines)
        problems += [
            Problem(f"{sheet}, line {row.line}: {sentence}", subject=row.sample) for sentence in dict.fromkeys(broken)
        ]
    return problems


def _sentences(error: ValidationError) -> Iterator[str]:
    """Yield what a broken rule means, in words; the same words may come from several errors."""
    filled = error.instance
    if error.validator == "required":
        for column in error.validator_value:
            if column not in filled:
                yield f"{column} is empty; {_remedy(column)}"
    elif error.validator == "dependentRequired":
        for column, needed in error.validator_value.items():
            for other in needed:
                if column in filled and other not in filled:
                    yield f"{other} is empty, but {column} is given; {_remedy(other)}"
    else:
        yield f"{error.path[0]} '{error.instance}' {WRONG[error.validator]}; {error.schema['errorMessage']}"


def _repeated(row: Row, first_lines: dict[tuple[str, str], int]) -> Iterator[str]:
    """Yield the cells that an earlier row has although each row needs its own; note the line of new ones."""
    for column in SCHEMA["uniqueEntries"]:
        if column in row.filled:
            first = first_lines.setdefault((column, row.filled[column]), row.line)
            if first != row.line:
                yield f"{column} '{row.filled[column]}' is also that of line {first}; {_remedy(column)}"


def _remedy(column: str) -> str:
    return ROW["properties"][column]["errorMessage"]
