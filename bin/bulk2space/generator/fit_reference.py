"""From a reference to its trained network."""

import dataclasses
import logging
import math

import anndata as ad
import pandas as pd
import torch

from ..contract import seeds
from .batches import halved_until_it_fits, the_gpu_holds
from .checkpoint import Trained
from .configuration import Configuration
from .prepare import training_cells
from .training import train

log = logging.getLogger(__name__)


def fit_reference(
    reference: ad.AnnData,
    config: Configuration,
    *,
    seed: int,
    device: torch.device,
    minutes: float = math.inf,
) -> tuple[Trained, pd.DataFrame]:
    """Train a network on a reference's cells.

    Parameters
    ----------
    reference
        Cells with `obs['cell_type']`, with several libraries `obs['batch']`, `X` in log values and, for a likelihood of
        counts, `layers['counts']`.
    config
        Form of the network and how it is trained.
    seed
        Seed of the run.
    device
        Where to train.
    minutes
        Time after which no further epoch begins.

    Returns
    -------
    The network, and its history with one row per epoch: the columns of `training.csv`.

    Raises
    ------
    InputError
        If the GPU has too little memory.
    """
    with the_gpu_holds("the cells of the reference"):
        given = training_cells(reference, config, device)
    log.info("network: %s", dataclasses.asdict(config))
    model, history = halved_until_it_fits(
        config,
        lambda config: train(
            given.cells,
            len(given.types),
            config,
            seed=seeds.integer(seed, "train_vae"),
            n_libraries=len(given.libraries),
            minutes=minutes,
        ),
    )
    return Trained(model, given.genes, given.types, given.libraries, seed), pd.DataFrame(history)
