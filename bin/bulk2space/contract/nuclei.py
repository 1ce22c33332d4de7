"""Nuclei counted in the spots of a section."""

import numpy as np
import pandas as pd

from .problems import InputError

NUCLEI = ("n_nuclei", "nuclei", "cell_count")  # columns of a section's metadata that may hold counted nuclei
NOTHING_TO_GO_BY = (
    f"cells_per_spot is auto, but the section has neither counts nor a column of nuclei ({', '.join(NUCLEI)}); "
    "give a number of cells"
)


def nuclei(obs: pd.DataFrame) -> np.ndarray | None:
    """Return the nuclei counted in each spot, (spots,); None where no column holds them.

    Parameters
    ----------
    obs
        The section's metadata, one row per spot.

    Raises
    ------
    InputError
        If a value is not a whole number of at least 0, or all values are 0.
    """
    column = next((name for name in NUCLEI if name in obs), None)
    if column is None:
        return None
    values = pd.to_numeric(obs[column], errors="coerce").to_numpy(dtype=float)
    wrong = ~((values >= 0) & (values == np.rint(values)))
    if wrong.any():
        spot = obs.index[wrong][0]
        raise InputError(
            f"column {column}: spot '{spot}' has '{obs[column][spot]}' nuclei, which is not a whole number; correct "
            "the value, or give a number under cells_per_spot"
        )
    if not values.any():
        raise InputError(
            f"column {column}: no spot has a nucleus; correct the column, or give a number under cells_per_spot"
        )
    return values.astype(np.int64)
