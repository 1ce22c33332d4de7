"""DeepGBM (Ke et al. 2019, KDD 2019:384): boosted trees distilled into one network per group of trees, in own code.

All features are numbers, so that only its part for numbers (GBDT2NN) has something to learn. The parameters are those
of the paper on Bulk2Space ("Compared methods"). A comment marks what it leaves open.
"""

from itertools import pairwise

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from torch import nn

from .leaf_embedding import EMBEDDING, Teacher, teach

HIDDEN = (100, 100, 100, 50)  # of a group's network
RATE, DECAY = 2e-3, 1e-6  # of AdamW
BATCH, HELD_OUT = 512, 0.1  # open
MOST_EPOCHS, PATIENCE, OF_EMBEDDING = 60, 5, 0.5  # open; the last is the weight of the embedding in the loss
AT_ONCE = 4096  # rows that are predicted together


class DeepGbm:
    """The classifier, with `fit` and `predict_proba`.

    Parameters
    ----------
    seed
        Seed of trees, groups, weights and batches.
    threads
        CPU threads.
    """

    def __init__(self, seed: int, *, threads: int = 1):
        self.seed = seed
        self.threads = threads

    def fit(self, features: np.ndarray, labels: np.ndarray) -> "DeepGbm":
        """Train on features, pairs × features, and labels 0 or 1, (pairs,)."""
        torch.set_num_threads(self.threads)
        torch.manual_seed(self.seed)
        order = np.random.default_rng(self.seed).permutation(len(labels))
        watched, trained = np.split(order, [max(2, int(HELD_OUT * len(order)))])
        self.centre_, self.scale_ = features[trained].mean(axis=0), features[trained].std(axis=0) + 1e-6
        teacher = teach(features[trained], labels[trained], self.seed)
        self.net_ = Distilled(teacher)
        x, y = self._scaled(features), torch.as_tensor(labels, dtype=torch.float32)
        optimiser = torch.optim.AdamW(self.net_.parameters(), lr=RATE, weight_decay=DECAY, betas=(0.9, 0.999))
        highest, patience, best = -np.inf, 0, None
        for _ in range(MOST_EPOCHS):
            self.net_.train()
            for rows in torch.randperm(len(trained)).split(BATCH):
                if len(rows) > 1:  # batch normalisation needs more than one row
                    optimiser.zero_grad()
                    self.net_.loss(x[trained[rows]], y[trained[rows]], teacher.targets[rows]).backward()
                    optimiser.step()
            now = roc_auc_score(labels[watched], self.predict_proba(features[watched])[:, 1])
            patience += 1
            if now > highest:
                highest, patience = now, 0
                best = {name: value.clone() for name, value in self.net_.state_dict().items()}
            if patience == PATIENCE:
                break
        self.net_.load_state_dict(best)
        return self

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities of both labels, pairs × 2."""
        self.net_.eval()
        with torch.no_grad():
            parts = [torch.sigmoid(self.net_(part)[0]) for part in self._scaled(features).split(AT_ONCE)]
        chance = torch.cat(parts).numpy()
        return np.stack([1 - chance, chance], axis=1)

    def _scaled(self, features: np.ndarray) -> torch.Tensor:
        return torch.as_tensor((features - self.centre_) / self.scale_, dtype=torch.float32)


class Distilled(nn.Module):
    """One network per group, all of one shape; the weighted sum of their embeddings is the log odds."""

    def __init__(self, teacher: Teacher):
        super().__init__()
        self.register_buffer("chosen", teacher.chosen)
        self.register_buffer("used", teacher.used.float())
        self.register_buffer("weights", teacher.weights)
        self.bias = teacher.bias
        groups, width = teacher.chosen.shape
        sizes = (width, *HIDDEN, EMBEDDING)
        self.layers, self.norms = nn.ParameterList(), nn.ModuleList()
        for inward, outward in pairwise(sizes):
            self.layers.append(torch.randn(groups, inward, outward) * (2 / inward) ** 0.5)
        for outward in HIDDEN:
            self.norms.append(nn.BatchNorm1d(groups * outward))

    def forward(self, x: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return log odds, (rows,), and embeddings, rows × groups × dimensions, of features, rows × features."""
        values = (x[:, self.chosen] * self.used).transpose(0, 1)  # groups × rows × features
        for layer, norm in zip(self.layers, self.norms, strict=False):
            values = torch.bmm(values, layer)
            flat = values.transpose(0, 1).reshape(len(x), -1)
            values = torch.relu(norm(flat)).reshape(len(x), len(layer), -1).transpose(0, 1)
        embedding = torch.bmm(values, self.layers[-1]).transpose(0, 1)
        return (embedding * self.weights).sum(dim=(1, 2)) + self.bias, embedding

    def loss(self, x: torch.Tensor, labels: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
        """Return the loss on the labels and on the embeddings, whose axes count as much as their weights."""
        odds, embedding = self(x)
        of_labels = nn.functional.binary_cross_entropy_with_logits(odds, labels)
        distance = ((embedding - targets) ** 2 * self.weights.abs()).sum(dim=(1, 2)).mean()
        return (1 - OF_EMBEDDING) * of_labels + OF_EMBEDDING * distance
