"""Sentences on one sample, written above the figures of a chapter."""

from typing import NamedTuple

import pandas as pd

from ..contract.keys import Parameters, Uns
from ..contract.percents import percent
from ..contract.stored import Readable
from ..contract.verdicts import POOR, poor_inputs
from . import micrometers

ALARMING = 0.5  # confidence of a spot below which more of its cells are expected to be wrong than right
RELIABLE = 0.8  # proportion of right cells from which on places, or types of imaged cells, are called good


class RightCells(NamedTuple):
    """Proportion of the placed cells that is expected to be right; numbers of alarming spots and of all with cells."""

    mean: float
    alarming: int
    spots: int


def right_cells(spots: pd.DataFrame) -> RightCells | None:
    """Return how many placed cells are expected to be right (spots: spots.csv); None where no cell was placed."""
    of_spot = spots.groupby("spot").agg(cells=("n_cells", "sum"), value=("confidence", "first")).query("cells > 0")
    if of_spot.empty:
        return None
    mean = float((of_spot["value"] * of_spot["cells"]).sum() / of_spot["cells"].sum())
    return RightCells(mean, int((of_spot["value"] < ALARMING).sum()), len(of_spot))


def limits(made: Readable) -> str:
    """Return what the cells of a file must not be used for; an empty text where the file does not say."""
    said = str(made.uns.get(Uns.PARAMETERS, {}).get(Parameters.LIMITS, ""))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def spot_limits(section: Readable, placed: Readable) -> str:
    """Return the same of cells placed in spots, with the size of a spot where it is known."""
    size, each = section.uns.get(Uns.SPOT_MICROMETERS), micrometers.per_unit(section)
    if size is None and each is not None and Uns.SPOT_DIAMETER in placed.uns:
        size = each * float(placed.uns[Uns.SPOT_DIAMETER])
    said = limits(placed)
    return f"{said[:-1]} ({float(size):g} µm)." if said and size is not None else said


def labels(spatial: Readable) -> str:
    """Return how the predicted types agree with the section's own labels; an empty text where it has none."""
    found = spatial.uns.get(Uns.PARAMETERS, {})
    if Parameters.N_LABELLED not in found:
        return ""
    counted = (Parameters.N_AMBIGUOUS, Parameters.N_LABELLED, Parameters.N_SAME_TYPE)
    ambiguous, labelled, same = (int(found[key]) for key in counted)
    agreement = "none of them is a generated type."
    if labelled:
        agreement = (
            f"of the {labelled:,} cells labelled with a generated type, {same:,} ({percent(same / labelled)}) have the "
            "same predicted type."
        )
    note = f"The section has labels of its own: {agreement}"
    return f"{note} {ambiguous:,} cells with the ambiguous label got a predicted type." if ambiguous else note


def confidence(spots: pd.DataFrame | None, verdict: pd.DataFrame) -> str:
    """Return how many placed cells are expected to be right, and for which references that holds.

    Parameters
    ----------
    spots
        spots.csv; None for an image, of which nothing is said.
    verdict
        verdict.csv.
    """
    found = None if spots is None else right_cells(spots)
    if found is None:
        return ""
    note = (
        f"Of the placed cells, {percent(found.mean)} are expected to be of a type that their spot holds. In "
        f"{found.alarming:,} of {found.spots:,} spots, it is less than half of the cells."
    )
    if "section" in poor_inputs(verdict):
        return (
            f"The verdict on this section is {POOR}: do not rely on this chapter. The probabilities hold only if the "
            f"reference holds the types of the tissue. {note}"
        )
    return f"{note} This holds only if the reference has the types of the tissue, which the verdict speaks of."
