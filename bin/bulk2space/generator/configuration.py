"""Form of the network and how it is trained."""

import dataclasses


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
