"""The β-VAE that learns a reference's cells and samples new ones (paper, Methods, eq. 3 to 7).

Tensors only: cells come as :class:`Cells` (sparse rows), a batch of them is made dense on the device.
"""

import logging
import math
from itertools import pairwise

import numpy as np
import scipy.sparse as sp
import torch
from torch import nn
from torch.nn import functional as F

from . import profiles
from .configuration import Configuration
from .data import Batch, Cells
from .likelihoods import censored_gaussian, draw_negative_binomial, negative_binomial, residuals

log = logging.getLogger(__name__)

START_CELLS = 256  # of each type, enough to start its dispersions from
START_STEP, START_STEPS = 0.4, 20
TYPE_SD = 0.3  # of what a type adds to a gene's log dispersion
KEPT = 0.23  # of a source cell's molecules that a new cell shares with it


def _layers(widths: list[int]) -> nn.Sequential:
    return nn.Sequential(*[layer for i, o in pairwise(widths) for layer in (nn.Linear(i, o), nn.ReLU())])


class VAE(nn.Module):
    """Encoder q(z|x), decoder p(x|z) and the loss between them."""

    def __init__(self, n_genes: int, n_types: int, config: Configuration, n_libraries: int = 1):
        super().__init__()
        self.config, self.n_types, self.n_libraries = config, n_types, n_libraries
        libraries = n_libraries if n_libraries > 1 else 0
        condition = n_types + libraries if config.conditional else 0
        self.encoder = _layers([n_genes + condition, *config.encoder])
        self.to_latent = nn.Linear(config.encoder[-1], 2 * config.latent)
        self.decoder = _layers([config.latent + condition, *config.decoder])
        self.to_genes = nn.Linear(config.decoder[-1], n_genes)
        if config.likelihood != "gaussian":
            # what all cells of a type share is known from their mean; the network learns what differs
            self.register_buffer("profile", torch.zeros(n_types, n_genes))
            # log of the negative binomial's size, or of the Gaussian's sd: of the gene, and what each type adds
            self.log_dispersion = nn.Parameter(torch.zeros(n_genes))
            self.type_dispersion = nn.Parameter(torch.zeros(n_types, n_genes))
            if libraries:
                # what each library adds to log expression, in all types alike
                self.library_shift = nn.Parameter(torch.zeros(n_libraries, n_genes))
            nn.init.normal_(self.to_genes.weight, std=0.01)
            nn.init.zeros_(self.to_genes.bias)

    @torch.no_grad()
    def start_from(self, cells: Cells, rows: torch.Tensor) -> None:
        """Set type profiles and library shifts by these cells' means, and start dispersions from their spread."""
        if self.config.likelihood == "gaussian":
            return
        types, libraries = cells.type[rows], cells.library[rows]
        sums, squares, crossed, totals = cells.sums(rows, self.n_types, self.n_libraries)
        if self.config.likelihood == "censored_gaussian":
            sums, squares = sums.sum(1), squares.sum(1)
            n = torch.bincount(types, minlength=self.n_types)[:, None].clamp_min(1)
            mean = sums / n
            self.profile.copy_(mean)
            within = (squares - n * mean.square()).sum(0).clamp_min(0) / n.sum()
            self.log_dispersion.copy_(within.sqrt().clamp_min(0.1).log())
            self._fit_start(cells, rows)
            return
        expected = torch.zeros(self.n_types * self.n_libraries, device=sums.device, dtype=torch.float64)
        expected.index_add_(0, types * self.n_libraries + libraries, totals.double().square())
        expected = expected.view(self.n_types, self.n_libraries, 1)  # squared totals

        def squared_residuals(share: torch.Tensor) -> torch.Tensor:
            return (squares - 2 * crossed * share + expected * share.square()).sum((0, 1))

        own = sums / sums.sum(2, keepdim=True).clamp_min(1)
        spread = (squared_residuals(own) / sums.sum((0, 1)).clamp_min(1e-12)).clamp_min(1)
        found = profiles.shares_and_shifts(sums.cpu().numpy(), spread.cpu().numpy())
        share, shift = (torch.as_tensor(part, device=sums.device) for part in found)
        self.profile.copy_(share.log())
        if self.n_libraries > 1:
            self.library_shift.copy_(shift)
        share = share[:, None] * shift.exp()  # types × libraries × genes
        excess = squared_residuals(share) - sums.sum((0, 1))
        inverse = excess / (expected * share.square()).sum((0, 1)).clamp_min(1e-12)  # 1/θ by variance = mean + mean²/θ
        self.log_dispersion.copy_(-inverse.clamp(1e-2, 1e2).log())
        self._fit_start(cells, rows)

    @torch.enable_grad()
    def _fit_start(self, cells: Cells, rows: torch.Tensor) -> None:
        """Move the start to the likelihood's best without any latent: moments are ruled by single outlying cells."""
        of_types = [rows[cells.type[rows] == t] for t in range(self.n_types)]
        batches = [cells.batch(self._in_turn(cells, own)[:START_CELLS]) for own in of_types]
        free = [self.log_dispersion, self.type_dispersion]
        if self.config.likelihood == "censored_gaussian":
            free.append(self.profile.requires_grad_())  # the mean of censored values is not the Gaussian's
            free.extend([self.library_shift] if self.n_libraries > 1 else [])
        optimiser = torch.optim.Adam(free, lr=START_STEP)
        for step in range(START_STEPS):
            optimiser.param_groups[0]["lr"] = START_STEP * (1 - step / START_STEPS)
            optimiser.zero_grad(set_to_none=True)
            for batch in batches:
                (-self.log_likelihood(batch, self.expectation(batch)).sum()).backward()
            self.penalty().backward()
            optimiser.step()
        self.profile.requires_grad_(False)

    def _in_turn(self, cells: Cells, rows: torch.Tensor) -> torch.Tensor:
        """Return the cells in such an order that libraries take turns."""
        of_library = F.one_hot(cells.library[rows], self.n_libraries)
        rank = (of_library.cumsum(0) * of_library).sum(1)
        return rows[rank.argsort(stable=True)]

    def _conditioned(self, values: torch.Tensor, batch: Batch) -> torch.Tensor:
        if not self.config.conditional:
            return values
        told = [F.one_hot(batch.type, self.n_types)]
        if self.n_libraries > 1:
            told.append(F.one_hot(batch.library, self.n_libraries))
        return torch.cat([values, *(codes.to(values.dtype) for codes in told)], dim=1)

    def expectation(self, batch: Batch) -> torch.Tensor:
        """Return what cells of these types and libraries share, batch × genes: log shares, or log expression."""
        profile = self.profile[batch.type]
        return profile + self.library_shift[batch.library] if self.n_libraries > 1 else profile

    def encode(self, batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and log variance of q(z|x), batch × latent each."""
        if self.config.likelihood == "negative_binomial":
            total = batch.total()
            batch = batch._replace(value=torch.log1p(batch.value * (1e4 / total[batch.row])))
        hidden = self.encoder(self._conditioned(batch.dense(), batch))
        mu, log_variance = self.to_latent(hidden).chunk(2, dim=1)
        return mu, log_variance.clamp(-12, 12)

    def decode(self, z: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return the decoder's output, batch × genes: log shares of the cell's total, or log expression."""
        out = self.to_genes(self.decoder(self._conditioned(z, batch)))
        if self.config.likelihood == "gaussian":
            return F.relu(out)
        out = out + self.expectation(batch)
        return F.log_softmax(out, dim=1) if self.config.likelihood == "negative_binomial" else out

    def dispersion(self, types: torch.Tensor) -> torch.Tensor:
        """Return the log dispersion of each gene in cells of these types, batch × genes."""
        return self.log_dispersion + self.type_dispersion[types]

    def penalty(self) -> torch.Tensor:
        """Return minus the log prior, normal around zero, of dispersions and of libraries' shifts.

        A gene's size θ is 1 until its counts say otherwise: rare genes, whose counts say little, would overfit.
        """
        if self.config.likelihood == "gaussian":
            return torch.zeros((), device=self.to_genes.bias.device)
        penalty = 0.5 * (self.type_dispersion / TYPE_SD).square().sum()
        if self.config.likelihood == "negative_binomial":
            penalty = penalty + 0.5 * self.log_dispersion.square().sum()
        if self.n_libraries > 1:
            penalty = penalty + 0.5 * (self.library_shift / profiles.SHIFT_SD).square().sum()
        return penalty

    def loss(self, batch: Batch, noise: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the two parts of eq. 7, each (batch,): -E[log p(x|z)] by one draw of z, and KL(q(z|x) || p(z)).

        `noise` is standard normal, batch × latent.
        """
        mu, log_variance = self.encode(batch)
        z = mu + torch.exp(0.5 * log_variance) * noise  # the reparameterised draw
        kl = 0.5 * (mu.square() + log_variance.exp() - 1 - log_variance).sum(1)
        return -self.log_likelihood(batch, self.decode(z, batch)), kl

    def log_likelihood(self, batch: Batch, out: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) of each cell, (batch,), given the decoder's output."""
        if self.config.likelihood == "negative_binomial":
            return negative_binomial(batch, out + batch.total().log()[:, None], self.dispersion(batch.type))
        if self.config.likelihood == "censored_gaussian":
            return censored_gaussian(batch, out, self.dispersion(batch.type))
        return -0.5 * (batch.dense() - out).square().sum(1)

    @torch.no_grad()
    def sample(self, batch: Batch, rng: np.random.Generator) -> sp.csr_matrix:
        """Draw one new cell from each source cell x: z from q(z|x), then values from what z and x say of the cell.

        Counts are Poisson around a rate with a gamma prior (which makes them negative binomial), and the rate is drawn
        from its posterior given x, so that what z does not carry comes from the source too. A share `KEPT` of the
        source's molecules is captured again, the others are drawn anew; the new counts follow the same distribution as
        the source's. Log values keep the same share of the source's deviation.

        Returns
        -------
        batch × genes: counts as of the source's library and total (negative binomial), or log expression.
        """
        mu, log_variance = self.encode(batch)
        noise = torch.as_tensor(rng.standard_normal(mu.shape), dtype=mu.dtype, device=mu.device)
        out = self.decode(mu + torch.exp(0.5 * log_variance) * noise, batch)
        if self.config.likelihood == "negative_binomial":
            log_mean, log_size = out + batch.total().log()[:, None], self.dispersion(batch.type)
            # of the rate's posterior: shape θ + x, mean (θ + x) / (θ / mean + 1)
            log_shape = torch.log(log_size.exp() + batch.dense())
            log_rate = log_shape - F.softplus(log_size - log_mean)
            drawn = draw_negative_binomial((log_rate + math.log1p(-KEPT)).cpu(), log_shape.cpu(), rng)
            return drawn + kept_molecules(batch, KEPT, rng)
        if self.config.likelihood == "censored_gaussian":
            sd = self.dispersion(batch.type).exp()
            fresh = torch.as_tensor(rng.standard_normal(out.shape, dtype=np.float32), device=out.device)
            deviation = residuals(batch.dense(), out, sd, rng)
            out = (out + sd * (KEPT * deviation + math.sqrt(1 - KEPT**2) * fresh)).clamp_min(0)
        return sp.csr_matrix(out.cpu().numpy())


def kept_molecules(batch: Batch, share: float, rng: np.random.Generator) -> sp.csr_matrix:
    """Return how many of each cell's counts are captured again, batch × genes: binomial with this share."""
    values = batch.value.cpu().numpy()
    again = rng.binomial(values.astype(np.int64), share).astype(np.float32)
    place = (batch.row.cpu().numpy(), batch.gene.cpu().numpy())
    kept = sp.csr_matrix((again, place), shape=(len(batch.type), batch.n_genes))
    kept.eliminate_zeros()
    return kept
