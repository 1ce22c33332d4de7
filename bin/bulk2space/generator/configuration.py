"""Form of the network and how it is trained."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Configuration:
    """Form of the network and how it is trained.

    Attributes
    ----------
    likelihood
        ``negative_binomial`` of counts; ``censored_gaussian`` of log values (a Gaussian of which all that lies below
        zero is a zero); ``gaussian`` of log values with unit variance, sampled without noise, as published.
    conditional
        Whether encoder and decoder are told the cell type, and the library where there are several.
    encoder, decoder
        Widths of the hidden layers.
    latent
        Number of dimensions of the latent position z.
    beta
        Weight of the KL divergence against the reconstruction (eq. 7).
    warm_up
        Number of epochs over which the weight of the KL divergence grows from 0 to `beta`.
    epochs
        Largest number of epochs.
    batch
        Number of cells per step of the optimiser, AdamW.
    learning_rate, weight_decay
        AdamW's, for the weights of the layers.
    dispersion_rate
        AdamW's learning rate for what the likelihood owns: dispersions and the libraries' shifts.
    epsilon
        AdamW's epsilon. A large one keeps rare genes, whose gradients are tiny, from full-sized steps on noise.
    held_out
        Proportion of each type's cells that early stopping watches; with 0 it watches the training loss.
    patience
        Number of epochs without a lower loss after which training stops.
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
PUBLISHED = Configuration(  # paper, Model configuration; the paper leaves the size of a batch open
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
