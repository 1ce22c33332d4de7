"""A trained network whose latent vectors are disturbed."""

import math

import torch
from bulk2space.generator.data import Batch
from bulk2space.generator.network import VAE

PRIOR = "prior"


def perturb(model: VAE, level: str) -> None:
    """Change how a network encodes cells.

    Parameters
    ----------
    model
        Trained network, changed in place.
    level
        ``prior`` draws latent vectors from the prior in place of the posterior. A number multiplies the posterior's
        standard deviation.
    """
    encode = model.encode

    def scaled(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        mu, log_variance = encode(batch)
        return mu, log_variance + 2 * math.log(float(level)) if float(level) else torch.full_like(mu, -math.inf)

    def prior(batch: Batch) -> tuple[torch.Tensor, torch.Tensor]:
        mu, _ = encode(batch)
        return torch.zeros_like(mu), torch.zeros_like(mu)

    model.encode = prior if level == PRIOR else scaled
