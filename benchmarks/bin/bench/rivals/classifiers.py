"""The classifiers that the paper compares with the deep forest, as scorers of cells for spots.

All learn from the same pairs and features as the pipeline's deep forest; only the classifier differs. Their parameters
are those of the paper ("Compared methods"). A comment marks what the paper leaves open.
"""

import numpy as np
import torch
from bulk2space.spots.cascade import predict
from bulk2space.spots.marker_space import Expression, MarkerSpace
from bulk2space.spots.pairs import Pairs, pair_features_and_cosine, training_pairs
from bulk2space.spots.pseudo_spots import CELLS_PER_PSEUDO_SPOT, PSEUDO_SPOTS, pseudo_spots
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier
from torch import nn

from .deepgbm import DeepGbm

HIDDEN, BATCH, HELD_OUT = (128, 64), 256, 0.1  # of the perceptron; the paper leaves them open
MOST_EPOCHS, PATIENCE = 500, 30


class Classifier:
    """A classifier of pairs, trained on pseudo-spots of the cells.

    Parameters
    ----------
    threads
        CPU threads.
    pseudo_spots
        Number of pseudo-spots to learn from.

    Attributes
    ----------
    space_ : MarkerSpace
    model_ : the fitted classifier
    """

    exhaustive = False

    def __init__(self, *, threads: int = 1, pseudo_spots: int = PSEUDO_SPOTS):
        self.threads = threads
        self.pseudo_spots = pseudo_spots

    def model(self, seed: int):
        """Return the unfitted classifier, with `fit` and `predict_proba`."""
        raise NotImplementedError

    def fit(self, cells: Expression, rng: np.random.Generator, *, counts: bool = True) -> "Classifier":
        """Train on pairs of pseudo-spots and cells; ``counts`` tells that values are counts, which can be thinned."""
        self.space_ = MarkerSpace().fit(cells)
        members, pseudo = pseudo_spots(
            cells, number=self.pseudo_spots, size=CELLS_PER_PSEUDO_SPOT, rng=rng, thin=counts
        )
        pairs, labels = training_pairs(members, cells.types, same_type=True, rng=rng)
        features = pair_features_and_cosine(self.space_.transform(pseudo), self.space_.transform(cells), pairs)
        self.model_ = self.model(int(rng.integers(2**31 - 1))).fit(features, labels)
        return self

    def score(self, spots: Expression, cells: Expression, pairs: Pairs) -> np.ndarray:
        """Return the probability of membership for each pair, (pairs,)."""
        spot, cell = self.space_.transform(spots), self.space_.transform(cells)
        return predict(self.model_, pair_features_and_cosine, spot, cell, pairs)


class Logistic(Classifier):
    """Logistic regression with an L2 penalty, fitted by L-BFGS."""

    def model(self, seed: int):
        """Return the classifier; features are standardised, which L-BFGS needs to converge."""
        return make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))


class Tree(Classifier):
    """Decision tree by Gini impurity, of any depth; a node of two samples may still be split."""

    def model(self, seed: int):
        """Return the classifier."""
        return DecisionTreeClassifier(random_state=seed)


class Boosting(Classifier):
    """Gradient boosting: 100 trees of depth 3, learning rate 0.1, log loss, Friedman's mean squared error."""

    def model(self, seed: int):
        """Return the classifier."""
        return GradientBoostingClassifier(random_state=seed)


class Perceptron(Classifier):
    """Two-layer perceptron with batch normalisation, ReLU and dropout."""

    def model(self, seed: int):
        """Return the classifier."""
        return Network(seed, threads=self.threads)


class DeepBoosting(Classifier):
    """DeepGBM: gradient boosting that is distilled into a network."""

    def model(self, seed: int):
        """Return the classifier."""
        return DeepGbm(seed, threads=self.threads)


class Network:
    """The paper's perceptron: dropout of 0.1, Adam with a learning rate of 1e-4, 30 epochs of patience.

    Training watches the loss on a tenth of the pairs, which are held out, and keeps the best weights.

    Parameters
    ----------
    seed
        Seed of weights, batches and dropout.
    threads
        CPU threads.
    """

    def __init__(self, seed: int, *, threads: int = 1):
        self.seed = seed
        self.threads = threads

    def fit(self, features: np.ndarray, labels: np.ndarray) -> "Network":
        """Train on features, pairs × features, and labels 0 or 1, (pairs,)."""
        torch.set_num_threads(self.threads)
        torch.manual_seed(self.seed)
        x, y = torch.as_tensor(features), torch.as_tensor(labels, dtype=torch.float32)
        order = torch.randperm(len(x))
        watched, trained = order[: int(HELD_OUT * len(x))], order[int(HELD_OUT * len(x)) :]
        layers, width = [], x.shape[1]
        for hidden in HIDDEN:
            layers += [nn.Linear(width, hidden), nn.BatchNorm1d(hidden), nn.ReLU(), nn.Dropout(0.1)]
            width = hidden
        self.net_ = nn.Sequential(*layers, nn.Linear(width, 1), nn.Flatten(0))
        optimiser, loss = torch.optim.Adam(self.net_.parameters(), lr=1e-4), nn.BCEWithLogitsLoss()
        lowest, patience, best = np.inf, 0, None
        for _ in range(MOST_EPOCHS):
            self.net_.train()
            for rows in trained[torch.randperm(len(trained))].split(BATCH):
                if len(rows) > 1:  # batch normalisation needs more than one row
                    optimiser.zero_grad()
                    loss(self.net_(x[rows]), y[rows]).backward()
                    optimiser.step()
            self.net_.eval()
            with torch.no_grad():
                now = float(loss(self.net_(x[watched]), y[watched]))
            patience += 1
            if now < lowest:
                lowest, patience = now, 0
                best = {name: value.clone() for name, value in self.net_.state_dict().items()}
            if patience == PATIENCE:
                break
        self.net_.load_state_dict(best)
        return self

    def predict_proba(self, features: np.ndarray) -> np.ndarray:
        """Return probabilities of both labels, pairs × 2."""
        with torch.no_grad():
            chance = torch.sigmoid(self.net_(torch.as_tensor(features))).numpy()
        return np.stack([1 - chance, chance], axis=1)


SCORERS = {
    "logistic_regression": Logistic,
    "decision_tree": Tree,
    "gradient_boosting": Boosting,
    "perceptron": Perceptron,
    "deepgbm": DeepBoosting,
}
