"""The check of a samplesheet: what is wrong with its rows, and which of its inputs can be read."""

from collections.abc import Collection
from pathlib import Path

from ...contract.problems import InputError, Problem
from .checked import Checked
from .covariates import covariate_problems
from .row_rules import row_problems
from .samplesheet import read_rows
from .sources import readable


def check(sheet: Path, found: Collection[str]) -> Checked:
    """Check a samplesheet.

    Parameters
    ----------
    sheet
        The samplesheet.
    found
        The paths in it that exist.
    """
    try:
        rows = read_rows(sheet)
    except InputError as problem:
        return Checked([Problem.of(problem)], [])
    return Checked(
        [*row_problems(rows, sheet.name, found), *covariate_problems(rows, sheet.name)], readable(rows, found)
    )
