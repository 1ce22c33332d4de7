"""How well genes that the section does not measure are predicted, gene by gene: the expected correlation."""

import numpy as np

from .validate import SMALLEST_LENGTH


class Correlations:
    """Pearson's correlation of prediction and truth for each gene, over cells that come in blocks.

    Parameters
    ----------
    n_genes
        Number of genes.
    """

    def __init__(self, n_genes: int):
        self.n_cells = 0
        self.sums = np.zeros((5, n_genes))  # prediction, truth, their squares, their product

    def add(self, predicted: np.ndarray, truth: np.ndarray) -> None:
        """Add some cells, cells × genes each."""
        self.n_cells += len(predicted)
        parts = (predicted, truth, predicted**2, truth**2, predicted * truth)
        self.sums += np.stack([part.sum(axis=0, dtype=np.float64) for part in parts])

    def result(self) -> np.ndarray:
        """Return the correlations, (genes,); 0 where prediction or truth does not vary."""
        one, other, square, other_square, product = self.sums / max(self.n_cells, 1)
        length = np.sqrt(np.maximum(square - one**2, 0) * np.maximum(other_square - other**2, 0))
        covariance = product - one * other
        return np.divide(covariance, length, out=np.zeros(len(length)), where=length > SMALLEST_LENGTH)
