"""What the regions of a section hold: cell types and genes inside a region against outside."""

import numpy as np
import pandas as pd
from scipy.stats import false_discovery_control

from ..numerics.groups import indicator
from .correlation import Places, correlated

FEWEST_PLACES = 5  # of a region that takes part


def compared(
    names: list[str], values: np.ndarray, region: np.ndarray, spatial: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Compare the mean of values inside each region with the mean outside, by the modified t test.

    Parameters
    ----------
    names, values
        Names of the columns; places × columns.
    region
        Region of each place, (places,), text; empty where it is not known: such places take no part.
    spatial
        Centres of the places, places × 2.
    rng
        Draws places of a large section for the test.

    Returns
    -------
    One row per region and column: means inside and outside, correlation of the value with being inside, p, p_adjusted.
    No row with fewer than two regions.
    """
    regions = [name for name, number in zip(*np.unique(region, return_counts=True), strict=True)
               if name and number >= FEWEST_PLACES]  # fmt: skip
    columns = ["region", "name", "inside", "outside", "correlation", "p", "p_adjusted"]
    known = np.isin(region, regions)
    if len(regions) < 2:
        return pd.DataFrame({column: [] for column in columns})
    some = np.flatnonzero(known)
    member = indicator(np.searchsorted(regions, region[some]), len(regions)).T.toarray()  # places × regions
    values = np.asarray(values, dtype=float)[some]
    number = member.sum(axis=0)[:, None]
    inside = member.T @ values
    outside = (values.sum(axis=0) - inside) / (len(some) - number)
    found = correlated(Places.of(spatial[some], rng), member, values)
    frame = pd.DataFrame(
        {
            "region": np.repeat(regions, values.shape[1]),
            "name": np.tile(names, len(regions)),
            "inside": (inside / number).ravel(),
            "outside": outside.ravel(),
            "correlation": found.r.ravel(),
            "p": found.p.ravel(),
        }
    )
    return frame.assign(p_adjusted=false_discovery_control(frame["p"]))[columns]
