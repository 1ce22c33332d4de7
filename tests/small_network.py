"""A small network and counts to train it on."""

import dataclasses

import numpy as np
import scipy.sparse as sp
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.data import Cells
from bulk2space.generator.training import train

SMALL = dataclasses.replace(COUNTS, encoder=(16,), decoder=(16,), latent=3, epochs=6, batch=32)


def data(seed=0, n=160, genes=40):
    """Counts of two types, each with two hidden states; matrix, type codes."""
    rng = np.random.default_rng(seed)
    codes, state = np.arange(n) % 2, (np.arange(n) // 2) % 2
    rates = rng.gamma(0.6, 2.0, (2, genes))
    shift = np.exp(np.outer(state - 0.5, np.where(np.arange(genes) < 10, 2.0, 0.0)))
    return sp.csr_matrix(rng.poisson(rates[codes] * shift).astype(np.float32)), codes


def trained(config=SMALL, seed=3, n=160):
    matrix, codes = data(n=n)
    if config.likelihood != "negative_binomial":
        matrix = matrix.log1p()
    cells = Cells.from_csr(matrix, codes)
    model, history = train(cells, 2, config, seed=seed)
    return cells, model, history


def libraries(seed=0, n=900, genes=60):
    """Counts of two libraries, each gene's by a factor apart, in which two types have different proportions.

    Returns the matrix, codes of type and library, and the log factors of the second library.
    """
    rng = np.random.default_rng(seed)
    library = np.arange(n) % 2
    codes = (rng.random(n) < np.array([0.2, 0.8])[library]).astype(int)
    shift = rng.normal(0, 1, genes)
    rates = rng.gamma(0.6, 2.0, (2, genes))[codes] * np.exp(shift * library[:, None])
    return sp.csr_matrix(rng.poisson(rates).astype(np.float32)), codes, library, shift
