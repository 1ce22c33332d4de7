"""The ground truth of a sample, in the tables of the `--truth` folder."""

from pathlib import Path

import pandas as pd

from .problems import InputError
from .table_lines import errors_in_words
from .tables import FRACTION, NUMBER, TEXT, Column, Table

_CELL_TYPE = Column("cell_type", TEXT, "", "cell type of the reference")
_PROPORTION = Column("proportion", NUMBER, FRACTION, "true proportion of the cells; sums to 1 over the types")
_SPOT = Column("spot", TEXT, "", "name of the spot in the section")
_CELL = Column("cell", TEXT, "", "name of the imaged cell in the section")
GROUND_TRUTH = {
    "proportions": Table("proportions.csv", "cell type", (_CELL_TYPE, _PROPORTION), "%.8g"),
    "spots": Table("spots.csv", "spot and cell type", (_SPOT, _CELL_TYPE, _PROPORTION), "%.8g"),
    "image": Table("image.csv", "imaged cell", (_CELL, _CELL_TYPE), "%.8g"),
}
KEYS = {"proportions": ["cell_type"], "spots": ["spot", "cell_type"], "image": ["cell"]}  # one row for each


def read_truth(folder: Path, sample: str) -> dict[str, pd.DataFrame]:
    """Read the tables that the folder has of a sample, by name (``proportions``, ``spots``, ``image``).

    Raises
    ------
    InputError
        If a column is missing, a proportion is not a number, or a row appears twice.
    """
    paths = {name: folder / sample / table.name for name, table in GROUND_TRUTH.items()}
    return {name: _read(path, name, f"truth {sample}/{path.name}") for name, path in paths.items() if path.is_file()}


def _read(path: Path, name: str, place: str) -> pd.DataFrame:
    expected = GROUND_TRUTH[name]
    with errors_in_words(path):
        columns = list(pd.read_csv(path, nrows=0).columns)
        missing = [column for column in expected.header if column not in columns]
        if missing:
            raise InputError(f"{place}: no column {' and no column '.join(missing)}; it has {', '.join(columns)}")
        table = expected.parsed(path)
    for column in expected.columns:
        if column.kind == NUMBER and not pd.api.types.is_numeric_dtype(table[column.name]):
            raise InputError(f"{place}: the column {column.name} has values that are not numbers; correct them")
    twice = table.duplicated(KEYS[name])
    if twice.any():
        row = ", ".join(table.loc[twice, KEYS[name]].iloc[0])
        raise InputError(f"{place}: '{row}' appears in more than one row; keep one of them")
    return table
