"""One ``--seed`` for the run, an independent random stream for each step and sample."""

import hashlib

import numpy as np


def integer(seed: int, *names: str) -> int:
    """Return a 32-bit seed that depends on the run's seed and every name, and on nothing else."""
    text = "\x1f".join([str(seed), *names])
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "little")


def generator(seed: int, *names: str) -> np.random.Generator:
    """Return the random generator of the step and sample called ``names``."""
    return np.random.default_rng(integer(seed, *names))
