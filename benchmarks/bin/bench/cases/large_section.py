"""A simulated section of Visium HD: bins of two cells of a real reference, written as Space Ranger writes them."""

import json
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Layers, Obs

FOLDER = "square_008um"
CELLS_PER_BIN, MICROMETERS, PIXELS = 2, 8.0, 30.0  # of a bin; the last two are its side
CAPTURED = 0.3  # of the molecules of a cell: a bin has about 1 400 counts in 750 genes, as a rich one of Visium HD
PATCH = 25  # bins along the side of a patch of tissue in which one type is frequent
OWN_TYPE = 0.6  # probability that a cell has the frequent type of its patch
BINS_AT_ONCE = 5_000


def write(reference: ad.AnnData, bins: int, folder: Path) -> Path:
    """Write a section as a folder of Space Ranger, in blocks; return that folder.

    Parameters
    ----------
    reference
        Cells with counts and types.
    bins
        Number of bins, on a square grid.
    folder
        Where to make it.
    """
    rng = np.random.default_rng(0)
    side = int(np.ceil(np.sqrt(bins)))
    row, column = np.divmod(np.arange(bins), side)
    names = [f"s_008um_{first:05}_{second:05}-1" for first, second in zip(row, column, strict=True)]
    outs = folder / FOLDER
    (outs / "spatial").mkdir(parents=True)
    patch = row // PATCH * (side // PATCH + 1) + column // PATCH
    _write_matrix(reference, patch, names, outs / "filtered_feature_bc_matrix.h5", rng)
    places = {"barcode": names, "in_tissue": 1, "array_row": row, "array_col": column}
    places |= {"pxl_row_in_fullres": (row + 0.5) * PIXELS, "pxl_col_in_fullres": (column + 0.5) * PIXELS}
    pd.DataFrame(places).to_parquet(outs / "spatial" / "tissue_positions.parquet")
    factors = {"spot_diameter_fullres": PIXELS, "bin_size_um": MICROMETERS, "microns_per_pixel": MICROMETERS / PIXELS}
    (outs / "spatial" / "scalefactors_json.json").write_text(json.dumps(factors))
    return outs


def _write_matrix(
    reference: ad.AnnData, patch: np.ndarray, names: list[str], path: Path, rng: np.random.Generator
) -> None:
    """Write counts, features × bins by column, as 10x does; ``patch`` is the patch of each bin, (bins,)."""
    counts = sp.csr_matrix(reference.layers[Layers.COUNTS], dtype=np.int64)
    codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)[1]
    frequent = rng.integers(codes.max() + 1, size=patch.max() + 1)
    members = [np.flatnonzero(codes == code) for code in range(codes.max() + 1)]
    genes = reference.var_names.to_numpy(dtype="S")
    with h5py.File(path, "w") as file:
        matrix = file.create_group("matrix")
        options = {"maxshape": (None,), "chunks": (1 << 17,), "compression": "gzip", "compression_opts": 1}
        data, indices = (matrix.create_dataset(name, (0,), dtype=np.int32, **options) for name in ("data", "indices"))
        ends = [np.zeros(1, dtype=np.int64)]
        for start in range(0, len(patch), BINS_AT_ONCE):
            own = np.repeat(frequent[patch[start : start + BINS_AT_ONCE]], CELLS_PER_BIN)
            block = _bins(counts, members, own, rng)
            for dataset, values in ((data, block.data), (indices, block.indices)):
                dataset.resize(len(dataset) + len(values), axis=0)
                dataset[len(dataset) - len(values) :] = values
            ends.append(ends[-1][-1] + block.indptr[1:].astype(np.int64))
        matrix.create_dataset("indptr", data=np.concatenate(ends))
        matrix.create_dataset("shape", data=[len(genes), len(patch)])
        matrix.create_dataset("barcodes", data=np.array(names, dtype="S"))
        features = matrix.create_group("features")
        for name, values in (("id", genes), ("name", genes), ("feature_type", [b"Gene Expression"] * len(genes))):
            features.create_dataset(name, data=np.array(values, dtype="S"))


def _bins(counts: sp.csr_matrix, members: list[np.ndarray], own: np.ndarray, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the counts of some bins, bins × genes: sums of cells that each kept a part of its molecules.

    Parameters
    ----------
    counts
        Of the reference, cells × genes.
    members
        Cells of each type.
    own
        The frequent type around each of the bins' cells, (bins · CELLS_PER_BIN,).
    rng
        Random generator.
    """
    rows = rng.integers(counts.shape[0], size=len(own))
    for code, cells in enumerate(members):
        chosen = (own == code) & (rng.random(len(own)) < OWN_TYPE)
        rows[chosen] = rng.choice(cells, chosen.sum())
    cells = counts[rows]
    cells.data = rng.binomial(cells.data, CAPTURED)
    bin_of = np.repeat(np.arange(len(own) // CELLS_PER_BIN), CELLS_PER_BIN)
    sums = sp.csr_matrix((np.ones(len(own), dtype=np.int64), (bin_of, np.arange(len(own)))))
    block = sp.csr_matrix(sums @ cells)
    block.eliminate_zeros()
    block.sort_indices()
    return block
