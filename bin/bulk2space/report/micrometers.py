"""How long a section's coordinate unit is in micrometers, where its file tells."""

from ..contract.keys import Uns
from ..contract.stored import Readable
from ..contract.visium import DRAWN_SPOT_MICROMETERS, SPOT_MICROMETERS

OF_UNIT = {
    "micrometer": 1.0,
    "micrometers": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "um": 1.0,
    "µm": 1.0,
    "millimeter": 1000.0,
}


def per_unit(section: Readable) -> float | None:
    """Return the micrometers of a coordinate unit; None where they are not known.

    A file of Space Ranger tells the size of a spot or bin both in pixels and in micrometers.
    """
    known = OF_UNIT.get(str(section.uns.get(Uns.COORDINATE_UNIT, "")).strip().lower())
    if known is not None:
        return known
    diameter, micrometers = (section.uns.get(entry) for entry in (Uns.SPOT_DIAMETER, Uns.SPOT_MICROMETERS))
    if diameter is None or micrometers is None:
        return None
    real = float(micrometers)
    return (DRAWN_SPOT_MICROMETERS if real == SPOT_MICROMETERS else real) / float(diameter)
