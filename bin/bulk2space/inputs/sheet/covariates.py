"""The covariates of a samplesheet: each column holds numbers, or words. Names of persons and batches are words."""

import math
from collections.abc import Iterator, Mapping, Sequence

from ...contract.comparisons import holds_names
from ...contract.problems import Problem
from .samplesheet import Row


def covariate_problems(rows: Sequence[Row], sheet: str) -> Iterator[Problem]:
    """Yield a problem for each covariate that has numbers in some rows and words in others."""
    for name in _names(rows):
        if holds_names(name):
            continue
        given = [(row, row.covariates[name]) for row in rows if row.covariates[name]]
        numbers = [pair for pair in given if number(pair[1]) is not None]
        words = [pair for pair in given if number(pair[1]) is None]
        if numbers and words:
            (first, value), (other, word) = numbers[0], words[0]
            sentence = (
                f"{sheet}: {name} has a number in line {first.line} ('{value}') and a word in line {other.line} "
                f"('{word}'); give a number in every row, or a word in every row, or leave cells empty"
            )
            yield Problem(sentence, subject=other.sample)


def typed(rows: Sequence[Row]) -> list[dict[str, float | str | None]]:
    """Return the covariates of every row: numbers or words by column, None where a cell is empty."""
    read = {name: str if holds_names(name) else _reader(row.covariates[name] for row in rows) for name in _names(rows)}
    return [{name: read[name](cell) if cell else None for name, cell in row.covariates.items()} for row in rows]


def number(cell: str) -> float | None:
    """Return a cell's finite number; None for a word."""
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) and "_" not in cell else None


def _reader(cells: Iterator[str]) -> type[float] | type[str]:
    return float if all(number(cell) is not None for cell in cells if cell) else str


def _names(rows: Sequence[Row]) -> Mapping[str, str]:
    return rows[0].covariates if rows else {}
