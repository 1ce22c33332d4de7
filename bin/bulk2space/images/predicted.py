"""The predicted transcriptome of imaged cells, written block by block: it is never in memory as a whole.

That of a large section would be tens of gigabytes. Its file has what the predictions are made of in their place: the
weights of each cell's neighbours, and the neighbours' expression.
"""

from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import scipy.sparse as sp

from ..contract.io import write_h5ad
from ..contract.keys import Obsm, Uns, Varm
from ..contract.stored import with_one_index_width
from ..contract.whole_files import whole
from .expected import Expected

CELLS_AT_ONCE = 1_000  # imaged cells of a block
VALUES_PER_CHUNK = 1 << 18  # of the file
MOST_CELLS = 50_000  # imaged cells of a section whose predictions are written out


def write_predicted(spatial: ad.AnnData, expected: Expected, path: Path) -> None:
    """Write a section, with ``X`` = ``obsm['neighbors']`` × expected log expression of the cells as CSR (float32).

    A section of more than `MOST_CELLS` has no ``X``, but ``varm['neighbor_expression']``, log expression of the source
    cells, genes × sources, and ``uns['neighbor_sources']``, weights of the sources, cells × sources.
    :func:`.contract.io.read_genes` reads genes of both.

    Parameters
    ----------
    spatial
        The section, imaged cells × genes, without ``X``; ``obsm['neighbors']`` imaged cells × cells.
    expected
        What is expected of the generated cells.
    path
        The h5ad.
    """
    if spatial.n_obs > MOST_CELLS:
        spatial.varm[Varm.NEIGHBOR_EXPRESSION] = sp.csr_matrix(expected.expression.T, dtype=np.float32)
        spatial.uns[Uns.NEIGHBOR_SOURCES] = sp.csr_matrix(expected.of_cells, dtype=np.float32)
        write_h5ad(spatial, path)
        return
    weights = sp.csr_matrix(spatial.obsm[Obsm.NEIGHBORS], dtype=np.float32)
    # gzip would take minutes for gigabytes; 32 bits are too few for the ends of the rows of a large section
    options = {"chunks": (VALUES_PER_CHUNK,), "compression": "lzf", "indptr_dtype": np.int64}
    with whole(path) as partial:
        write_h5ad(spatial, partial)
        with h5py.File(partial, "a") as file:
            file.pop("X", None)
            for start in range(0, spatial.n_obs, CELLS_AT_ONCE):
                block = sp.csr_matrix(expected.predicted(weights[start : start + CELLS_AT_ONCE]), dtype=np.float32)
                if start == 0:
                    ad.io.write_elem(file, "X", block, dataset_kwargs=options)
                else:
                    ad.io.sparse_dataset(file["X"]).append(block)
            with_one_index_width(file["X"])
