"""The β-VAE that learns a reference's cells and samples new ones (paper, Methods, eq. 3 to 7).

Tensors only: cells come as :class:`Cells` (sparse rows), a batch of them is made dense on the device.
"""

import dataclasses
import logging
import math
import time
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from torch import nn
from torch.nn import functional as F

from . import profiles
from .likelihoods import censored_gaussian, draw_negative_binomial, negative_binomial, residuals
from .problems import InputError

log = logging.getLogger(__name__)

START_CELLS = 256  # of each type, enough to start its dispersions from
START_STEP, START_STEPS = 0.4, 20
TYPE_SD = 0.3  # of what a type adds to a gene's log dispersion
KEPT = 0.23  # of a source cell's molecules that a new cell shares with it


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Form of the network and how it is trained.

    Attributes
    ----------
    likelihood
        ``negative_binomial`` on counts; ``censored_gaussian`` on log values (a Gaussian whose mass below zero is the
        zeros); ``gaussian`` with unit variance on log values, sampled without noise, as published.
    conditional
        Whether encoder and decoder are told the cell type, and the library where there are several.
    encoder, decoder
        Widths of the hidden layers.
    latent
        Dimensions of z.
    beta
        Weight of the KL term against the reconstruction (eq. 7).
    warm_up
        Epochs over which the KL term's weight grows from 0 to `beta`.
    epochs, batch, learning_rate, weight_decay
        Of the AdamW optimiser; its betas are 0.9 and 0.999.
    dispersion_rate
        Learning rate of the dispersions, and of the libraries' shifts.
    epsilon
        AdamW's epsilon. A large one keeps genes with tiny gradients, the rare ones, from full-sized steps on noise.
    held_out
        Share of each type's cells that early stopping watches; with 0 it watches the training loss.
    patience
        Epochs without a lower loss after which training stops.
    """

    likelihood: str = "negative_binomial"
    conditional: bool = True
    encoder: tuple[int, ...] = (128,)
    decoder: tuple[int, ...] = (128,)
    latent: int = 16
    beta: float = 1.0
    warm_up: int = 10
    epochs: int = 80
    batch: int = 128
    learning_rate: float = 1e-3
    dispersion_rate: float = 2e-2
    epsilon: float = 1e-2
    weight_decay: float = 1e-4
    held_out: float = 0.1
    patience: int = 8


COUNTS = Configuration()
PUBLISHED = Configuration(
    likelihood="gaussian",
    conditional=False,
    encoder=(2048, 1024, 512),  # the fourth layer, 512 wide, is mean and log variance of z
    decoder=(512, 1024, 2048),
    latent=256,
    beta=4.0,
    warm_up=0,
    epochs=3000,
    batch=512,
    learning_rate=1e-4,
    epsilon=1e-8,
    weight_decay=5e-4,
    held_out=0.0,
    patience=50,
)
PRESETS = {"counts": COUNTS, "published": PUBLISHED}


class Batch(NamedTuple):
    """Some cells, as their non-zero entries; nnz of them in all."""

    row: torch.Tensor  # (nnz,)
    gene: torch.Tensor  # (nnz,)
    value: torch.Tensor  # (nnz,)
    type: torch.Tensor  # (batch,)
    library: torch.Tensor  # (batch,)
    n_genes: int

    def dense(self) -> torch.Tensor:
        """Return the values as batch × genes."""
        out = torch.zeros(len(self.type), self.n_genes, device=self.value.device)
        out[self.row, self.gene] = self.value
        return out

    def total(self) -> torch.Tensor:
        """Return the sum of each cell's values, (batch,)."""
        return torch.zeros(len(self.type), device=self.value.device).index_add_(0, self.row, self.value)


class Cells(NamedTuple):
    """All cells in compressed sparse rows, on one device."""

    starts: torch.Tensor  # (cells + 1,) int64
    gene: torch.Tensor  # (nnz,) int32
    value: torch.Tensor  # (nnz,) float32
    type: torch.Tensor  # (cells,) int64
    library: torch.Tensor  # (cells,) int64
    n_genes: int

    @classmethod
    def from_csr(
        cls, matrix, types: np.ndarray, libraries: np.ndarray | None = None, device: torch.device | str = "cpu"
    ) -> "Cells":
        """Copy a SciPy CSR matrix, cells × genes, and the cells' codes of type and library (all 0) to the device."""
        if libraries is None:
            libraries = np.zeros(len(types), dtype=int)
        return cls(
            torch.as_tensor(matrix.indptr, dtype=torch.int64, device=device),
            torch.as_tensor(matrix.indices, dtype=torch.int32, device=device),
            torch.as_tensor(matrix.data, dtype=torch.float32, device=device),
            torch.as_tensor(types, dtype=torch.int64, device=device),
            torch.as_tensor(libraries, dtype=torch.int64, device=device),
            matrix.shape[1],
        )

    def batch(self, rows: torch.Tensor) -> Batch:
        """Return the cells at these positions."""
        first = self.starts[rows]
        lengths = self.starts[rows + 1] - first
        row = torch.repeat_interleave(torch.arange(len(rows), device=rows.device), lengths)
        before = torch.cumsum(lengths, 0) - lengths
        place = torch.arange(len(row), device=rows.device) + (first - before)[row]
        return Batch(row, self.gene[place].long(), self.value[place], self.type[rows], self.library[rows], self.n_genes)

    def sums(self, rows: torch.Tensor, n_types: int, n_libraries: int) -> tuple[torch.Tensor, ...]:
        """Add up, over these cells, x, x² and x times the cell's total: types × libraries × genes each, float64.

        Also returned: the cells' totals, (rows,).
        """
        sums = torch.zeros(3, n_types * n_libraries * self.n_genes, device=self.value.device, dtype=torch.float64)
        totals = []
        for block in rows.split(4096):
            batch = self.batch(block)
            total = batch.total()
            place = (batch.type * n_libraries + batch.library)[batch.row] * self.n_genes + batch.gene
            x = batch.value.double()
            for target, values in zip(sums, (x, x.square(), x * total[batch.row]), strict=True):
                target.index_add_(0, place, values)
            totals.append(total)
        return *sums.view(3, n_types, n_libraries, self.n_genes), torch.cat(totals)


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


def device(name: str) -> torch.device:
    """Return the device called ``cpu`` or ``gpu``.

    Raises
    ------
    InputError
        If a GPU is asked for and there is none.
    """
    if name == "cpu":
        log.info("training on the CPU with %d threads", torch.get_num_threads())
        return torch.device("cpu")
    if not torch.cuda.is_available():
        raise InputError(
            "--device gpu: PyTorch sees no GPU on this machine, run where there is one or leave out the gpu profile"
        )
    torch.set_float32_matmul_precision("high")
    log.info("training on the GPU %s", torch.cuda.get_device_name())
    return torch.device("cuda")


def split(types: np.ndarray, share: float, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of training and held-out cells: `share` of every type, rounded down."""
    shuffled = rng.permutation(len(types))
    order = shuffled[np.argsort(types[shuffled], kind="stable")]
    sizes = np.bincount(types)
    rank = np.arange(len(order)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    held = rank < np.floor(share * sizes)[types[order]]
    return np.sort(order[~held]), np.sort(order[held])


def train(
    cells: Cells,
    n_types: int,
    config: Configuration,
    *,
    seed: int,
    n_libraries: int = 1,
    minutes: float = math.inf,
) -> tuple[VAE, list[dict[str, float]]]:
    """Train a network on the cells.

    Parameters
    ----------
    cells
        Counts or log values, on the device to train on.
    n_types
        Number of cell types.
    config
        What to train, and how.
    seed
        Of weights, order and noise.
    n_libraries
        Number of libraries.
    minutes
        Time after which no further epoch begins.

    Returns
    -------
    The network with the weights of its best epoch, and one row an epoch of `epoch`, `train_loss`, `validation_loss`
    (with the whole `beta` from the first epoch on; empty without held-out cells), `reconstruction`, `kl` (both of
    training cells) and `seconds`.
    """
    place = cells.value.device
    torch.manual_seed(seed)
    model = VAE(cells.n_genes, n_types, config, n_libraries).to(place)
    rng = np.random.default_rng(seed)
    training, held = split(cells.type.cpu().numpy(), config.held_out, rng)
    training, held = torch.as_tensor(training, device=place), torch.as_tensor(held, device=place)
    model.start_from(cells, training)
    optimiser = _optimiser(model)
    noise = torch.Generator(place).manual_seed(seed)
    log.info("%d cells to train on, %d held out, %d genes", len(training), len(held), cells.n_genes)

    history, best, best_epoch, kept = [], math.inf, 0, {}
    for epoch in range(1, config.epochs + 1):
        began = time.perf_counter()
        beta = config.beta * min(1.0, epoch / config.warm_up) if config.warm_up else config.beta
        model.train()
        parts = torch.zeros(2, device=place)
        for rows in training[torch.as_tensor(rng.permutation(len(training)), device=place)].split(config.batch):
            eps = torch.randn(len(rows), config.latent, generator=noise, device=place)
            reconstruction, kl = model.loss(cells.batch(rows), eps)
            optimiser.zero_grad(set_to_none=True)
            ((reconstruction + beta * kl).mean() + model.penalty() / len(training)).backward()
            optimiser.step()
            parts += torch.stack([reconstruction.sum(), kl.sum()]).detach()
        reconstruction, kl = (parts / len(training)).tolist()
        train_loss = reconstruction + config.beta * kl
        validation = _held_out_loss(model, cells, held, seed) if len(held) else math.nan
        history.append(
            {
                "epoch": epoch,
                "train_loss": train_loss,
                "validation_loss": validation,
                "reconstruction": reconstruction,
                "kl": kl,
                "seconds": time.perf_counter() - began,
            }
        )
        watched = validation if len(held) else train_loss
        if not math.isfinite(watched):
            raise InputError(f"training diverged in epoch {epoch}: check the reference's values, or lower --vae_beta")
        if watched < best:
            best, best_epoch = watched, epoch
            kept = {name: value.clone() for name, value in model.state_dict().items()}
        if epoch <= 10 or epoch % 10 == 0:
            _report(history[-1])
        if epoch - best_epoch >= config.patience:
            log.info("stopped: the loss has not gone down for %d epochs", config.patience)
            break
        if sum(row["seconds"] for row in history) > 60 * minutes and epoch < config.epochs:
            log.warning(
                "stopped after %d epochs, when %g minutes were over: the loss was still falling", epoch, minutes
            )
            break
    model.load_state_dict(kept)
    seconds = sum(row["seconds"] for row in history)
    log.info("kept epoch %d of %d, loss %.2f, %.1f s in all", best_epoch, len(history), best, seconds)
    return model.eval(), history


def _optimiser(model: VAE) -> torch.optim.AdamW:
    """Return AdamW with a rate of their own for dispersions and shifts: one number a gene, seen by every cell."""
    config = model.config
    of_genes = [value for name, value in model.named_parameters() if name.endswith(("dispersion", "shift"))]
    network = [value for name, value in model.named_parameters() if not name.endswith(("dispersion", "shift"))]
    return torch.optim.AdamW(
        [{"params": network}, {"params": of_genes, "lr": config.dispersion_rate, "weight_decay": 0.0}],
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=(0.9, 0.999),
        eps=config.epsilon,
        fused=True,
    )


@torch.no_grad()
def _held_out_loss(model: VAE, cells: Cells, held: torch.Tensor, seed: int) -> float:
    model.eval()
    noise = torch.Generator(held.device).manual_seed(seed)  # the same draws each time, so that epochs compare
    total = 0.0
    for rows in held.split(model.config.batch):
        eps = torch.randn(len(rows), model.config.latent, generator=noise, device=held.device)
        reconstruction, kl = model.loss(cells.batch(rows), eps)
        total += float((reconstruction + model.config.beta * kl).sum())
    return total / len(held)


def _report(row: dict[str, float]) -> None:
    log.info(
        "epoch %d: training loss %.2f, held-out %.2f, reconstruction %.2f, KL %.2f, %.2f s",
        *(row[name] for name in ("epoch", "train_loss", "validation_loss", "reconstruction", "kl", "seconds")),
    )


class Trained(NamedTuple):
    """A trained network and what is needed to use it."""

    model: VAE
    genes: list[str]
    types: list[str]
    libraries: list[str]
    seed: int


def libraries(cells: pd.DataFrame) -> tuple[list[str], np.ndarray]:
    """Return the sorted names of the libraries in a table of cells, and each cell's position among them, (cells,).

    Without a column `batch` all cells are of one library, which has an empty name.
    """
    labels = cells["batch"].to_numpy(dtype=str) if "batch" in cells else np.full(len(cells), "")
    names, codes = np.unique(labels, return_inverse=True)
    return names.tolist(), codes


def save(trained: Trained, path: Path) -> None:
    """Write the network as tensors and plain values, without pickled classes."""
    torch.save(
        {
            "state_dict": {name: value.cpu() for name, value in trained.model.state_dict().items()},
            "configuration": dataclasses.asdict(trained.model.config),
            "genes": trained.genes,
            "cell_types": trained.types,
            "libraries": trained.libraries,
            "seed": trained.seed,
        },
        path,
    )


def load(path: Path) -> Trained:
    """Read what :func:`save` wrote, onto the CPU.

    Raises
    ------
    InputError
        If the file is not one of these.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        genes, types, names = saved["genes"], saved["cell_types"], saved["libraries"]
        model = VAE(len(genes), len(types), Configuration(**saved["configuration"]), len(names))
        model.load_state_dict(saved["state_dict"])
    except Exception as error:  # a foreign file can fail in any way inside the unpickler
        raise InputError(f"{path.name}: is not a network of this pipeline, train it anew") from error
    return Trained(model.eval(), genes, types, names, saved["seed"])
