"""The generative adversarial network of the paper and its conditional form (Methods, "Compared methods").

As described there: generator and discriminator of two fully connected layers each, LeakyReLU after the first, ReLU
after the generator's second; Adam with rate 1e-4 and betas 0.5 and 0.999; training until neither loss has gone down for
50 epochs. What the paper leaves open is chosen here: 256 hidden units, 100 dimensions of noise, batches of 64, binary
cross entropy. An unconditional network does not know cell types, so there is one network per type.
"""

import time
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

BATCH = 64


@dataclass(frozen=True)
class Configuration:
    """Size of the networks and how they are trained."""

    noise: int = 100
    hidden: int = 256
    learning_rate: float = 1e-4
    betas: tuple[float, float] = (0.5, 0.999)
    patience: int = 50


class Trained(NamedTuple):
    """A generator and how its training went."""

    generator: nn.Module
    epochs: int
    cut: bool
    """Whether the time limit ended it."""
    losses: list[tuple[float, float]]
    """Mean loss of generator and discriminator in each epoch."""


class Generator(nn.Module):
    """From noise to log expression; the type is an input where there are several."""

    def __init__(self, n_genes: int, n_types: int, config: Configuration):
        super().__init__()
        self.noise, self.condition = config.noise, n_types if n_types > 1 else 0
        self.layers = nn.Sequential(
            nn.Linear(config.noise + self.condition, config.hidden),
            nn.LeakyReLU(0.2),
            nn.Linear(config.hidden, n_genes),
            nn.ReLU(),
        )

    def forward(self, noise: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return batch × genes from noise, batch × dimensions, and types, (batch,)."""
        return self.layers(_with_condition(noise, types, self.condition))


class Discriminator(nn.Module):
    """From log expression to one logit per cell; the type is an input where there are several."""

    def __init__(self, n_genes: int, n_types: int, config: Configuration):
        super().__init__()
        self.condition = n_types if n_types > 1 else 0
        self.layers = nn.Sequential(
            nn.Linear(n_genes + self.condition, config.hidden), nn.LeakyReLU(0.2), nn.Linear(config.hidden, 1)
        )

    def forward(self, values: torch.Tensor, types: torch.Tensor) -> torch.Tensor:
        """Return logits, (batch,), from values, batch × genes, and types, (batch,)."""
        return self.layers(_with_condition(values, types, self.condition)).squeeze(1)


def _with_condition(values: torch.Tensor, types: torch.Tensor, n_types: int) -> torch.Tensor:
    return torch.cat([values, F.one_hot(types, n_types)], dim=1) if n_types else values


def train(
    values: torch.Tensor, types: torch.Tensor, *, seed: int, seconds: float, config: Configuration | None = None
) -> Trained:
    """Train until neither loss reaches a new low any more, or the time is over.

    Parameters
    ----------
    values
        Log expression, cells × genes.
    types
        Codes of the cells' types from 0, (cells,); if all are 0, the network is unconditional.
    seed
        Seed of weights, order and noise.
    seconds
        Time limit, checked after each epoch; the network is then used as it is.
    config
        Size of the networks.
    """
    config = config or Configuration()
    torch.manual_seed(seed)
    n_types = int(types.max()) + 1
    generator, discriminator = (part(values.shape[1], n_types, config) for part in (Generator, Discriminator))
    optimisers = [
        torch.optim.Adam(part.parameters(), lr=config.learning_rate, betas=config.betas)
        for part in (generator, discriminator)
    ]
    began, losses, lowest, last_fall = time.monotonic(), [], np.full(2, np.inf), 0
    while True:
        sums = np.zeros(2)
        for rows in torch.randperm(len(values)).split(BATCH):
            sums += len(rows) * np.array(_step(generator, discriminator, optimisers, values[rows], types[rows]))
        losses.append(tuple((sums / len(values)).tolist()))
        if (losses[-1] < lowest).any():
            lowest, last_fall = np.minimum(lowest, losses[-1]), len(losses)
        settled = len(losses) - last_fall >= config.patience
        if settled or time.monotonic() - began >= seconds:
            return Trained(generator.eval(), len(losses), not settled, losses)


def _step(generator, discriminator, optimisers, real: torch.Tensor, types: torch.Tensor) -> tuple[float, float]:
    """Take one step of each network on a batch, and return the losses of generator and discriminator."""
    made = generator(torch.randn(len(real), generator.noise), types)
    told, taken = discriminator(real, types), discriminator(made.detach(), types)
    loss_of_discriminator = (_loss(told, 1.0) + _loss(taken, 0.0)) / 2
    optimisers[1].zero_grad()
    loss_of_discriminator.backward()
    optimisers[1].step()
    loss_of_generator = _loss(discriminator(made, types), 1.0)
    optimisers[0].zero_grad()
    loss_of_generator.backward()
    optimisers[0].step()
    return loss_of_generator.item(), loss_of_discriminator.item()


def _loss(logits: torch.Tensor, truth: float) -> torch.Tensor:
    return F.binary_cross_entropy_with_logits(logits, torch.full_like(logits, truth))


@torch.no_grad()
def sample(trained: Trained, types: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return log expression of new cells of these types (codes), cells × genes."""
    noise = rng.standard_normal((len(types), trained.generator.noise), dtype=np.float32)
    return trained.generator(torch.as_tensor(noise), torch.as_tensor(types, dtype=torch.int64)).numpy()
