"""Where placed cells lie within a spot: anywhere on its disc, with the same chance."""

import numpy as np


def scatter(centres: np.ndarray, *, diameter: float, rng: np.random.Generator) -> np.ndarray:
    """Draw a location for each cell, uniform over the disc of its spot.

    Parameters
    ----------
    centres
        Centre of the spot of each cell, cells × 2.
    diameter
        Diameter of a spot, coordinate units.
    rng
        Random generator.

    Returns
    -------
    Locations, cells × 2.
    """
    radius = diameter / 2 * np.sqrt(rng.random(len(centres)))  # the square root: area grows with the square
    angle = 2 * np.pi * rng.random(len(centres))
    return centres + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
