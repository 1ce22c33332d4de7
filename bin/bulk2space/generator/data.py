"""Reference cells as tensors: sparse rows on one device, of which a batch is made dense."""

from typing import NamedTuple

import numpy as np
import torch
from torch.nn import functional as F


class Batch(NamedTuple):
    """Some cells, as their non-zero entries; there are nnz of them."""

    row: torch.Tensor  # (nnz,): position of the cell in the batch
    gene: torch.Tensor  # (nnz,)
    value: torch.Tensor  # (nnz,): counts, or log1p of expression per 10 000
    type: torch.Tensor  # (batch,)
    library: torch.Tensor  # (batch,)
    n_genes: int

    def dense(self) -> torch.Tensor:
        """Return the values as batch × genes."""
        out = torch.zeros(len(self.type), self.n_genes, device=self.value.device)
        out[self.row, self.gene] = self.value
        return out

    def total(self) -> torch.Tensor:
        """Return the sum of each cell's values, (batch,)."""
        return torch.zeros(len(self.type), device=self.value.device).index_add_(0, self.row, self.value)


class Cells(NamedTuple):
    """All cells in compressed sparse rows, on one device."""

    starts: torch.Tensor  # (cells + 1,) int64
    gene: torch.Tensor  # (nnz,) int32
    value: torch.Tensor  # (nnz,) float32
    type: torch.Tensor  # (cells,) int64
    library: torch.Tensor  # (cells,) int64
    n_genes: int

    @classmethod
    def from_csr(
        cls, matrix, types: np.ndarray, libraries: np.ndarray | None = None, device: torch.device | str = "cpu"
    ) -> "Cells":
        """Copy a SciPy CSR matrix, cells × genes, and the cells' codes of type and library (all 0) to the device."""
        if libraries is None:
            libraries = np.zeros(len(types), dtype=int)
        return cls(
            torch.as_tensor(matrix.indptr, dtype=torch.int64, device=device),
            torch.as_tensor(matrix.indices, dtype=torch.int32, device=device),
            torch.as_tensor(matrix.data, dtype=torch.float32, device=device),
            torch.as_tensor(types, dtype=torch.int64, device=device),
            torch.as_tensor(libraries, dtype=torch.int64, device=device),
            matrix.shape[1],
        )

    def batch(self, rows: torch.Tensor) -> Batch:
        """Return the cells at these positions."""
        first = self.starts[rows]  # (batch,)
        lengths = self.starts[rows + 1] - first  # (batch,)
        row = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), lengths)  # (nnz,)
        before = torch.cumsum(lengths, 0) - lengths  # (batch,)
        entry = torch.arange(len(row), device=rows.device) + (first - before)[row]  # (nnz,)
        return Batch(row, self.gene[entry].long(), self.value[entry], self.type[rows], self.library[rows], self.n_genes)

    def in_turn(self, rows: torch.Tensor, n_libraries: int) -> torch.Tensor:
        """Return the same positions, ordered so that libraries take turns."""
        of_library = F.one_hot(self.library[rows], n_libraries)  # rows × libraries
        rank = (of_library.cumsum(0) * of_library).sum(1)  # (rows,): 1 for the first cell of a library, and so on
        return rows[rank.argsort(stable=True)]


def split(types: np.ndarray, proportion: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of training and held-out cells: this proportion of every type is held out, rounded down."""
    shuffled = rng.permutation(len(types))
    order = shuffled[np.argsort(types[shuffled], kind="stable")]
    sizes = np.bincount(types)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = rank < np.floor(proportion * sizes)[types[order]]
    return np.sort(order[~held]), np.sort(order[held])
