"""The best scores of each cell, from which follows how much better it fits its own spot than any other."""

import numpy as np


class RunnerUp:
    """The two best scores of each cell over all spots seen so far.

    Parameters
    ----------
    n_cells
        Number of cells.

    Attributes
    ----------
    first_, second_ : best and second best score, (cells,); -inf where there is none
    spot_ : row number of the spot of the best score, (cells,); -1 where there is none
    """

    def __init__(self, n_cells: int):
        self.first_ = np.full(n_cells, -np.inf)
        self.second_ = np.full(n_cells, -np.inf)
        self.spot_ = np.full(n_cells, -1)

    def add(self, scores: np.ndarray, rows: np.ndarray, members: np.ndarray) -> None:
        """Take in the scores of some spots and cells.

        Parameters
        ----------
        scores
            Spots × cells, -inf for pairs that were not scored.
        rows
            Row numbers of these spots, (spots,).
        members
            Row numbers of these cells, (cells,).
        """
        top = scores.argmax(axis=0)
        high = scores[top, np.arange(len(members))]
        low = np.partition(scores, -2, axis=0)[-2] if len(rows) > 1 else np.full(len(members), -np.inf)
        new = high > self.first_[members]
        self.second_[members] = np.where(
            new, np.maximum(self.first_[members], low), np.maximum(self.second_[members], high)
        )
        self.first_[members] = np.where(new, high, self.first_[members])
        self.spot_[members] = np.where(new, rows[top], self.spot_[members])

    def elsewhere(self, spot: np.ndarray, cell: np.ndarray) -> np.ndarray:
        """Return the best score of each cell in another spot than the one given; 0 where there is none."""
        other = np.where(self.spot_[cell] == spot, self.second_[cell], self.first_[cell])
        return np.where(np.isfinite(other), other, 0.0)
