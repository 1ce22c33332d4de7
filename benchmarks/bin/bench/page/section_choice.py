"""The page on what each section decides: how it is fitted, and who chooses its cells."""

import pandas as pd
from bulk2space.composition.spot_choice import FEWEST_SPOTS, LOG_VALUES, MOST_SPOTS, WAYS

from ..cases.chosen_sections import CELLS_PER_SPOT
from .markdown import filled

CHOICE, CHANCE = "choice", "random"
RIVALS = ("log_nnls", "flashdeconv", "tangram")
TOLERANCE = 0.005
BULB, CONTINUOUS, PLACED, MARKER_SCORES = "what", "continuous", "placed", "marker z-scores"


def text(composition: pd.DataFrame, cells: pd.DataFrame, bulb: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    composition
        One row per section: PCC of each way, the choice and rivals, and what was chosen.
    cells
        One row per section: gain of each scorer over random cells, and what was chosen.
    bulb
        One row per way: areas under the curve in the olfactory bulb.
    """
    lost = composition[composition["margin"] < -TOLERANCE]
    harmed = composition[composition[CHOICE] < composition["standard"] - TOLERANCE]
    areas = bulb.set_index(BULB)
    return filled(
        "section_choice", cells_per_spot=CELLS_PER_SPOT, most=MOST_SPOTS, fewest=FEWEST_SPOTS,
        sections=len(composition), tolerance=TOLERANCE, means=_means(composition),
        lost=_named(lost, "no section"), harmed=_named(harmed, "no section"),
        of_cells=_of_cells(cells) if len(cells) else "Cells were not placed in this run (`cells=true`).",
        continuous=f"{areas.loc[CHOICE, CONTINUOUS]:.3f}", placed=f"{areas.loc[CHOICE, PLACED]:.3f}",
        ahead=f"{areas.loc[CHOICE, CONTINUOUS] - areas.loc[MARKER_SCORES, CONTINUOUS]:.3f}",
        placed_ahead=f"{areas.loc[CHOICE, PLACED] - areas.loc[MARKER_SCORES, CONTINUOUS]:.3f}",
        composition=composition, cells=cells, bulb=bulb,
    )  # fmt: skip


def _of_cells(cells: pd.DataFrame) -> str:
    """Return what the table of cells comes to."""
    better, aside = (cells[CHOICE] > 0).sum(), (cells["scorer"] == CHANCE).sum()
    return (
        f"Placed cells resemble their spots more than random cells of the same types in {better} of {len(cells)} "
        f"sections, and less in: {_named(cells[cells[CHOICE] < 0], 'no section')}. Random cells are drawn in {aside}: "
        "only where the deep forest is worse beyond the noise on genes that the scores do not see."
    )


def _means(composition: pd.DataFrame) -> pd.DataFrame:
    """Return the mean PCC of each way, the choice and rivals over all sections that each has."""
    names = [*WAYS, LOG_VALUES, CHOICE, *RIVALS]
    rows = [
        {"composition": name, "sections": int(composition[name].notna().sum()), "mean PCC": composition[name].mean(),
         "lowest PCC": composition[name].min()}
        for name in names
    ]  # fmt: skip
    return pd.DataFrame(rows)


def _named(rows: pd.DataFrame, none: str) -> str:
    """Return the sections of some rows in words."""
    names = [f"{row.set} {row.recipe} {row.spots}" for row in rows.itertuples()]
    return ", ".join(names) if names else none
