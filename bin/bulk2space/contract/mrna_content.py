"""The user's table of the mRNA content of each cell type."""

import logging
from pathlib import Path

import numpy as np
import pandas as pd

from . import remarks
from .problems import InputError
from .user_tables import read_metadata

log = logging.getLogger(__name__)


def read_mrna_content(path: Path | None) -> dict[str, float] | None:
    """Read the user's table of mRNA per cell of each type; a value that is not a number becomes NaN.

    Raises
    ------
    InputError
        If one of the columns `cell_type` and `mrna_content` is missing or a type appears twice.
    """
    if path is None:
        return None
    table = read_metadata(path, "cell_type", ("mrna_content",))
    return pd.to_numeric(table["mrna_content"], errors="coerce").to_dict()


def check_mrna_content(table: dict[str, float], types: list[str]) -> None:
    """Refuse a user's table that lacks a type of the reference or has a value that is not a positive number.

    Parameters
    ----------
    table
        mRNA per cell of each type, in any unit.
    types
        Cell types of the reference.

    Raises
    ------
    InputError
        With the first thing that is wrong.
    """
    missing = [name for name in types if name not in table]
    if missing:
        raise InputError(
            f"the table of mRNA content lacks {', '.join(missing)}: give a value for every cell type of the reference"
        )
    wrong = [name for name in types if not (np.isfinite(table[name]) and table[name] > 0)]
    if wrong:
        raise InputError(f"the table of mRNA content: the value of {wrong[0]} is not a positive number; correct it")
    unknown = sorted(name for name in table if name not in types)
    if unknown:
        remarks.warn(
            log,
            "unknown_types_in_mrna_content",
            f"the table of mRNA content has cell types that the reference does not have: {', '.join(unknown)}",
            types=unknown,
        )
