"""Sections of 8 µm bins made of cells with whole transcriptomes, placed where imaged cells lie."""

from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import scipy.sparse as sp
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obs
from scipy.spatial import cKDTree

from . import known_spots
from .data_sets import path
from .known_spots import Source

CASES = (
    ("sc_pbmc3k_10x", "img_osmfish_ssctx"),
    ("sc_mob_tepe", "img_osmfish_ssctx"),
    ("sc_pbmc3k_10x", "img_starmap_v1_1020"),
)
JUDGED = (("sc_lymphoid_ref", "img_osmfish_ssctx"), ("sc_pancreas_baron_subset", "img_osmfish_ssctx"))
DEPTHS = (50, 200)  # counts of a bin that cells cover
CELLS = 800  # nearest to the middle of the imaged section
BIN, DIAMETER, APART = 8.0, 10.0, 10.0  # µm: side of a bin, diameter of a cell, median distance of neighbouring cells
POINTS = 200  # of a cell's disc, to measure how much of it lies in each bin


class Binned(NamedTuple):
    """A section of bins.

    Attributes
    ----------
    reference
        Cells that were not placed.
    counts
        Bins × genes of the reference.
    area
        How much of cells of each type lies in each bin, in cells, bins × types.
    shape
        Number of bins along both sides; bins are listed row by row.
    """

    reference: ad.AnnData
    counts: sp.csr_matrix
    area: np.ndarray
    shape: tuple[int, int]


def source(data: Path, name: str) -> Source:
    """Return two halves of a set: a reference, and cells to place."""
    return known_spots.source(data, name, name)


def binned(data: Path, cells: Source, image: str, depth: int) -> Binned:
    """Place cells and cut the section into bins.

    The imaged types, by abundance, are dealt to the types of the reference: the pattern is a tissue's, and so are the
    transcriptomes. Every count of a cell lies anywhere on its disc. Counts are thinned to the depth.
    """
    rng = seeds.generator(0, "bins", image, str(depth))
    places, code = _places(data, image, cells.held_out)
    labels = np.unique(cells.held_out.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)[1]
    drawn = np.array([rng.choice(np.flatnonzero(labels == one)) for one in code])
    counts = sp.coo_matrix(sp.csr_matrix(cells.held_out.layers[Layers.COUNTS])[drawn])
    shape = tuple((places.max(axis=0) // BIN + 1).astype(int))
    covered = min(np.prod(shape), len(places) * np.pi * (DIAMETER / BIN) ** 2 / 4)
    kept = rng.binomial(counts.data.astype(int), min(1.0, depth * covered / counts.data.sum()))
    cell, gene = np.repeat(counts.row, kept), np.repeat(counts.col, kept)
    seen = sp.csr_matrix(
        (np.ones(len(cell), np.float32), (_bins(places[cell], shape, rng), gene)), (np.prod(shape), counts.shape[1])
    )
    cell = np.repeat(np.arange(len(places)), POINTS)
    area = np.zeros((np.prod(shape), labels.max() + 1))
    np.add.at(area, (_bins(places[cell], shape, rng), code[cell]), 1 / POINTS)
    return Binned(cells.reference, seen, area, shape)


def squares(shape: tuple[int, int], side: int) -> np.ndarray:
    """Return the square of ``side`` × ``side`` bins that each bin lies in, (bins,)."""
    row, column = np.divmod(np.arange(np.prod(shape)), shape[1])
    return row // side * -(-shape[1] // side) + column // side


def _places(data: Path, image: str, held_out: ad.AnnData) -> tuple[np.ndarray, np.ndarray]:
    """Return locations in µm and types (as numbers of the reference's) of the cells in the middle of an image."""
    imaged = ad.read_h5ad(path(data, image))
    places, types = np.asarray(imaged.obsm["spatial"], dtype=float), imaged.obs[Obs.CELL_TYPE].astype(str)
    off = np.abs(places - np.median(places, axis=0)).max(axis=1)
    middle = np.argsort(off, kind="stable")[:CELLS]
    scale = APART / np.median(cKDTree(places).query(places, k=2)[0][:, 1])
    places = (places[middle] - places[middle].min(axis=0)) * scale
    by_number = held_out.obs[Obs.CELL_TYPE].astype(str).value_counts().index
    names = {name: by_number[place % len(by_number)] for place, name in enumerate(types.value_counts().index)}
    return places, np.searchsorted(np.sort(by_number), [names[one] for one in types.iloc[middle]])


def _bins(centres: np.ndarray, shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return the bin of a random point on the disc around each centre, (centres,)."""
    radius, angle = DIAMETER / 2 * np.sqrt(rng.random(len(centres))), 2 * np.pi * rng.random(len(centres))
    points = centres + radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    row, column = np.clip(points // BIN, 0, np.array(shape) - 1).astype(int).T
    return row * shape[1] + column
