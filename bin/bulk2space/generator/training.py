"""Training of the network with early stopping."""

import logging
import math
import time
from typing import Any

import numpy as np
import torch

from ..contract import remarks
from ..contract.device import CPU, gpu
from ..contract.problems import InputError
from ..contract.progress import in_words
from .configuration import Configuration
from .data import Cells, split
from .network import VAE

log = logging.getLogger(__name__)

ADAMW_BETAS = (0.9, 0.999)  # paper, Model configuration
LOGGED_EPOCHS = 10  # the first ten epochs are logged, then every tenth


def device(name: str) -> torch.device:
    """Return the device called ``cpu`` or ``gpu``.

    Raises
    ------
    InputError
        If a GPU is asked for and there is none.
    """
    if name == CPU:
        log.info("training on the CPU with %d threads", torch.get_num_threads())
        return torch.device("cpu")
    place = gpu()
    torch.set_float32_matmul_precision("high")
    return place


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
        Form of the network and how it is trained.
    seed
        Seed of weights, order and noise.
    n_libraries
        Number of libraries.
    minutes
        Time after which no further epoch begins.

    Returns
    -------
    The network with the weights of its best epoch, and one row per epoch of `epoch`, `train_loss`, `validation_loss`
    (with the whole `beta` from the first epoch on; empty without held-out cells), `reconstruction`, `kl` (both of
    training cells) and `seconds`.
    """
    place = cells.value.device
    torch.manual_seed(seed)
    model = VAE(cells.n_genes, n_types, config, n_libraries).to(place)
    rng = np.random.default_rng(seed)
    parts = split(cells.type.cpu().numpy(), config.held_out, rng)
    training, held = (torch.as_tensor(rows, device=place) for rows in parts)
    log.info("%d cells to train on, %d held out, %d genes", len(training), len(held), cells.n_genes)
    model.likelihood.start_from(cells, training)
    optimiser, noise = _optimiser(model), torch.Generator(place).manual_seed(seed)

    history, best = [], _Best()
    for epoch in range(1, config.epochs + 1):
        began = time.perf_counter()
        order = training[torch.as_tensor(rng.permutation(len(training)), device=place)]
        reconstruction, kl = _train_once(model, optimiser, cells, order, _kl_weight(config, epoch), noise)
        train_loss = reconstruction + config.beta * kl
        validation = held_out_loss(model, cells, held, seed) if len(held) else math.nan
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
        best.see(epoch, validation if len(held) else train_loss, model)
        _report(history, config)
        if _is_over(history, best, config, minutes):
            break
    model.load_state_dict(best.weights)
    seconds = sum(row["seconds"] for row in history)
    log.info("kept epoch %d of %d, loss %.2f, %.1f s in all", best.epoch, len(history), best.loss, seconds)
    return model.eval(), history


class _Best:
    """The epoch of the lowest loss so far, with its weights."""

    def __init__(self) -> None:
        self.epoch, self.loss = 0, math.inf
        self.weights: dict[str, torch.Tensor] = {}

    def see(self, epoch: int, loss: float, model: VAE) -> None:
        """Keep this epoch if it is better than all before."""
        if not math.isfinite(loss):
            raise InputError(f"training diverged in epoch {epoch}: check the reference's values, or lower --vae_beta")
        if loss < self.loss:
            self.epoch, self.loss = epoch, loss
            self.weights = {name: value.clone() for name, value in model.state_dict().items()}


def _is_over(history: list[dict[str, float]], best: _Best, config: Configuration, minutes: float) -> bool:
    """Tell whether training ends after this epoch, and say why if it ends early."""
    epoch = len(history)
    if epoch - best.epoch >= config.patience:
        log.info("stopped: the loss has not gone down for %d epochs", config.patience)
        return True
    if sum(row["seconds"] for row in history) > 60 * minutes and epoch < config.epochs:
        remarks.warn(
            log,
            "training_cut_short",
            f"stopped after {epoch} epochs, when {minutes:g} minutes were over; with more time the loss may fall "
            f"further",
            epochs=epoch,
            minutes=minutes,
        )
        return True
    return False


def _kl_weight(config: Configuration, epoch: int) -> float:
    """Return the weight of the KL term in this epoch: it grows to `beta` over the warm-up."""
    return config.beta * min(1.0, epoch / config.warm_up) if config.warm_up else config.beta


def _optimiser(model: VAE) -> torch.optim.AdamW:
    """Return AdamW; the likelihood's parameters, one number per gene and seen by every cell, have their own rate."""
    config = model.config
    network = [value for name, value in model.named_parameters() if not name.startswith("likelihood.")]
    of_genes = list(model.likelihood.parameters())
    groups: list[dict[str, Any]] = [
        {"params": network},
        {"params": of_genes, "lr": config.dispersion_rate, "weight_decay": 0.0},
    ]
    return torch.optim.AdamW(
        groups,
        lr=config.learning_rate,
        weight_decay=config.weight_decay,
        betas=ADAMW_BETAS,
        eps=config.epsilon,
        fused=True,
    )


def _train_once(
    model: VAE, optimiser: torch.optim.AdamW, cells: Cells, order: torch.Tensor, beta: float, noise: torch.Generator
) -> tuple[float, float]:
    """Take one step per batch over the cells in this order; return mean reconstruction term and KL divergence."""
    model.train()
    parts = torch.zeros(2, device=order.device)
    for rows in order.split(model.config.batch):
        eps = torch.randn(len(rows), model.config.latent, generator=noise, device=order.device)  # batch × latent
        reconstruction, kl = model.loss(cells.batch(rows), eps)  # (batch,), each
        optimiser.zero_grad(set_to_none=True)
        ((reconstruction + beta * kl).mean() + model.likelihood.penalty() / len(order)).backward()
        optimiser.step()
        parts += torch.stack([reconstruction.sum(), kl.sum()]).detach()
    reconstruction, kl = (parts / len(order)).tolist()
    return reconstruction, kl


@torch.no_grad()
def held_out_loss(model: VAE, cells: Cells, held: torch.Tensor, seed: int) -> float:
    """Return the mean loss of held-out cells; each call takes the same draws of z, so that epochs compare."""
    model.eval()
    noise = torch.Generator(held.device).manual_seed(seed)
    total = 0.0
    for rows in held.split(model.config.batch):
        eps = torch.randn(len(rows), model.config.latent, generator=noise, device=held.device)  # batch × latent
        reconstruction, kl = model.loss(cells.batch(rows), eps)  # (batch,), each
        total += float((reconstruction + model.config.beta * kl).sum())
    return total / len(held)


def _report(history: list[dict[str, float]], config: Configuration) -> None:
    """Log some of the epochs, and how long training takes where it does not stop early."""
    row = history[-1]
    if row["epoch"] <= LOGGED_EPOCHS or row["epoch"] % LOGGED_EPOCHS == 0:
        left = float(np.mean([one["seconds"] for one in history])) * (config.epochs - len(history))
        log.info(
            "epoch %d of at most %d: training loss %.2f, held-out %.2f, reconstruction %.2f, KL %.2f; at most %s left",
            row["epoch"], config.epochs,
            *(row[name] for name in ("train_loss", "validation_loss", "reconstruction", "kl")),
            in_words(left),
        )  # fmt: skip
