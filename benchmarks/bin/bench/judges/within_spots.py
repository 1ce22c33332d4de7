"""How far cells that are placed within spots lie from the nearest true cell of their type."""

import numpy as np
from bulk2space.numerics.shares import largest_remainder
from bulk2space.spots.neighbour_places import TRIES, place_by_neighbours
from bulk2space.spots.places import scatter
from scipy.spatial import cKDTree

from ..cases.imaged_spots import Laid, compositions
from .sections import interval

SEEDS = 5


def distances(section: Laid) -> list[dict]:
    """Return one row per composition: the mean distance by way to place cells, in diameters of a spot."""
    rows = []
    for name, proportion in compositions(section.true, np.random.default_rng(0)).items():
        numbers = largest_remainder(proportion, section.true.sum(axis=1))
        spot, code = np.nonzero(numbers)
        repeat = numbers[spot, code]
        spot, code = np.repeat(spot, repeat), np.repeat(code, repeat)
        apart = np.mean([_distances(section, spot, code, proportion, seed) for seed in range(SEEDS)], axis=0)
        saved = (apart[0] - apart[1]) / apart[0].mean()
        gain = np.bincount(spot, saved)[np.unique(spot)] / np.unique(spot, return_counts=True)[1]
        low, high = interval(gain)
        rows.append(
            {
                "spots": len(section.true), "composition": name,
                "uniform": apart[0].mean(), "by neighbours": apart[1].mean(),
                "best of the tries": apart[2].mean(), "gain, %": 100 * gain.mean(), "from": 100 * low, "to": 100 * high,
            }
        )  # fmt: skip
    return rows


def _distances(section: Laid, spot: np.ndarray, code: np.ndarray, proportion: np.ndarray, seed: int) -> np.ndarray:
    """Return the distance of each cell, uniform, by neighbours and the best of as many tries, 3 × cells."""
    rng = np.random.default_rng(seed)
    centres, diameter = section.centres, section.diameter
    tries = scatter(np.repeat(centres[spot], TRIES, axis=0), diameter=diameter, rng=rng)
    placed = place_by_neighbours(spot, code, proportion, centres, diameter=diameter, rng=rng)
    found = np.zeros((TRIES + 1, len(spot)))
    every = np.concatenate([tries.reshape(len(spot), TRIES, 2), placed[:, None]], axis=1)
    for kind in np.unique(code):
        own, true = code == kind, section.places[section.code == kind]
        found[:, own] = cKDTree(true).query(every[own])[0].T
    return np.stack([found[0], found[-1], found[:-1].min(axis=0)]) / diameter
