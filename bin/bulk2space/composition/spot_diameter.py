"""How large the spots of a section are."""

import logging

import numpy as np

from ..contract.keys import Obsm, Uns
from ..contract.stored import Readable
from ..numerics.lattice import lattice, neighbour_distance

log = logging.getLogger(__name__)

# Diameter of a spot as a part of the distance to its nearest neighbour. Hexagonal: Visium's 55 µm of 100 µm.
DIAMETER_OF_DISTANCE = {"hexagonal": 0.55, "square": 0.5, "irregular": 1.0}


def spot_diameter(spatial: np.ndarray) -> float:
    """Guess the diameter of a spot from the lattice of the spots' centres (spots × 2), in coordinate units."""
    kind, distance = lattice(spatial), neighbour_distance(spatial)
    log.info("spots lie on a lattice: %s, %.4g apart", kind, distance)
    return DIAMETER_OF_DISTANCE[kind] * distance


def diameter_of(section: Readable, given: float | None) -> float:
    """Return the diameter of a section's spots: the user's, the section's own, or one that suits their lattice."""
    known = given or section.uns.get(Uns.SPOT_DIAMETER)
    return float(known or spot_diameter(np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)))
