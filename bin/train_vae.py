#!/usr/bin/env python3
"""Train the beta-VAE on the cells of a reference."""

import dataclasses
import logging
import math
from pathlib import Path

import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract import seeds, tables
from bulk2space.contract.command import parser, run
from bulk2space.contract.expression import has_counts
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator.checkpoint import Trained, save
from bulk2space.generator.configuration import PRESETS
from bulk2space.generator.data import Cells, library_codes
from bulk2space.generator.training import device, train

log = logging.getLogger("train_vae")

MIN_CELLS = 3  # a gene seen in fewer cells says nothing that could be learned


def main() -> None:
    """Read the reference, train, write the network and its history."""
    options = parser(__doc__)
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--model", choices=list(PRESETS), default="counts", help="form of the network")
    options.add_argument("--epochs", type=int, help="largest number of epochs (default: the model's own)")
    options.add_argument("--beta", type=float, help="weight of the KL term (default: the model's own)")
    options.add_argument("--minutes", type=float, default=math.inf, help="begin no epoch after so long")
    options.add_argument("--device", choices=["cpu", "gpu"], default="cpu", help="where to train")
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="vae.pt")
    options.add_argument("--history", type=Path, required=True, help="training.csv")
    args = options.parse_args()

    torch.set_num_threads(args.threads)
    torch.use_deterministic_algorithms(args.device == "cpu")  # threads would add up gradients in any order
    place = device(args.device)
    reference = read_h5ad(args.reference)
    config = PRESETS[args.model]
    if config.likelihood == "negative_binomial" and not has_counts(reference):
        log.warning("the reference has no counts: a Gaussian likelihood on its log values is trained instead")
        config = dataclasses.replace(config, likelihood="censored_gaussian")
    asked = {"epochs": args.epochs, "beta": args.beta}
    config = dataclasses.replace(config, **{name: value for name, value in asked.items() if value is not None})
    counts = config.likelihood == "negative_binomial"
    matrix = sp.csr_matrix(reference.layers[Layers.COUNTS] if counts else reference.X, dtype=np.float32)
    matrix.eliminate_zeros()

    seen = np.asarray(matrix.astype(bool).sum(axis=0)).ravel() >= MIN_CELLS
    log.info("%d genes seen in fewer than %d cells are left out of training", (~seen).sum(), MIN_CELLS)
    matrix = matrix[:, np.flatnonzero(seen)]
    types, codes = np.unique(reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), return_inverse=True)
    libraries, library = library_codes(reference.obs)
    if len(libraries) > 1:
        sizes = dict(zip(libraries, np.bincount(library).tolist(), strict=True))
        log.info("%d libraries, cells in each: %s", len(libraries), sizes)
    filled = np.diff(matrix.indptr) > 0
    if not filled.all():
        log.warning("%d cells without any count in these genes are left out of training", (~filled).sum())
    cells = Cells.from_csr(matrix[np.flatnonzero(filled)], codes[filled], library[filled], place)

    log.info("model %s: %s", args.model, dataclasses.asdict(config))
    seed = seeds.integer(args.seed, "train_vae")
    model, history = train(cells, len(types), config, seed=seed, n_libraries=len(libraries), minutes=args.minutes)
    genes = reference.var_names[seen].tolist()
    save(Trained(model, genes, types.tolist(), libraries, args.seed), args.output)
    tables.TRAINING.write(pd.DataFrame(history), args.history)


if __name__ == "__main__":
    run(main)
