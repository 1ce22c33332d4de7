"""What is known to be true of a sample, in the tables of the `--truth` folder."""

from pathlib import Path

import pandas as pd

from .io import read_table
from .problems import InputError

COLUMNS = {
    "proportions": ("cell_type", "proportion"),
    "spots": ("spot", "cell_type", "proportion"),
    "image": ("cell", "cell_type"),
}
KEYS = {"proportions": ["cell_type"], "spots": ["spot", "cell_type"], "image": ["cell"]}


def read_truth(folder: Path, sample: str) -> dict[str, pd.DataFrame]:
    """Read the tables that the folder has of a sample, by name (``proportions``, ``spots``, ``image``).

    Raises
    ------
    InputError
        If a column is missing or a row stands twice.
    """
    found = {}
    for name, columns in COLUMNS.items():
        path = folder / sample / f"{name}.csv"
        if not path.is_file():
            continue
        place = f"truth {sample}/{path.name}"
        table = read_table(path)
        missing = [column for column in columns if column not in table]
        if missing:
            raise InputError(f"{place}: no column {' and no column '.join(missing)}; it has {', '.join(table.columns)}")
        twice = table.duplicated(KEYS[name])
        if twice.any():
            row = ", ".join(table.loc[twice, KEYS[name]].iloc[0])
            raise InputError(f"{place}: '{row}' stands in more than one row; keep one of them")
        found[name] = table
    return found
