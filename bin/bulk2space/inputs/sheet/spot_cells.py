"""How many cells a spot holds on average: as the user says, else by the spot's area."""

from typing import NamedTuple

VISIUM_CELLS, VISIUM_MICROMETERS = 10, 55.0
"""A Visium spot has a diameter of 55 µm and covers 1 to 10 cells (10x Genomics); the paper takes 10."""
UNKNOWN_SIZE = VISIUM_CELLS


class SpotCells(NamedTuple):
    """A number of cells, and in words where it is from."""

    number: int
    reason: str


def spot_cells(given: str, parameter: int | None, micrometers: float | None) -> SpotCells:
    """Return the average number of cells of a spot.

    Parameters
    ----------
    given
        The samplesheet's ``cells_per_spot``: a number, ``auto`` or nothing.
    parameter
        The run's ``--cells_per_spot``; None where it is not given.
    micrometers
        Diameter of a spot, or side of a bin; None where it is not known.
    """
    if given.isdecimal():
        return SpotCells(int(given), "as the samplesheet says")
    if parameter is not None:
        return SpotCells(parameter, "by --cells_per_spot")
    if micrometers is None:
        return SpotCells(UNKNOWN_SIZE, "as the size of the spots is not known")
    cells = VISIUM_CELLS * (micrometers / VISIUM_MICROMETERS) ** 2
    return SpotCells(max(round(cells), 1), f"for spots of {micrometers:g} µm")
