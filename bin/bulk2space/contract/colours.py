"""One colour a cell type, in every file and figure of a run: the only place that decides."""

import json
from collections.abc import Iterable, Mapping
from itertools import cycle
from pathlib import Path

# The colours of Okabe and Ito (https://jfly.uni-koeln.de/color/) without black and yellow come first. The others were
# chosen one by one, each as far as possible from all before it, for normal, deuteranope and protanope vision: up to the
# 25th in CIELAB, then by the smaller of the distances in CIELAB and OKLab.
COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#882255", "#999933", "#332288", "#693C0F",
    "#FFC387", "#A5D2B4", "#7896FF", "#4BE1F0", "#C33C4B", "#3C3C78", "#006978", "#E1D25A", "#F07887", "#005AB4",
    "#3C693C", "#964B00", "#4BB45A", "#A587C3", "#00E1D2", "#9600FF", "#0000C3", "#B4F000", "#7869F0", "#4B004B",
    "#5A0000", "#2D3C1E", "#4B2DC3", "#96C35A", "#A5783C", "#A569D2", "#C31EE1", "#C34B96", "#1E00F0", "#4B2D3C",
)  # fmt: skip


def palette(types: Iterable[str]) -> dict[str, str]:
    """Give each type a colour by its place in the sorted list; after 40 types the colours start again."""
    return dict(zip(sorted(set(types)), cycle(COLOURS), strict=False))


def of_references(types: Mapping[str, Iterable[str]]) -> dict[str, dict[str, str]]:
    """Give each type of a run a colour: the same in all references that have it.

    References take their turn by name, so the order of a samplesheet does not matter, and the types of a reference do
    not change their colours with those of references behind it.

    Parameters
    ----------
    types
        Names of the types of each reference.

    Returns
    -------
    The colours by type, sorted, by reference.
    """
    colours = dict[str, str]()
    fresh = cycle(COLOURS)
    for _, names in sorted(types.items()):
        colours |= {name: next(fresh) for name in sorted(set(names) - colours.keys())}
    return {reference: {name: colours[name] for name in sorted(set(names))} for reference, names in types.items()}


def colours_of_types(path: Path | None, types: Iterable[str]) -> dict[str, str]:
    """Read the colours that the plan of the run decided; without a file, make those of the types."""
    return palette(types) if path is None else dict(sorted(json.loads(path.read_text(encoding="utf-8")).items()))
