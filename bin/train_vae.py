#!/usr/bin/env python3
"""Train the β-VAE on the cells of a reference."""

import math
from pathlib import Path

import torch
from bulk2space.contract import tables
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.device import CPU, add_device
from bulk2space.contract.io import read_h5ad
from bulk2space.generator.checkpoint import save
from bulk2space.generator.configuration import PRESETS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.prepare import configuration
from bulk2space.generator.training import device


def main() -> None:
    """Read the reference, train, write the network and its history."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--model", choices=list(PRESETS), default="counts", help="form of the network")
    options.add_argument("--epochs", type=int, help="largest number of epochs (default: the model's own)")
    options.add_argument("--beta", type=float, help="weight of the KL divergence (default: the model's own)")
    options.add_argument("--minutes", type=float, default=math.inf, help="begin no epoch after this time")
    add_device(options)
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="vae.pt")
    options.add_argument("--history", type=Path, required=True, help="training.csv")
    args = options.parse_args()

    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(args.device == CPU)  # threads would add up gradients in any order
    place = device(args.device)
    reference = read_h5ad(args.reference)
    config = configuration(args.model, reference, epochs=args.epochs, beta=args.beta)
    trained, history = fit_reference(reference, config, seed=args.seed, device=place, minutes=args.minutes)
    save(trained._replace(remarks=tuple(collected(args.reference.stem))), args.output)
    tables.TRAINING.write(history, args.history)


if __name__ == "__main__":
    run(main)
