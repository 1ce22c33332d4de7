"""Which types of a gene may vary together between the samples of a bulk, and how likely that is before one looks."""

from typing import NamedTuple

import numpy as np

SCALES = np.array([0.03, 0.1, 0.3, 1.0])  # variance over the squared mean
UNSEEN = 0.003  # the same of a type that does not vary


class Patterns(NamedTuple):
    """Types that may vary together: their variances over the squared mean, patterns × types."""

    scales: np.ndarray

    @classmethod
    def of(cls, n_types: int) -> "Patterns":
        """Return the patterns for so many types: none, one type by each scale, all types by each scale."""
        alone = np.kron(np.eye(n_types), SCALES[:, None])
        return cls(np.vstack([np.zeros((1, n_types)), alone, np.repeat(SCALES[:, None], n_types, axis=1)]) + UNSEEN)

    def prior(self) -> np.ndarray:
        """Return probabilities before any gene is seen, (patterns,): half for none, the rest shared evenly."""
        n, kinds = len(self.scales), len(SCALES)
        single = n - 1 - kinds
        return np.r_[0.5, np.full(single, 0.3 / single), np.full(kinds, 0.2 / kinds)]

    def pooled(self, probability: np.ndarray) -> np.ndarray:
        """Return mean probabilities over genes, (patterns,), the same for each type; the rarest are kept possible."""
        kinds = len(SCALES)
        mean = probability.mean(axis=1) + 1e-4
        alone = mean[1:-kinds].reshape(-1, kinds).mean(axis=0)
        pooled = np.r_[mean[0], np.tile(alone, self.scales.shape[1]), mean[-kinds:]]
        return pooled / pooled.sum()
