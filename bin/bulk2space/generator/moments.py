"""Sums over the cells of each type and library: from these a network's profiles and dispersions start."""

from typing import NamedTuple

import torch

from .data import Cells

BLOCK = 4096  # cells taken at once


class Moments(NamedTuple):
    """Sums over some cells, types × libraries × genes, float64; x is a cell's value of a gene, t its total.

    Attributes
    ----------
    values
        Sums of x.
    squares
        Sums of x².
    crossed
        Sums of x · t.
    squared_totals
        Sums of t², types × libraries × 1.
    """

    values: torch.Tensor
    squares: torch.Tensor
    crossed: torch.Tensor
    squared_totals: torch.Tensor

    def squared_residuals(self, share: torch.Tensor) -> torch.Tensor:
        """Return the sum over cells of (x - share · t)², (genes,), for shares of types × libraries × genes."""
        return (self.squares - 2 * self.crossed * share + self.squared_totals * share.square()).sum((0, 1))


def moments(cells: Cells, rows: torch.Tensor, n_types: int, n_libraries: int) -> Moments:
    """Add up the values of the cells at these positions."""
    device, groups = cells.value.device, n_types * n_libraries
    sums = torch.zeros(3, groups * cells.n_genes, device=device, dtype=torch.float64)
    squared_totals = torch.zeros(groups, device=device, dtype=torch.float64)
    for block in rows.split(BLOCK):
        batch = cells.batch(block)
        group, total, x = batch.type * n_libraries + batch.library, batch.total(), batch.value.double()
        entry = group[batch.row] * cells.n_genes + batch.gene  # (nnz,)
        for target, addend in zip(sums, (x, x.square(), x * total[batch.row]), strict=True):
            target.index_add_(0, entry, addend)
        squared_totals.index_add_(0, group, total.double().square())
    values, squares, crossed = sums.view(3, n_types, n_libraries, cells.n_genes)
    return Moments(values, squares, crossed, squared_totals.view(n_types, n_libraries, 1))
