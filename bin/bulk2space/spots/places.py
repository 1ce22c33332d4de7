"""Where placed cells lie within a spot: uniform over its area."""

import logging

import numpy as np

from ..numerics.lattice import lattice, neighbour_distance

log = logging.getLogger(__name__)

# diameter of a spot as a share of the distance to its nearest neighbour
LATTICES = {"hexagonal": 0.55, "square": 0.5, "irregular": 1.0}


def spot_diameter(spatial: np.ndarray) -> float:
    """Guess the diameter of a spot from the lattice, in coordinate units."""
    kind, distance = lattice(spatial), neighbour_distance(spatial)
    log.info("spots lie on a lattice: %s, %.4g apart", kind, distance)
    return LATTICES[kind] * distance


def scatter(centres: np.ndarray, *, diameter: float, rng: np.random.Generator) -> np.ndarray:
    """Draw a place for each cell, uniform over the disc of its spot.

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
    Places, cells × 2.
    """
    radius = diameter / 2 * np.sqrt(rng.random(len(centres)))  # the square root: area grows with the square
    angle = 2 * np.pi * rng.random(len(centres))
    return centres + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
