"""Training of the network with early stopping."""

import logging
import math
import time

import numpy as np
import torch

from ..contract.problems import InputError
from .configuration import Configuration
from .data import Cells, split
from .network import VAE

log = logging.getLogger(__name__)


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
