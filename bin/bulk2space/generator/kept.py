"""How much a new cell keeps of its source cell, gene by gene: it follows from the cells of the type.

A new cell lies near its source by what both share. How near, counts only beside how far apart the type's own cells are.
So every type keeps the same part of the variation between its cells, in log values, whatever their depth. Among genes,
those keep more whose counts differ by more than chance: there a source says something of itself.
"""

import torch

from ..numerics.scaling import TARGET_SUM
from .data import Cells
from .likelihoods import Likelihood
from .moments import moments

# Of the deviation of a source from what is expected of it: the mean over genes, of which those that vary most count
# most. With more, new cells lie too near the reference; benchmarks/bin/bench/commands/kept.py compares shares.
KEPT_OF_SOURCE = 0.41
ALIKE = 0.5  # of this share, what all genes keep alike; the rest goes by their reliability
MOST_KEPT = 0.95  # of any gene


def of_types(likelihood: Likelihood, cells: Cells, mean: float = KEPT_OF_SOURCE) -> torch.Tensor:
    """Return the share of a source's deviation that new cells keep, types × genes.

    Parameters
    ----------
    likelihood
        Of the network: it knows how reliable genes are.
    cells
        All sources, in the unit of the likelihood.
    mean
        Mean share over the genes.
    """
    if not likelihood.of_counts:
        return torch.full((likelihood.n_types, cells.n_genes), mean)
    row = torch.repeat_interleave(torch.arange(len(cells.type)), cells.starts.diff())  # (nnz,)
    total = torch.zeros(len(cells.type)).index_add(0, row, cells.value)  # (cells,)
    n = torch.bincount(cells.type, minlength=likelihood.n_types).clamp_min(1)  # (types,)
    logs = cells._replace(
        value=torch.log1p(cells.value * (TARGET_SUM / total[row])), library=torch.zeros_like(cells.library)
    )
    sums = moments(logs, torch.arange(len(cells.type)), likelihood.n_types, 1)
    variance = sums.squares.sum(1) / n[:, None] - (sums.values.sum(1) / n[:, None]).square()  # types × genes
    mean_total = torch.zeros(likelihood.n_types).index_add(0, cells.type, total) / n  # (types,)
    return shares(likelihood.reliability(mean_total), variance.clamp_min(0).float(), mean)


def shares(reliability: torch.Tensor, variance: torch.Tensor, mean: float = KEPT_OF_SOURCE) -> torch.Tensor:
    """Return the share that each gene keeps, types × genes: it grows with the gene's reliability.

    Parameters
    ----------
    reliability
        Part of a gene's variance in a type that is not the noise of counting, types × genes: 0 to 1.
    variance
        Variance of a gene's log values between the cells of a type, types × genes. Its square is the gene's weight in
        the mean: the genes that vary most decide which cells are near.
    mean
        Mean share over the genes of each type, unless genes reach the largest share.
    """
    weight = variance.square()  # types × genes
    total = weight.sum(1, keepdim=True)  # types × 1
    usual = (weight * reliability).sum(1, keepdim=True) / total.clamp_min(1e-12)  # types × 1
    relative = ALIKE + (1 - ALIKE) * reliability / usual.clamp_min(1e-12)  # types × genes: 1 in the mean
    return torch.where(total > 0, (mean * relative).clamp_max(MOST_KEPT), mean)
