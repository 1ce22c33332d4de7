"""Spots laid over imaged cells, whose places and types are known."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
from bulk2space.contract.expression import linear, shared_genes
from bulk2space.contract.keys import Obs
from bulk2space.inputs import door
from bulk2space.numerics.axes import standardize
from bulk2space.numerics.groups import type_means
from scipy.spatial import cKDTree

from .data_sets import path

SECTIONS = ("img_starmap_v1_1020", "img_osmfish_ssctx")
JUDGED = "img_merfish_hypothalamus_rctd"  # took no part in the choice; its types are those of the nearest profile
OF_JUDGED = "sc_hypothalamus_ref_merfishgenes"
CELLS = (5, 10, 20)  # of a spot on average
GAPS = {"Visium's": 0.55, "no gap": 1.0}  # diameter of a spot over the distance of neighbours
FEWEST_SPOTS = 20
CONCENTRATION, OF_NOISE = 0.3, 0.25  # of the noise on a composition, and its weight


class Laid(NamedTuple):
    """Spots over a section.

    Attributes
    ----------
    centres
        Spots × 2.
    diameter
        Of a spot.
    true
        Cells, spots × types.
    places, code
        True locations and types of all cells of the section, also between the spots.
    """

    centres: np.ndarray
    diameter: float
    true: np.ndarray
    places: np.ndarray
    code: np.ndarray


def sections(data: Path, *, judging: bool) -> Iterator[tuple[str, str, np.ndarray, np.ndarray]]:
    """Yield name, role, locations and types (as numbers) of imaged cells."""
    for name in SECTIONS:
        cells = ad.read_h5ad(path(data, name))
        yield name, "tuning", *_known(cells, cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    if judging:
        cells = door.section(path(data, JUDGED), None, platform="image")
        yield JUDGED, "judging", *_known(cells, _nearest_types(cells, door.reference(path(data, OF_JUDGED), None)))


def laid(places: np.ndarray, code: np.ndarray, cells: int, gap: float) -> Laid | None:
    """Lay spots on a hexagonal lattice; None if they are too few.

    Parameters
    ----------
    places, code
        Locations and types of the cells.
    cells
        Cells of a spot on average.
    gap
        Diameter of a spot over the distance of neighbours.
    """
    area = np.prod(np.ptp(places, axis=0))
    diameter = 2 * np.sqrt(cells * area / len(places) / np.pi)
    centres = _hexagonal(places, diameter / gap)
    apart, nearest = cKDTree(centres).query(places)
    inside = apart <= diameter / 2
    kept, spot = np.unique(nearest[inside], return_inverse=True)
    if len(kept) < FEWEST_SPOTS:
        return None
    true = np.zeros((len(kept), code.max() + 1), dtype=int)
    np.add.at(true, (spot, code[inside]), 1)
    return Laid(centres[kept], diameter, true, places, code)


def compositions(true: np.ndarray, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Return the true proportions, and proportions with the noise of an estimate, spots × types."""
    known = true / true.sum(axis=1, keepdims=True)
    drawn = rng.dirichlet(np.full(true.shape[1], CONCENTRATION), len(true))
    return {"true": known, "noisy": (1 - OF_NOISE) * known + OF_NOISE * drawn}


def _hexagonal(places: np.ndarray, pitch: float) -> np.ndarray:
    low, high = places.min(axis=0), places.max(axis=0)
    columns, rows = ((high - low) / pitch * [1, 2 / np.sqrt(3)]).astype(int) + 2
    row, column = np.mgrid[0:rows, 0:columns]
    return low + pitch * np.column_stack([(column + row % 2 / 2).ravel(), (row * np.sqrt(3) / 2).ravel()])


def _known(cells: ad.AnnData, types: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray(cells.obsm["spatial"], dtype=float), np.unique(types, return_inverse=True)[1]


def _nearest_types(cells: ad.AnnData, reference: ad.AnnData) -> np.ndarray:
    """Return the type whose standardised mean log profile correlates most with each imaged cell."""
    genes = shared_genes(reference, cells)
    types, means = type_means(linear(reference[:, genes]), reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str))
    seen = standardize(np.log1p(linear(cells[:, genes]).toarray()))
    return np.array(types)[(seen @ standardize(np.log1p(means)).T).argmax(axis=1)]
