"""An atlas of any size, drawn from a real reference: donors, libraries, common and rare types."""

from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door

from .resampled import poisson

DONORS, LIBRARIES = 20, 3  # libraries of each donor
OF_DONOR = 0.2  # standard deviation of a gene's log expression between donors
RARE, RARE_SHARE = "Platelet", 3e-4  # a type, and its proportion of the atlas
CELLS_AT_ONCE = 20_000
VALUES_PER_CHUNK = 1 << 18


def write(source: Path, path: Path, cells: int, *, seed: int = 0) -> None:
    """Write an h5ad of counts block by block: its cells are drawn from a reference, each count anew.

    A count is drawn from a Poisson distribution around the count of the drawn cell, times its donor's factor of the
    gene. Types are as common as in the reference, except for a rare one.

    Parameters
    ----------
    source
        The real reference, which has the rare type.
    path
        Where to write.
    cells, seed
        Number of cells; of the draws.
    """
    rng = np.random.default_rng(seed)
    reference = door.reference(source, None)
    counts = sp.csr_matrix(reference.layers[Layers.COUNTS], dtype=np.float32)
    types = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    factors = np.exp(rng.normal(0, OF_DONOR, (DONORS, reference.n_vars))).astype(np.float32)
    rows, donor = rng.choice(len(types), cells, p=_chances(types)), rng.integers(DONORS, size=cells)
    obs = pd.DataFrame(index=[f"cell{n}" for n in range(cells)])
    obs[Obs.CELL_TYPE] = pd.Categorical(types[rows])
    obs["donor_id"] = pd.Categorical(donor.astype(str))
    obs["library_id"] = pd.Categorical(np.char.add(donor.astype(str), rng.choice(list("abc"[:LIBRARIES]), cells)))
    path.parent.mkdir(parents=True, exist_ok=True)
    ad.AnnData(None, obs=obs, var=reference.var[[]]).write_h5ad(path)
    options = {"chunks": (VALUES_PER_CHUNK,), "compression": "lzf", "indptr_dtype": np.int64}
    with h5py.File(path, "a") as file:
        file.pop("X", None)
        for start in range(0, cells, CELLS_AT_ONCE):
            block = slice(start, start + CELLS_AT_ONCE)
            drawn = counts[rows[block]]
            drawn.data *= factors[np.repeat(donor[block], np.diff(drawn.indptr)), drawn.indices]
            drawn = poisson(drawn, rng)
            if start == 0:
                ad.io.write_elem(file, "X", drawn, dataset_kwargs=options)
            else:
                ad.io.sparse_dataset(file["X"]).append(drawn)


def _chances(types: np.ndarray) -> np.ndarray:
    """Return the chance of each cell of the reference to be drawn, (cells,)."""
    rare = types == RARE
    return np.where(rare, RARE_SHARE / rare.sum(), (1 - RARE_SHARE) / (~rare).sum())
