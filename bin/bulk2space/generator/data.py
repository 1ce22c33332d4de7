"""Reference cells as tensors: sparse rows on one device, a batch of them made dense."""

from typing import NamedTuple

import numpy as np
import pandas as pd
import torch


class Batch(NamedTuple):
    """Some cells, as their non-zero entries; nnz of them in all."""

    row: torch.Tensor  # (nnz,)
    gene: torch.Tensor  # (nnz,)
    value: torch.Tensor  # (nnz,)
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
        first = self.starts[rows]
        lengths = self.starts[rows + 1] - first
        row = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), lengths)
        before = torch.cumsum(lengths, 0) - lengths
        place = torch.arange(len(row), device=rows.device) + (first - before)[row]
        return Batch(row, self.gene[place].long(), self.value[place], self.type[rows], self.library[rows], self.n_genes)

    def sums(self, rows: torch.Tensor, n_types: int, n_libraries: int) -> tuple[torch.Tensor, ...]:
        """Add up, over these cells, x, x² and x times the cell's total: types × libraries × genes each, float64.

        Also returned: the cells' totals, (rows,).
        """
        sums = torch.zeros(3, n_types * n_libraries * self.n_genes, device=self.value.device, dtype=torch.float64)
        totals = []
        for block in rows.split(4096):
            batch = self.batch(block)
            total = batch.total()
            place = (batch.type * n_libraries + batch.library)[batch.row] * self.n_genes + batch.gene
            x = batch.value.double()
            for target, values in zip(sums, (x, x.square(), x * total[batch.row]), strict=True):
                target.index_add_(0, place, values)
            totals.append(total)
        return *sums.view(3, n_types, n_libraries, self.n_genes), torch.cat(totals)


def library_codes(cells: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the sorted names of the libraries in a table of cells, and each cell's position among them, (cells,).

    Without a column `batch` all cells are of one library, which has an empty name.
    """
    labels = cells["batch"].to_numpy(dtype=str) if "batch" in cells else np.full(len(cells), "")
    names, codes = np.unique(labels, return_inverse=True)
    return names.tolist(), codes


def split(types: np.ndarray, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of training and held-out cells: `share` of every type, rounded down."""
    shuffled = rng.permutation(len(types))
    order = shuffled[np.argsort(types[shuffled], kind="stable")]
    sizes = np.bincount(types)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = rank < np.floor(share * sizes)[types[order]]
    return np.sort(order[~held]), np.sort(order[held])
