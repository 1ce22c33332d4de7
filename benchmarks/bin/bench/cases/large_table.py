"""A large simulated reference, written as a table of text and as a 10x h5 file."""

import gzip
from pathlib import Path

import h5py
import numpy as np
import scipy.sparse as sp

TABLE, FIRST_GENES, H5, META = "counts.csv.gz", "some.csv.gz", "counts.h5", "meta.csv"
TYPES, GENES_AT_ONCE = 10, 500
MEAN_RATE, SHAPE = 0.25, 0.2  # of the genes' gamma-distributed rates: a tenth of the values is not 0, as in a 10x run
SHAPE_OF_CELLS = 0.5  # of a gene's gamma-distributed rate over cells
N_FIRST_GENES = 1500  # of the smaller table, which pandas can hold in the memory of a laptop
LARGEST = 9_999  # count


def write(folder: Path, genes: int, cells: int) -> None:
    """Write counts, and a cell type for each cell; nothing is done where the files are there already."""
    if (folder / H5).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(0)
    digits = np.array([str(number) for number in range(LARGEST + 1)], dtype=object)
    names = [f"cell{number}" for number in range(cells)]
    blocks = []
    with (
        gzip.open(folder / TABLE, "wt", compresslevel=1) as table,
        gzip.open(folder / FIRST_GENES, "wt", compresslevel=1) as some,
    ):
        for first in range(0, genes, GENES_AT_ONCE):
            number = min(GENES_AT_ONCE, genes - first)
            rates = rng.gamma(SHAPE, MEAN_RATE / SHAPE, (number, 1))
            drawn = rng.poisson(rng.gamma(SHAPE_OF_CELLS, rates / SHAPE_OF_CELLS, (number, cells)))
            values = np.minimum(drawn, LARGEST)
            blocks.append(sp.csr_matrix(values, dtype=np.int32))
            rows = [",".join([f"gene{first + row}", *digits[values[row]]]) for row in range(number)]
            for file in (table, some) if first < N_FIRST_GENES else (table,):
                file.write((",".join(["gene", *names]) + "\n" if not first else "") + "\n".join(rows) + "\n")
    rows = "".join(f"{name},type{number % TYPES}\n" for number, name in enumerate(names))
    (folder / META).write_text("Cell,Cell_type\n" + rows)
    _write_10x(sp.csc_matrix(sp.vstack(blocks)), names, folder / H5)


def _write_10x(counts: sp.csc_matrix, cells: list[str], path: Path) -> None:
    """Write counts, genes × cells, as 10x does."""
    genes = np.array([f"gene{number}" for number in range(counts.shape[0])], dtype="S")
    with h5py.File(path, "w") as file:
        matrix = file.create_group("matrix")
        for part in ("data", "indices", "indptr", "shape"):
            matrix.create_dataset(part, data=getattr(counts, part), compression=None if part == "shape" else "gzip")
        matrix.create_dataset("barcodes", data=np.array(cells, dtype="S"))
        features = matrix.create_group("features")
        features.create_dataset("id", data=genes)
        features.create_dataset("name", data=genes)
        features.create_dataset("feature_type", data=np.array(["Gene Expression"] * len(genes), dtype="S"))
