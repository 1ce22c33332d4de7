"""What placing writes: the placed cells, and the table of the spots' compositions."""

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import file_colours
from ..contract.keys import Obs, Obsm
from . import confidence
from .assign import Placement
from .quotas import Quotas


def placed_cells(
    cells: ad.AnnData, codes: np.ndarray, section: ad.AnnData, placement: Placement, probability: np.ndarray
) -> ad.AnnData:
    """Return one row per placed cell, named `<spot>_<n>`, without matrices.

    Parameters
    ----------
    cells
        Generated cells.
    codes
        Their types, (cells,).
    section
        The spots; what it says of itself in `uns` is kept.
    placement
        Which cell is in which spot.
    probability
        That a cell of a type is right in a spot, spots × types.

    Returns
    -------
    Placed cells × genes. Their values are those of the generated cells.
    """
    spot = section.obs_names.to_numpy(dtype=str)[placement.spot]
    number = pd.Series(placement.spot).groupby(placement.spot).cumcount().to_numpy() + 1
    names = {
        Obs.CELL_TYPE: cells.obs[Obs.CELL_TYPE].astype(str).to_numpy()[placement.cell],
        Obs.SPOT: spot,
        Obs.CELL: cells.obs_names.to_numpy(dtype=str)[placement.cell],
        Obs.SOURCE_CELL: cells.obs[Obs.SOURCE_CELL].astype(str).to_numpy()[placement.cell],
    }
    obs = pd.DataFrame(names, index=np.char.add(np.char.add(spot, "_"), number.astype(str))).astype("category")
    of_type = probability[placement.spot, codes[placement.cell]]
    obs = obs.assign(**{Obs.SCORE: of_type, Obs.FIT: placement.fit})
    placed = ad.AnnData(obs=obs, var=cells.var, uns=dict(section.uns))
    if Obsm.UMAP in cells.obsm:
        placed.obsm[Obsm.UMAP] = cells.obsm[Obsm.UMAP][placement.cell]
    file_colours.add_to(placed, Obs.CELL_TYPE, file_colours.of_cells(cells))
    return placed


def spots_table(
    sample: str, spots: pd.Index, centres: np.ndarray, quotas: Quotas, probability: np.ndarray
) -> pd.DataFrame:
    """Return the table spots.csv, one row per spot and cell type.

    Parameters
    ----------
    sample
        Id of the sample.
    spots
        Names of the spots.
    centres
        Centres of the spots, spots × 2.
    quotas
        What each spot takes.
    probability
        That a cell of a type is right in a spot, spots × types.
    """
    n_spots, n_types = quotas.cells.shape
    return pd.DataFrame(
        {
            "sample": sample,
            "spot": np.repeat(spots, n_types),
            "x": np.repeat(centres[:, 0], n_types),
            "y": np.repeat(centres[:, 1], n_types),
            "cell_type": np.tile(quotas.types, n_spots),
            "proportion": quotas.proportion.ravel(),
            "rna_fraction": quotas.rna_fraction.ravel(),
            "n_cells": quotas.cells.ravel(),
            "residual": np.repeat(quotas.residual, n_types),
            "confidence": np.repeat(confidence.of_spot(probability, quotas.cells), n_types),
        }
    )
