"""How large the spots of a section are."""

import logging

import numpy as np

from ..contract import remarks
from ..contract.keys import Obsm, Uns
from ..contract.stored import Stored
from ..numerics.lattice import lattice, neighbour_distance

log = logging.getLogger(__name__)

# Diameter of a spot as a part of the distance to its nearest neighbour. Hexagonal: Visium's 55 µm of 100 µm.
DIAMETER_OF_DISTANCE = {"hexagonal": 0.55, "square": 0.5, "irregular": 1.0}

USUAL_OF_DISTANCE = 0.2, 1.2  # in sections of which the diameter is known: 0.44 (Stereo-seq) to 1 (beads that touch)


def spot_diameter(spatial: np.ndarray) -> float:
    """Guess the diameter of a spot from the lattice of the spots' centres (spots × 2), in coordinate units."""
    kind, distance = lattice(spatial), neighbour_distance(spatial)
    log.info("spots lie on a lattice: %s, %.4g apart", kind, distance)
    return DIAMETER_OF_DISTANCE[kind] * distance


def diameter_of(section: Stored, given: float | None) -> float:
    """Return the diameter of a section's spots: the user's, the section's own, or one that suits their lattice."""
    spatial = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    if given is not None:
        _warn_of_unit(spatial, given, section.name)
        return given
    return float(section.uns.get(Uns.SPOT_DIAMETER) or spot_diameter(spatial))


def _warn_of_unit(spatial: np.ndarray, diameter: float, name: str) -> None:
    """Warn of a diameter that suits no section with such distances: it is probably in another unit."""
    distance = neighbour_distance(spatial)
    least, most = USUAL_OF_DISTANCE
    if len(spatial) > 1 and not least * distance <= diameter <= most * distance:
        remarks.warn(
            log,
            "spot_diameter_unlikely",
            f"{name}: spots lie {distance:.4g} apart, and --spot_diameter is {diameter:.4g}; cells are placed within "
            f"that diameter, so give it in the unit of the section's coordinates, or leave it out",
        )
