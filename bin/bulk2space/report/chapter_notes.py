"""Sentences on one sample, written above the figures of a chapter."""

import anndata as ad

from ..contract.keys import Parameters, Uns


def limits(made: ad.AnnData) -> str:
    """Return what the cells of a file must not be used for; an empty text where the file does not say."""
    said = str(made.uns.get(Uns.PARAMETERS, {}).get(Parameters.LIMITS, ""))
    return f"{said[:1].upper()}{said[1:]}." if said else ""


def spot_limits(section: ad.AnnData, placed: ad.AnnData) -> str:
    """Return the same of cells placed in spots, with the size of a spot where it is known."""
    size = section.uns.get(Uns.SPOT_MICROMETERS)
    if size is None and section.uns.get(Uns.COORDINATE_UNIT) == "µm":
        size = placed.uns.get(Uns.SPOT_DIAMETER)
    said = limits(placed)
    return f"{said[:-1]} ({float(size):g} µm)." if said and size is not None else said


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
