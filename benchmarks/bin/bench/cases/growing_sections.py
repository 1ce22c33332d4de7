"""Sections of any size: cells of a reference drawn again with Poisson noise, and spots that are sums of ten of them."""

from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obs, Obsm
from bulk2space.contract.tables import MARKERS
from bulk2space.inputs import door
from bulk2space.numerics.scaling import log_normalize

from .placed import spot_sums
from .proportions import write_proportions
from .resampled import most_expressed, poisson

GENES, CELLS_PER_SPOT = 3_000, 10


class Simulated(NamedTuple):
    """Cells to place, the section, and its composition.

    Attributes
    ----------
    cells
        Cells with counts, types and source cells.
    section
        Spots with counts and places.
    quotas
        Cells of each type in each spot, spots × sorted types.
    """

    cells: ad.AnnData
    section: ad.AnnData
    quotas: np.ndarray


def prepared(source: Path) -> tuple[ad.AnnData, pd.DataFrame]:
    """Return a real reference in its most expressed genes, and its markers."""
    reference = most_expressed(door.reference(source, None), GENES)
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(str)
    return reference, markers.rank(reference.X, labels, list(reference.var_names))


def simulated(reference: ad.AnnData, spots: int, cells: int) -> Simulated:
    """Return cells to place, and a section of other cells.

    Cells to place come from one half of the reference and spots from the other, so that no cell has a twin in a spot.
    """
    rng = np.random.default_rng(0)
    order = rng.permutation(reference.n_obs)
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(str)
    types = np.unique(labels)

    def drawn(number: int, half: np.ndarray) -> tuple[sp.csr_matrix, np.ndarray]:
        rows = rng.choice(half, number)
        return poisson(sp.csr_matrix(reference.layers[Layers.COUNTS], dtype=np.float32)[rows], rng), rows

    counts, rows = drawn(cells, order[::2])
    sources = {Obs.CELL_TYPE: labels[rows], Obs.SOURCE_CELL: reference.obs_names[rows].astype(str)}
    generated = ad.AnnData(
        log_normalize(counts),
        obs=pd.DataFrame(sources, index=[f"sample_{n}" for n in range(cells)]),
        var=reference.var[[]],
        layers={Layers.COUNTS: counts},
    )
    members, chosen = drawn(spots * CELLS_PER_SPOT, order[1::2])
    counts = sp.csr_matrix(spot_sums(np.repeat(np.arange(spots), CELLS_PER_SPOT), members, spots), dtype=np.float32)
    side = int(np.ceil(np.sqrt(spots)))
    section = ad.AnnData(
        log_normalize(counts),
        obs=pd.DataFrame(index=[f"spot{n}" for n in range(spots)]),
        var=reference.var[[]],
        obsm={Obsm.SPATIAL: np.column_stack(np.divmod(np.arange(spots), side)).astype(float)},
        layers={Layers.COUNTS: counts},
    )
    codes = np.searchsorted(types, labels[chosen]).reshape(spots, CELLS_PER_SPOT)
    return Simulated(generated, section, np.array([np.bincount(row, minlength=len(types)) for row in codes]))


def write(reference: ad.AnnData, ranking: pd.DataFrame, spots: int, cells: int, folder: Path) -> None:
    """Write all inputs of the step that places cells."""
    made = simulated(reference, spots, cells)
    for name, adata in (("reference", reference), ("cells", made.cells), ("section", made.section)):
        write_h5ad(adata, folder / f"{name}.h5ad")
    MARKERS.write(ranking, folder / "markers.csv")
    labels = reference.obs[Obs.CELL_TYPE].to_numpy(str)
    write_proportions(labels, "sample", cells, folder / "proportions.csv")
