"""Batches of training that fit into the memory of a GPU."""

import contextlib
import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import TypeVar

import torch

from ..contract import remarks
from ..contract.problems import InputError
from .configuration import Configuration

T = TypeVar("T")
log = logging.getLogger(__name__)

SMALLEST = 16  # cells of a batch: fewer train badly, and save little memory


def halved_until_it_fits(config: Configuration, train: Callable[[Configuration], T]) -> T:
    """Train; where the GPU's memory runs out, start again from the first epoch with batches of half the size.

    Parameters
    ----------
    config
        How to train.
    train
        Trains from the first epoch on, by the configuration that it is given.

    Raises
    ------
    InputError
        If batches of `SMALLEST` cells do not fit.
    """
    batch = config.batch
    while True:
        try:
            done = train(dataclasses.replace(config, batch=batch))
        except torch.OutOfMemoryError:
            done = None  # the error holds tensors: the memory is free after it is gone
        if done is not None:
            break
        torch.cuda.empty_cache()
        if batch // 2 < SMALLEST:
            raise InputError(_too_small(f"batches of {batch} cells"))
        batch //= 2
        log.info("the memory of the GPU has run out: training starts again with batches of %d cells", batch)
    if batch < config.batch:
        remarks.note(
            log,
            "smaller_batches",
            f"trained with {batch} cells per batch in place of {config.batch}, as the memory of the GPU is too small: "
            f"the network differs slightly from one of a larger GPU",
            batch=batch,
            intended=config.batch,
        )
    return done


@contextlib.contextmanager
def the_gpu_holds(thing: str) -> Iterator[None]:
    """Say in words that something does not fit into the memory of the GPU.

    Raises
    ------
    InputError
        If it does not.
    """
    try:
        yield
    except torch.OutOfMemoryError:
        raise InputError(_too_small(thing)) from None


def _too_small(thing: str) -> str:
    return (
        f"--device gpu: the memory of the GPU is too small for {thing}; end other programs that use the GPU, lower "
        f"--max_cells_per_type, or leave out the gpu profile"
    )
