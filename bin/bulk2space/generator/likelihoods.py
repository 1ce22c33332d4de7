"""What a cell's values are drawn from, given its latent position z: one class per likelihood.

A likelihood decides how values enter the encoder, what the decoder's output means, how probable a cell's values are
(log p(x|z) of eq. 7) and how a new cell is drawn. It owns what the cells of a type share.
"""

import numpy as np
import scipy.sparse as sp
import torch
from torch import nn
from torch.nn import functional as F

from . import profiles
from .data import Batch, Cells
from .distributions import censored_gaussian, draw_negative_binomial, kept_molecules, negative_binomial, residuals
from .moments import moments

TARGET_SUM = 1e4  # log values are log1p of counts per 10 000
TYPE_DISPERSION_SD = 0.3  # prior standard deviation of what a type adds to a gene's log dispersion
OUTPUT_SD = 0.01  # of the first weights of the decoder's last layer: training starts close to the types' profiles
START_SIZES = (1e-2, 1e2)  # range in which a size θ starts
LEAST_START_SD = 0.1  # at which a gene's standard deviation starts, in log values
FIT_CELLS = 256  # of each type; enough to start its dispersions from
FIT_STEPS, FIT_RATE = 20, 0.4  # of Adam, falling to 0; a log dispersion can move by 4 in all


class Likelihood(nn.Module):
    """What a likelihood does; by default cells share nothing and values enter the encoder as they are."""

    of_counts = False  # whether it is one of counts, or of log1p of expression per 10 000

    def __init__(self, n_genes: int, n_types: int, n_libraries: int):
        super().__init__()
        self.n_types, self.n_libraries = n_types, n_libraries

    def start_output(self, layer: nn.Linear) -> None:
        """Set the first weights of the decoder's last layer."""

    def start_from(self, cells: Cells, rows: torch.Tensor) -> None:
        """Set what types and libraries share by the cells at these positions."""

    def encoder_input(self, batch: Batch) -> torch.Tensor:
        """Return the values as the encoder sees them, batch × genes."""
        return batch.dense()

    def location(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return where the decoder's output puts each cell, batch × genes: in the unit that the other methods take."""
        raise NotImplementedError

    def log_likelihood(self, batch: Batch, location: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) of each cell, (batch,)."""
        raise NotImplementedError

    def penalty(self) -> torch.Tensor | float:
        """Return minus the log prior of its parameters, up to a constant."""
        return 0.0

    def draw(self, batch: Batch, location: torch.Tensor, kept: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
        """Draw one new cell from each source cell, batch × genes, in the unit of the sources' values.

        `kept` is the share of a source's deviation from what is expected of it that a new cell keeps, types × genes.
        """
        raise NotImplementedError

    def reliability(self, total: torch.Tensor) -> torch.Tensor:
        """Return the part of a gene's variance that is not the noise of counting, types × genes, by types' totals."""
        raise NotImplementedError


class Gaussian(Likelihood):
    """Log values with unit variance, drawn without noise: as published. The location is the mean."""

    def location(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return the output, cut at zero."""
        return F.relu(output)

    def log_likelihood(self, batch: Batch, location: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) up to a constant, (batch,)."""
        return -0.5 * (batch.dense() - location).square().sum(1)

    def draw(self, batch: Batch, location: torch.Tensor, kept: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
        """Return the means."""
        return sp.csr_matrix(location.cpu().numpy())


class _WithProfiles(Likelihood):
    """A likelihood that knows from the start what the cells of a type share, and the network learns how cells differ.

    Attributes
    ----------
    profile
        What each type expresses on average, types × genes; training leaves it alone.
    log_dispersion
        Log of each gene's size θ (negative binomial) or standard deviation (Gaussian), (genes,).
    type_dispersion
        What each type adds to it, types × genes.
    library_shift
        What each library adds to log expression, in all types alike, libraries × genes; only with several libraries.
    """

    profile: torch.Tensor

    def __init__(self, n_genes: int, n_types: int, n_libraries: int):
        super().__init__(n_genes, n_types, n_libraries)
        self.register_buffer("profile", torch.zeros(n_types, n_genes))
        self.log_dispersion = nn.Parameter(torch.zeros(n_genes))
        self.type_dispersion = nn.Parameter(torch.zeros(n_types, n_genes))
        if n_libraries > 1:
            self.library_shift = nn.Parameter(torch.zeros(n_libraries, n_genes))

    def start_output(self, layer: nn.Linear) -> None:
        """Draw small weights, so that training starts at the profiles."""
        nn.init.normal_(layer.weight, std=OUTPUT_SD)
        nn.init.zeros_(layer.bias)

    def expectation(self, batch: Batch) -> torch.Tensor:
        """Return what cells of these types and libraries share, batch × genes."""
        profile = self.profile[batch.type]
        return profile + self.library_shift[batch.library] if self.n_libraries > 1 else profile

    def dispersion(self, types: torch.Tensor) -> torch.Tensor:
        """Return the log dispersion of each gene in cells of these types, batch × genes."""
        return self.log_dispersion + self.type_dispersion[types]

    def penalty(self) -> torch.Tensor:
        """Return minus the log prior, normal around zero, of the types' dispersions and the libraries' shifts."""
        penalty = 0.5 * (self.type_dispersion / TYPE_DISPERSION_SD).square().sum()
        if self.n_libraries > 1:
            penalty = penalty + 0.5 * (self.library_shift / profiles.SHIFT_SD).square().sum()
        return penalty

    @torch.enable_grad()
    def _fit(self, free: list[torch.Tensor], cells: Cells, rows: torch.Tensor) -> None:
        """Move these to where the cells are most likely without a latent: a single outlier can rule a moment."""
        of_types = [rows[cells.type[rows] == t] for t in range(self.n_types)]
        batches = [cells.batch(cells.in_turn(own, self.n_libraries)[:FIT_CELLS]) for own in of_types]
        optimiser = torch.optim.Adam(free, lr=FIT_RATE)
        for step in range(FIT_STEPS):
            optimiser.param_groups[0]["lr"] = FIT_RATE * (1 - step / FIT_STEPS)
            optimiser.zero_grad(set_to_none=True)
            for batch in batches:
                (-self.log_likelihood(batch, self.expectation(batch)).sum()).backward()
            self.penalty().backward()
            optimiser.step()


class NegativeBinomial(_WithProfiles):
    """Counts. The location is the log of each gene's share of the cell's total."""

    of_counts = True

    @torch.no_grad()
    def start_from(self, cells: Cells, rows: torch.Tensor) -> None:
        """Set profiles and shifts by empirical Bayes, and start dispersions from the counts' spread around them."""
        sums = moments(cells, rows, self.n_types, self.n_libraries)
        total = sums.values.sum((0, 1))  # (genes,)
        own = sums.values / sums.values.sum(2, keepdim=True).clamp_min(1)  # types × libraries × genes
        spread = (sums.squared_residuals(own) / total.clamp_min(1e-12)).clamp_min(1)  # (genes,): variance over mean
        found = profiles.shares_and_shifts(sums.values.cpu().numpy(), spread.cpu().numpy())
        share, shift = (torch.as_tensor(part, device=total.device) for part in found)
        self.profile.copy_(share.log())
        if self.n_libraries > 1:
            self.library_shift.copy_(shift)
        share = share[:, None] * shift.exp()  # types × libraries × genes
        excess = sums.squared_residuals(share) - total  # (genes,): beyond what Poisson counts would spread
        squared_means = (sums.squared_totals * share.square()).sum((0, 1))  # (genes,)
        inverse = excess / squared_means.clamp_min(1e-12)  # (genes,): 1/θ, as variance = mean + mean²/θ
        self.log_dispersion.copy_(-inverse.clamp(*START_SIZES).log())
        self._fit([self.log_dispersion, self.type_dispersion], cells, rows)

    def encoder_input(self, batch: Batch) -> torch.Tensor:
        """Return log1p of counts per 10 000, batch × genes."""
        return batch._replace(value=torch.log1p(batch.value * (TARGET_SUM / batch.total()[batch.row]))).dense()

    def location(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return log shares; their exponentials sum to 1 over the genes."""
        return F.log_softmax(output + self.expectation(batch), dim=1)

    def log_likelihood(self, batch: Batch, location: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) of each cell's counts, (batch,), by its total."""
        return negative_binomial(batch, self._log_mean(batch, location), self.dispersion(batch.type))

    def penalty(self) -> torch.Tensor:
        """Add a prior on sizes: θ is 1 until a gene's counts say otherwise, so that rare genes do not overfit."""
        return super().penalty() + 0.5 * self.log_dispersion.square().sum()

    def draw(self, batch: Batch, location: torch.Tensor, kept: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
        """Draw counts as of the source's library and total.

        A negative binomial count is the sum of two independent ones that share its mean and its size θ in any ratio,
        and given the sum each part is beta-binomial (Neufeld et al. 2024, data thinning). The new count takes one part
        from the source's count and draws the other anew. So it follows the same distribution, and its correlation with
        the source's count is the share kept, whatever the depth.
        """
        log_mean, log_size = self._log_mean(batch, location), self.dispersion(batch.type)  # batch × genes, each
        log_fresh = torch.log1p(-kept)[batch.type].to(log_mean.device)  # batch × genes
        drawn = draw_negative_binomial((log_mean + log_fresh).cpu(), (log_size + log_fresh).cpu(), rng)
        return drawn + kept_molecules(batch, kept[batch.type], log_size.exp(), rng)

    def reliability(self, total: torch.Tensor) -> torch.Tensor:
        """Return the part of a gene's variance that is not the noise of counting, types × genes.

        Parameters
        ----------
        total
            Mean total of each type's cells, (types,): the deeper the cells, the smaller is this noise.
        """
        types = torch.arange(self.n_types, device=self.profile.device)
        return torch.sigmoid(self.profile + total.log()[:, None] - self.dispersion(types)).detach()

    @staticmethod
    def _log_mean(batch: Batch, location: torch.Tensor) -> torch.Tensor:
        return location + batch.total().log()[:, None]  # batch × genes


class CensoredGaussian(_WithProfiles):
    """Log values; zeros are all of the Gaussian that lies below zero. The location is the Gaussian's mean."""

    @torch.no_grad()
    def start_from(self, cells: Cells, rows: torch.Tensor) -> None:
        """Set profiles by the types' means, dispersions by the spread around them, then move both to their best."""
        sums = moments(cells, rows, self.n_types, self.n_libraries)
        values, squares = sums.values.sum(1), sums.squares.sum(1)  # types × genes, each
        n = torch.bincount(cells.type[rows], minlength=self.n_types)[:, None].clamp_min(1)  # types × 1
        mean = values / n
        self.profile.copy_(mean)
        within = (squares - n * mean.square()).sum(0).clamp_min(0) / n.sum()  # (genes,): variance within types
        self.log_dispersion.copy_(within.sqrt().clamp_min(LEAST_START_SD).log())
        # the mean of censored values is not the Gaussian's, so the profiles move too
        shift = [self.library_shift] if self.n_libraries > 1 else []
        free = [self.log_dispersion, self.type_dispersion, self.profile.requires_grad_(), *shift]
        self._fit(free, cells, rows)
        self.profile.requires_grad_(False)

    def location(self, output: torch.Tensor, batch: Batch) -> torch.Tensor:
        """Return means; they may lie below zero."""
        return output + self.expectation(batch)

    def log_likelihood(self, batch: Batch, location: torch.Tensor) -> torch.Tensor:
        """Return log p(x|z) of each cell's log values, (batch,)."""
        return censored_gaussian(batch, location, self.dispersion(batch.type))

    def draw(self, batch: Batch, location: torch.Tensor, kept: torch.Tensor, rng: np.random.Generator) -> sp.csr_matrix:
        """Draw log values whose correlation with the source's deviation from its mean is the share kept."""
        sd = self.dispersion(batch.type).exp()  # batch × genes
        share = kept.to(sd.device)[batch.type]  # batch × genes
        fresh = torch.as_tensor(rng.standard_normal(location.shape, dtype=np.float32), device=location.device)
        deviation = residuals(batch.dense(), location, sd, rng)  # batch × genes, in standard deviations
        values = location + sd * (share * deviation + torch.sqrt(1 - share.square()) * fresh)
        return sp.csr_matrix(values.clamp_min(0).cpu().numpy())


LIKELIHOODS = {"negative_binomial": NegativeBinomial, "censored_gaussian": CensoredGaussian, "gaussian": Gaussian}
