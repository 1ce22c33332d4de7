"""Tables of proportions that hold a reference's own composition, in the form of the pipeline's own tables."""

from pathlib import Path

import numpy as np
import pandas as pd
from bulk2space.contract.tables import ESTIMATES, PROPORTIONS


def of_reference(cell_type: np.ndarray, sample: str) -> pd.DataFrame:
    """Return the proportion of each type among cells, with intervals of no width and no residual.

    Parameters
    ----------
    cell_type
        Type of each cell, (cells,).
    sample
        Name of the sample in the table.
    """
    proportions = pd.Series(cell_type).astype(str).value_counts(normalize=True).sort_index()
    table = pd.DataFrame({"sample": sample, "cell_type": proportions.index, "proportion": proportions.to_numpy()})
    for column in ("ci_low", "ci_high", "rna_fraction"):
        table[column] = table["proportion"]
    return table.assign(residual=0.0)


def write_estimates(cell_type: np.ndarray, sample: str, path: Path) -> None:
    """Write the reference's own proportions as if they were estimated from a bulk."""
    ESTIMATES.write(of_reference(cell_type, sample), path)


def write_proportions(cell_type: np.ndarray, sample: str, cells: int, path: Path) -> None:
    """Write the reference's own proportions as if cells were generated in them."""
    table = of_reference(cell_type, sample).drop(columns="residual")
    PROPORTIONS.write(table.assign(n_cells=(table["proportion"] * cells).round().astype(int)), path)
