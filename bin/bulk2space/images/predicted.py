"""The predicted transcriptome of imaged cells, written block by block: it is never in memory as a whole."""

from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import scipy.sparse as sp

from ..contract.io import write_h5ad
from ..contract.keys import Obsm

BLOCK = 1_000  # imaged cells at a time
CHUNK = 1 << 18  # values of a chunk in the file


def write_predicted(spatial: ad.AnnData, expression: sp.csr_matrix, path: Path) -> None:
    """Write a section, with ``X`` = ``obsm['neighbors']`` × log expression of the cells as a CSR matrix (float32).

    Parameters
    ----------
    spatial
        The section, imaged cells × genes, without ``X``; ``obsm['neighbors']`` imaged cells × cells.
    expression
        Log expression, cells × genes.
    path
        The h5ad.
    """
    write_h5ad(spatial, path)
    weights = sp.csr_matrix(spatial.obsm[Obsm.NEIGHBORS], dtype=np.float32)
    expression = sp.csr_matrix(expression, dtype=np.float32)
    with h5py.File(path, "a") as file:
        file.pop("X", None)
        group = file.create_group("X")
        group.attrs.update({"encoding-type": "csr_matrix", "encoding-version": "0.1.0", "shape": spatial.shape})
        kept = {"maxshape": (None,), "chunks": (CHUNK,), "compression": "lzf"}  # gzip would take minutes for gigabytes
        data = group.create_dataset("data", (0,), np.float32, **kept)
        indices = group.create_dataset("indices", (0,), np.int32, **kept)
        ends = [np.zeros(1, dtype=np.int64)]
        for start in range(0, spatial.n_obs, BLOCK):
            block = sp.csr_matrix((weights[start : start + BLOCK] @ expression).toarray())
            stop = ends[-1][-1] + block.nnz
            for dataset, values in ((data, block.data), (indices, block.indices)):
                dataset.resize((stop,))
                dataset[stop - block.nnz :] = values
            ends.append(ends[-1][-1] + block.indptr[1:])
        group.create_dataset("indptr", data=np.concatenate(ends))
