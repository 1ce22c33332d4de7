"""Space Ranger's scale factors, from its own file or from scanpy's copy of them in an h5ad."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np

from ...contract.problems import InputError
from ...contract.visium import SPOT_MICROMETERS


class Spots(NamedTuple):
    """The size of a spot; None where it is not known.

    Attributes
    ----------
    spot_diameter
        Diameter, or side of a bin, in pixels of the full image.
    spot_micrometers
        The same in micrometers.
    """

    spot_diameter: float | None
    spot_micrometers: float | None


def from_scale_factors(factors: Mapping[str, Any], *, file: str, on_grid: bool) -> Spots:
    """Return the size of a spot.

    Parameters
    ----------
    factors
        The scale factors.
    file
        Name of the file that has them, for the sentence.
    on_grid
        Whether the spots have rows and columns of Space Ranger (``array_row``, ``array_col``). Without these, a file
        that has no ``bin_size_um`` may come from some other instrument.

    Raises
    ------
    InputError
        If one of them is not a number above 0.
    """
    diameter = positive(factors, "spot_diameter_fullres", file)
    micrometers = positive(factors, "bin_size_um", file)
    if micrometers is None and diameter is not None and on_grid:
        micrometers = SPOT_MICROMETERS
    return Spots(diameter, micrometers)


def positive(factors: Mapping[str, Any], name: str, file: str) -> float | None:
    """Return a scale factor; None where there is none.

    Raises
    ------
    InputError
        If it is not a number above 0.
    """
    value = factors.get(name)
    if value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = np.nan
    if not 0 < number < np.inf:
        raise InputError(
            f"{file}: the scale factor {name} is '{value}', which is not a number above 0; correct it or remove it"
        )
    return number
