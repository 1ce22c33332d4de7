"""A trained network with its genes, types and libraries, as a file."""

import dataclasses
from pathlib import Path
from typing import NamedTuple

import torch

from ..contract.own_files import reading
from ..contract.remarks import Remark, as_records, from_records
from ..contract.whole_files import whole
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
    values = {
        "state_dict": {name: value.cpu() for name, value in trained.model.state_dict().items()},
        "configuration": dataclasses.asdict(trained.model.config),
        "genes": trained.genes,
        "cell_types": trained.types,
        "libraries": trained.libraries,
        "seed": trained.seed,
        "remarks": as_records(trained.remarks),
    }
    with whole(path) as partial:
        torch.save(values, partial)


def load(path: Path) -> Trained:
    """Read what :func:`save` wrote, onto the CPU.

    Raises
    ------
    InputError
        If the file is not one of these, or was damaged since.
    """
    with reading(path):
        saved = torch.load(path, map_location="cpu", weights_only=True)
        genes, types, names = saved["genes"], saved["cell_types"], saved["libraries"]
        model = VAE(len(genes), len(types), Configuration(**saved["configuration"]), len(names))
        model.load_state_dict(saved["state_dict"])
        remarks = tuple(from_records(saved["remarks"]))
    return Trained(model.eval(), genes, types, names, saved["seed"], remarks)
