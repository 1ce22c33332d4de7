"""The page on real and simulated sections: composition, and whether it matters which cells of a type are placed."""

import pandas as pd

from ..cases.real_sections import CELLS_PER_SPOT, CONCENTRATION, SHALLOW, SPOTS
from .markdown import filled

OF_COMPOSITION, OF_SCORING = "Composition", "Does it matter which cells of a type are placed?"


def text(composition: pd.DataFrame, scoring: pd.DataFrame) -> str:
    """Return the page in Markdown.

    Parameters
    ----------
    composition
        One row per case, result and set of labels.
    scoring
        One row per case and scorer.
    """
    bulb = composition[composition["case"] == "bulb"].set_index("what")["mean AUROC of four home layers"]
    continuous = composition[(composition["what"] == "continuous") & (composition["labels"] == "nine")]
    pcc = continuous.set_index("case")["PCC"]
    ours = scoring[scoring["scorer"] == "deep_forest"]
    gain = ours["above random"]
    return filled(
        "sections", spots=SPOTS, cells_per_spot=CELLS_PER_SPOT, concentration=CONCENTRATION,
        shallow=f"{100 * SHALLOW:.0f} %", ours=f"{bulb['continuous']:.2f}", markers=f"{bulb['marker z-scores']:.2f}",
        published=f"{bulb['least squares on log values']:.2f}", closer=f"{(ours['from'] > 0).sum()} of {len(ours)}",
        gain=f"{gain.min():.3f} to {gain.max():.3f}", deep_pcc=f"{pcc['dirichlet']:.2f}",
        shallow_pcc=f"{pcc['shallow']:.2f}", composition=composition, scoring=scoring,
    )  # fmt: skip
