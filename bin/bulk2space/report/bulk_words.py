"""What the bulk changed, in words: the states of the cells, and the composition of the section."""

import anndata as ad
import pandas as pd

from ..contract import verdicts
from ..contract.keys import Calibrated, Parameters, Uns
from ..contract.percents import percent
from .bulk_and_section import own_proportions
from .calibrated_states import chosen
from .sample import Sample, Section

NAMED_TYPES = 5  # types named, those with the smallest effective proportion
LEFT_ALONE = 0.005  # proportion of the cells; a composition that moved less is called unchanged


def of_sample(sample: Sample) -> str:
    """Return sentences on the sample, one paragraph a line."""
    lines = [] if sample.cells is None else [_states(sample.cells)]
    if sample.section is not None:
        lines.append(_composition(sample.section))
    if contradicted := verdicts.contradiction_in_words(sample.verdict):
        lines.append(f"Take care: {contradicted}.")
    return "\n".join(lines)


def _states(cells: ad.AnnData) -> str:
    """Return whether the bulk chose the states of the cells, and why not."""
    found = cells.uns.get(Uns.CALIBRATION)
    if found is None or not found[Calibrated.USED]:
        why = "calibration was turned off (--calibrate false)" if found is None else found[Calibrated.REASON]
        normal = "" if found is None else " This is a normal result."
        return (
            f"The bulk was not used to choose the states of the cells: {why}. It decided how many cells of each type "
            f"were generated.{normal}"
        )
    words = (
        "The bulk was used: it decided how many cells of each type were generated, and it weighted their source cells, "
        "which are the reference cells that they start from. On held-out genes, the squared error of the weighted sum "
        f"is {found[Calibrated.ERROR]:.3f} times the error with equal weights. Where the bulk differs from the "
        "reference, the generated cells are therefore expected to differ from it, too."
    )
    effective = chosen(cells)
    if effective.empty:
        return words
    named = ", ".join(f"{name} {proportion:.2f}" for name, proportion in effective.iloc[:NAMED_TYPES].items())
    left = len(effective) - NAMED_TYPES
    more = f" and {left} more types" if left > 0 else ""
    return (
        f"{words} Unequal weights use fewer of a type's reference cells. The proportion effectively used is: "
        f"{named}{more}."
    )


def _composition(section: Section) -> str:
    """Return what the bulk had to say in the composition of the section."""
    if section.spots is None:
        return (
            "The types of the imaged cells follow from their own expression. The bulk decided only on the generated "
            "cells that they are compared with."
        )
    whose = str(section.placed.uns[Uns.PARAMETERS][Parameters.COMPOSITION])
    if whose == "section":
        return "The bulk had no say in the composition of the section (--composition section)."
    moved = _moved(section, section.spots)
    if moved < LEFT_ALONE:
        return f"The composition of the section agrees with the bulk and was left as it is (--composition {whose})."
    far = "as far as the intervals of the bulk ask for" if whose == "both" else "to the proportions of the bulk"
    how = f"(--composition {whose})"
    return f"The composition of the section was moved {far}: {percent(moved, 1)} of its cells changed type {how}."


def _moved(section: Section, spots: pd.DataFrame) -> float:
    """Return which proportion of the section's cells changed type when the bulk had its say, 0 to 1."""
    size = spots.groupby("spot")["n_cells"].transform("sum")
    after = (spots["proportion"] * size).groupby(spots["cell_type"]).sum() / max(spots["n_cells"].sum(), 1)
    own = own_proportions(section).reindex(after.index).fillna(0.0)
    return float((after - own).abs().sum() / 2)
