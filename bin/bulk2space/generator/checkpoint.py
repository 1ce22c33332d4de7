"""A trained network with its genes, types and libraries, as a file."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import torch

from ..contract.problems import InputError
from ..contract.remarks import Remark, as_records, from_records
from .configuration import Configuration
from .network import VAE


class Trained(NamedTuple):
    """A trained network and what is needed to use it.

    Attributes
    ----------
    model
        The network.
    genes, types, libraries
        Names in the order of its codes.
    seed
        Seed of the run that trained it.
    remarks
        What training has to say to readers of a report on cells from this network.
    """

    model: VAE
    genes: list[str]
    types: list[str]
    libraries: list[str]
    seed: int
    remarks: tuple[Remark, ...] = ()


def save(trained: Trained, path: Path) -> None:
    """Write the network as tensors and plain values, without pickled classes."""
    torch.save(
        {
            "state_dict": {name: value.cpu() for name, value in trained.model.state_dict().items()},
            "configuration": dataclasses.asdict(trained.model.config),
            "genes": trained.genes,
            "cell_types": trained.types,
            "libraries": trained.libraries,
            "seed": trained.seed,
            "remarks": as_records(trained.remarks),
        },
        path,
    )


def load(path: Path) -> Trained:
    """Read what :func:`save` wrote, onto the CPU.

    Raises
    ------
    InputError
        If the file is not one of these.
    """
    try:
        saved = torch.load(path, map_location="cpu", weights_only=True)
        genes, types, names = saved["genes"], saved["cell_types"], saved["libraries"]
        model = VAE(len(genes), len(types), Configuration(**saved["configuration"]), len(names))
        model.load_state_dict(saved["state_dict"])
        remarks = tuple(from_records(saved["remarks"]))
    except Exception as error:  # a foreign file can fail in any way inside the unpickler
        raise InputError(f"{path.name}: is not a network of this pipeline, train it anew") from error
    return Trained(model.eval(), genes, types, names, saved["seed"], remarks)
