"""The option ``--device`` of the steps that can use a GPU."""

import argparse
import logging
from typing import TYPE_CHECKING

from .problems import InputError

if TYPE_CHECKING:
    import torch

log = logging.getLogger(__name__)

CPU, GPU = "cpu", "gpu"


def add_device(options: argparse.ArgumentParser) -> None:
    """Add ``--device`` to a script's options."""
    options.add_argument("--device", choices=[CPU, GPU], default=CPU, help="where to compute")


def gpu() -> "torch.device":
    """Return PyTorch's device of the GPU.

    Raises
    ------
    InputError
        If there is none.
    """
    import torch  # takes seconds, and the GPU alone needs it

    if not torch.cuda.is_available():
        raise InputError(
            "--device gpu: PyTorch sees no GPU on this machine, run where there is one or leave out the gpu profile"
        )
    log.info("works on the GPU %s", torch.cuda.get_device_name())
    return torch.device("cuda")
