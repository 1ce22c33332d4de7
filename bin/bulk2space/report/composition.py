"""Bars of the cell types of all samples, side by side."""

import html

import pandas as pd

from . import multiqc


def part(sample: str, table: pd.DataFrame, colours: dict[str, str]) -> dict:
    """Return the sample's bar of cell types.

    MultiQC drops types that the last sample's list lacks. Samples with another list of types therefore go to a graph of
    their own.

    Parameters
    ----------
    sample, table
        The sample's id; its proportions.csv: cell_type, proportion (of cells, 0–1).
    colours
        Colour of every type of the run.
    """
    types = "\x1f".join(colours)  # separated by a character that no name has
    identifier = f"b2s_composition_{multiqc.digest(types)[:8]}"
    proportions = table.set_index("cell_type")["proportion"]
    return multiqc.section(multiqc.COMPOSITION, identifier, "All samples") | {
        "description": "One bar per sample: the proportion of each type among its cells. Click a type to hide it.",
        "plot_type": "bargraph",
        "categories": {
            name: {"name": html.escape(name, quote=False), "color": colour} for name, colour in colours.items()
        },
        "pconfig": {
            "id": f"{identifier}_plot",
            "title": "Cell-type proportions",
            "ylab": "proportion of cells",
            "ymin": 0,
            "ymax": 1,
            "cpswitch": False,
            "tt_decimals": 3,
            "use_legend": True,
        },
        "data": {sample: {name: float(proportions.get(name, 0.0)) for name in colours}},
    }
