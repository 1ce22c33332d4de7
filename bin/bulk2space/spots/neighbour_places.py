"""Where placed cells lie within a spot, given the spots around it: a type lies on the side where more of it is.

Across a gap, as between Visium's spots, the next spot says too little of the side (docs/benchmarks/places.md). Cells
then lie anywhere.
"""

import numpy as np
from scipy.spatial import cKDTree

from ..numerics.lattice import ADJOINING, neighbour_distance, touch
from .places import scatter

NEIGHBOURS = 6  # of a spot on a hexagonal lattice
REACH = 0.35  # standard deviation of the kernel, in distances of neighbouring spots
SHARPNESS = 4  # power of the density; on tuning sections 1 and 2 bring cells less close to their true places
TRIES = 16  # locations that each cell chooses from
CELLS_AT_ONCE = 20_000
SMALLEST = 1e-12  # density where no spot around holds the type


def place_within_spots(
    spot: np.ndarray,
    code: np.ndarray,
    proportion: np.ndarray,
    centres: np.ndarray,
    *,
    diameter: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw a location for each cell: by neighbours where spots touch, else uniform (as :func:`place_by_neighbours`)."""
    if not touch(centres, diameter):
        return scatter(centres[spot], diameter=diameter, rng=rng)
    return place_by_neighbours(spot, code, proportion, centres, diameter=diameter, rng=rng)


def place_by_neighbours(
    spot: np.ndarray,
    code: np.ndarray,
    proportion: np.ndarray,
    centres: np.ndarray,
    *,
    diameter: float,
    rng: np.random.Generator,
) -> np.ndarray:
    """Draw a location for each cell within the disc of its spot.

    The proportion of the cell's type is interpolated between the spot and those that adjoin it (Gaussian kernel). Of
    several locations, uniform over the disc, each cell takes one with a chance that grows with that proportion.

    Parameters
    ----------
    spot, code
        Spot and type of each cell, (cells,) each.
    proportion
        Proportions of the cells, spots × types; a spot of zeros says nothing.
    centres
        Centres of the spots, spots × 2.
    diameter
        Diameter of a spot, coordinate units.
    rng
        Random generator.

    Returns
    -------
    Locations, cells × 2.
    """
    distance, near = _around(centres, proportion.sum(axis=1) > 0)
    found = np.empty((len(spot), 2))
    for first in range(0, len(spot), CELLS_AT_ONCE):
        rows = slice(first, first + CELLS_AT_ONCE)
        own, types = spot[rows], code[rows]
        tries = scatter(np.repeat(centres[own], TRIES, axis=0), diameter=diameter, rng=rng).reshape(len(own), TRIES, 2)
        around = near[own]  # cells × spots around
        apart = tries[:, :, None, :] - centres[around][:, None, :, :]
        kernel = np.exp(-(apart**2).sum(axis=-1) / (2 * (REACH * distance) ** 2)) * (around >= 0)[:, None, :]
        of_type = proportion[around, types[:, None]]
        density = np.einsum("ctn,cn->ct", kernel, of_type) / np.maximum(kernel.sum(axis=-1), SMALLEST)
        chance = np.cumsum(density**SHARPNESS + SMALLEST, axis=1)
        taken = (chance > rng.random(len(own))[:, None] * chance[:, -1:]).argmax(axis=1)
        found[rows] = tries[np.arange(len(own)), taken]
    return found


def _around(centres: np.ndarray, telling: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the distance of neighbouring spots, and each spot with those that adjoin it, spots × 7; -1 for none."""
    distance = neighbour_distance(centres)
    number = min(NEIGHBOURS + 1, len(centres))
    apart, near = cKDTree(centres).query(centres, k=[*range(1, number + 1)])
    return distance, np.where((apart <= ADJOINING * distance) & telling[near], near, -1)
