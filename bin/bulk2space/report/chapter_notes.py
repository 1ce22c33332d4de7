"""Sentences on one sample, written above the figures of a chapter."""

from typing import Any

import anndata as ad
import pandas as pd

from ..contract.keys import Calibrated, Parameters, Uns
from ..contract.verdicts import POOR, poor_inputs

ALL_SOURCE_CELLS = 0.995  # effective proportion of a type's cells from which it is shown as 1.00: no choice was made
UNTRIED = 1.0  # relative error where no weights could be tried
NAMED_TYPES = 5  # types named, those with the smallest effective proportion
ALARMING = 0.5  # confidence of a spot below which more of its cells are expected to be wrong than right


def calibration(cells: ad.AnnData) -> str:
    """Return how the bulk chose the source cells, or why it did not; an empty text where that was turned off."""
    found: dict[str, Any] | None = cells.uns.get(Uns.CALIBRATION)
    if found is None:
        return ""
    if not found[Calibrated.USED]:
        return _unused(float(found[Calibrated.ERROR]))
    note = (
        "Each generated cell starts from a cell of the reference, its source. The source cells were weighted so that "
        "their sum fits this bulk. On held-out genes, the squared error of that sum is "
        f"{found[Calibrated.ERROR]:.2f} times the error with equal weights. Where the bulk differs from the reference, "
        "the generated cells are therefore expected to differ from it, too."
    )
    effective = found[Calibrated.EFFECTIVE_CELLS].set_index("cell_type")["share"].sort_values(kind="stable")
    effective = effective[effective < ALL_SOURCE_CELLS]
    if effective.empty:
        return note
    named = ", ".join(f"{name} {proportion:.2f}" for name, proportion in effective.iloc[:NAMED_TYPES].items())
    left = len(effective) - NAMED_TYPES
    more = f" and {left} more types" if left > 0 else ""
    return (
        f"{note} Unequal weights use fewer of a type's reference cells. The proportion effectively used is: "
        f"{named}{more}."
    )


def _unused(error: float) -> str:
    """Return why the bulk did not choose the source cells."""
    start = "The bulk decided on the number of cells of each type, but not on their states: "
    if error == UNTRIED:
        return f"{start}no type has enough reference cells, or too few genes are shared, to weight its source cells."
    return (
        f"{start}with weighted source cells, the squared error on held-out genes is {error:.2f} times the error with "
        f"equal weights, which is no clear improvement. This is a normal result."
    )


def labels(spatial: ad.AnnData) -> str:
    """Return how the predicted types agree with the section's own labels; an empty text where it has none."""
    found = spatial.uns.get(Uns.PARAMETERS, {})
    if Parameters.N_LABELLED not in found:
        return ""
    counted = (Parameters.N_AMBIGUOUS, Parameters.N_LABELLED, Parameters.N_SAME_TYPE)
    ambiguous, labelled, same = (int(found[key]) for key in counted)
    agreement = "none of them is a generated type."
    if labelled:
        agreement = (
            f"of the {labelled:,} cells labelled with a generated type, {same:,} ({same / labelled:.0%}) have the same "
            "predicted type."
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
    if spots is None:
        return ""
    of_spot = spots.groupby("spot").agg(cells=("n_cells", "sum"), value=("confidence", "first")).query("cells > 0")
    if of_spot.empty:
        return ""
    mean = (of_spot["value"] * of_spot["cells"]).sum() / of_spot["cells"].sum()
    low = int((of_spot["value"] < ALARMING).sum())
    note = (
        f"Of the placed cells, {mean:.0%} are expected to be of a type that their spot holds. In {low:,} of "
        f"{len(of_spot):,} spots, it is less than half of the cells."
    )
    if "section" in poor_inputs(verdict):
        return (
            f"The verdict on this section is {POOR}: do not rely on this chapter. The probabilities hold only if the "
            f"reference holds the types of the tissue. {note}"
        )
    return f"{note} This holds only if the reference has the types of the tissue, which the verdict speaks of."
