"""The trees that DeepGBM's network learns from (:mod:`.deepgbm`), and the embedding of their leaves."""

from typing import NamedTuple

import numpy as np
import torch
from sklearn.ensemble import GradientBoostingClassifier
from torch import nn

GROUPS, EMBEDDING = 100, 20  # of trees; dimensions of a group's leaf embedding
FEATURES = 128  # of a group: those of the largest gain
TREES = 100  # open; as in the paper's gradient boosting, so that a group is a tree
STEPS, BATCH, RATE = 500, 512, 2e-2  # of the embedding, open


class Teacher(NamedTuple):
    """What the network learns from.

    Attributes
    ----------
    targets
        Leaf embedding of each group of trees, rows × groups × dimensions.
    weights
        From an embedding to the group's part of the log odds, groups × dimensions.
    bias
        Log odds that all groups start from.
    chosen
        Features of each group, groups × features.
    used
        Whether a group has as many features, groups × features.
    """

    targets: torch.Tensor
    weights: torch.Tensor
    bias: float
    chosen: torch.Tensor
    used: torch.Tensor


def teach(features: np.ndarray, labels: np.ndarray, seed: int) -> Teacher:
    """Fit the boosted trees, put them into groups at random, and learn the embedding of each group's leaves."""
    forest = GradientBoostingClassifier(n_estimators=TREES, random_state=seed).fit(features, labels)
    trees = [tree.tree_ for tree in forest.estimators_[:, 0]]
    group = np.random.default_rng(seed).permutation(np.arange(TREES) % GROUPS)
    leaves = forest.apply(features)[:, :, 0].astype(int)
    values = np.stack([tree.value[rows, 0, 0] for tree, rows in zip(trees, leaves.T, strict=True)], axis=1)
    membership = np.eye(GROUPS)[group]  # trees × groups
    targets, weights = embed(leaves, group, forest.learning_rate * values @ membership)
    gain = membership.T @ np.stack([tree.compute_feature_importances(normalize=False) for tree in trees])
    width = min(FEATURES, max(1, int((gain > 0).sum(axis=1).max())))
    chosen = np.argsort(-gain, axis=1, kind="stable")[:, :width]
    used = np.take_along_axis(gain, chosen, axis=1) > 0
    prior = np.log(labels.mean() / (1 - labels.mean()))
    return Teacher(targets, weights, float(prior), torch.as_tensor(chosen), torch.as_tensor(used))


def embed(leaves: np.ndarray, group: np.ndarray, outputs: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the embedding of each row's leaves and the weights that turn it into the output of each group.

    Parameters
    ----------
    leaves
        Leaf that each row falls into, rows × trees.
    group
        Group of each tree, (trees,).
    outputs
        Sum of the trees' values in each group, rows × groups.

    Returns
    -------
    Embeddings, rows × groups × dimensions, and weights, groups × dimensions.
    """
    numbers = torch.as_tensor(leaves + np.arange(leaves.shape[1]) * (leaves.max() + 1))
    aims, of_tree = torch.as_tensor(outputs, dtype=torch.float32), torch.as_tensor(group)
    table = nn.Parameter(0.1 * torch.randn(int(numbers.max()) + 1, EMBEDDING))
    weights = nn.Parameter(0.1 * torch.randn(outputs.shape[1], EMBEDDING))

    def embedded(rows: torch.Tensor) -> torch.Tensor:
        found = torch.zeros(len(rows), outputs.shape[1], EMBEDDING)
        return found.index_add(1, of_tree, table[numbers[rows]])

    optimiser = torch.optim.AdamW([table, weights], lr=RATE)
    for _ in range(STEPS):
        rows = torch.randint(len(aims), (BATCH,))
        optimiser.zero_grad()
        ((embedded(rows) * weights).sum(dim=2) - aims[rows]).square().sum(dim=1).mean().backward()
        optimiser.step()
    with torch.no_grad():
        return embedded(torch.arange(len(aims))), weights.detach().clone()
