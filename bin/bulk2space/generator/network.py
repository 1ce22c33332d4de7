"""The β-VAE that learns a reference's cells and samples new ones (paper, Methods, eq. 3 to 7).

Tensors only: cells come as :class:`~.data.Batch`, sparse, and are made dense on the device. What depends on the kind of
values is in :mod:`.likelihoods`.
"""

from itertools import pairwise

import numpy as np
import scipy.sparse as sp
import torch
from torch import nn
from torch.nn import functional as F

from .configuration import Configuration
from .data import Batch
from .likelihoods import LIKELIHOODS

LOG_VARIANCE_RANGE = (-12.0, 12.0)  # range of the latent's, so that their exponentials stay moderate at any input


def _layers(widths: list[int]) -> nn.Sequential:
    return nn.Sequential(*[layer for i, o in pairwise(widths) for layer in (nn.Linear(i, o), nn.ReLU())])


class VAE(nn.Module):
    """Encoder q(z|x), decoder p(x|z) and the loss between them."""

    def __init__(self, n_genes: int, n_types: int, config: Configuration, n_libraries: int = 1):
        super().__init__()
        self.config, self.n_types, self.n_libraries = config, n_types, n_libraries
        n_told = n_types + (n_libraries if n_libraries > 1 else 0) if config.conditional else 0
        self.encoder = _layers([n_genes + n_told, *config.encoder])
        self.to_latent = nn.Linear(config.encoder[-1], 2 * config.latent)
        self.decoder = _layers([config.latent + n_told, *config.decoder])
        self.to_genes = nn.Linear(config.decoder[-1], n_genes)
        self.likelihood = LIKELIHOODS[config.likelihood](n_genes, n_types, n_libraries)
        self.likelihood.start_output(self.to_genes)

    def encode(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log variance of q(z|x), batch × latent each."""
        x = self.likelihood.encoder_input(batch)  # batch × genes
        hidden = self.encoder(self._told(x, batch))  # batch × config.encoder[-1]
        mu, log_variance = self.to_latent(hidden).chunk(2, dim=1)  # batch × latent, each
        return mu, log_variance.clamp(*LOG_VARIANCE_RANGE)

    def decode(self, z: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return where the likelihood puts cells of these latent positions, batch × genes."""
        hidden = self.decoder(self._told(z, batch))  # batch × config.decoder[-1]
        return self.likelihood.location(self.to_genes(hidden), batch)  # batch × genes

    def loss(self, batch: Batch, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the two parts of eq. 7, each (batch,): -E[log p(x|z)] by one draw of z, and KL(q(z|x) || p(z)).

        `noise` is standard normal, batch × latent.
        """
        mu, log_variance = self.encode(batch)  # batch × latent, each
        location = self.decode(_draw(mu, log_variance, noise), batch)  # batch × genes
        kl = 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance).sum(1)  # (batch,)
        return -self.likelihood.log_likelihood(batch, location), kl

    @torch.no_grad()
    def sample(self, batch: Batch, rng: np.random.Generator, kept: torch.Tensor | None = None) -> sp.csr_matrix:
        """Draw one new cell from each source cell x, batch × genes: z from q(z|x), then values given z and x.

        `kept` is the share of a source's deviation from what z says that a new cell keeps, types × genes; without it
        new cells depend on x by z alone.
        """
        mu, log_variance = self.encode(batch)  # batch × latent, each
        noise = torch.as_tensor(rng.standard_normal(mu.shape), dtype=mu.dtype, device=mu.device)  # batch × latent
        location = self.decode(_draw(mu, log_variance, noise), batch)  # batch × genes
        share = torch.zeros(self.n_types, batch.n_genes) if kept is None else kept
        return self.likelihood.draw(batch, location, share, rng)

    def _told(self, values: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Append one-hot codes of each cell's type, and of its library where there are several."""
        if not self.config.conditional:
            return values
        codes = [F.one_hot(batch.type, self.n_types)]  # batch × types
        if self.n_libraries > 1:
            codes.append(F.one_hot(batch.library, self.n_libraries))  # batch × libraries
        return torch.cat([values, *(code.to(values.dtype) for code in codes)], dim=1)


def _draw(mu: torch.Tensor, log_variance: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Return z = μ + σ · noise, batch × latent: the reparameterised draw."""
    return mu + torch.exp(0.5 * log_variance) * noise
