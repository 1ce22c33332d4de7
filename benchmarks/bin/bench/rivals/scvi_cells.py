"""New cells by scVI (Lopez et al. 2018) in scvi-tools: its defaults, and the cell type as covariate of the decoder.

This module runs in the environment of scvi-tools (`make bench-tools tools=scvi`): ``python -m bench.rivals.scvi_cells
REFERENCE FOLDER SEED``. It makes as many new cells as the reference has, of the same types in the same order, in two
ways:

- ``posterior``: scvi-tools' own posterior predictive sample. A new cell keeps the latent position and the total of one
  cell of the reference.
- ``normal``: positions and totals are drawn from a normal distribution of each type. A new cell keeps nothing of any
  single cell.
"""

import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import scipy.sparse as sp

from . import latent_normal

LABELS = "cell_type"
POSTERIOR, NORMAL = "posterior", "normal"
WAYS = (POSTERIOR, NORMAL)
BLOCK = 128  # cells decoded at once


def main() -> None:
    """Train once, write the counts of each way as npz, cells × genes, and the seconds as JSON."""
    reference, folder, seed = ad.read_h5ad(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    model, codes, training = trained(reference, seed)
    told = {"training": training}
    ways: dict[str, Callable[[], sp.csr_matrix]] = {
        POSTERIOR: lambda: sp.csr_matrix(model.posterior_predictive_sample().to_scipy_sparse()),
        NORMAL: lambda: sp.vstack(list(of_no_cell(model, codes, np.random.default_rng(seed))), format="csr"),
    }
    for way in WAYS:
        began = time.process_time()
        sp.save_npz(folder / f"{way}.npz", ways[way]())
        told[way] = time.process_time() - began
    (folder / "seconds.json").write_text(json.dumps(told))


def trained(reference: ad.AnnData, seed: int):
    """Return the model, the codes of the cells' types, and the seconds of all processors that training took."""
    import scvi
    import sparse  # noqa: F401 - the posterior predictive sample needs it: its import is no part of the time

    scvi.settings.seed = seed
    codes = np.unique(reference.obs[LABELS].to_numpy(dtype=str), return_inverse=True)[1]
    cells = ad.AnnData(sp.csr_matrix(reference.layers["counts"], dtype=np.float32), reference.obs[[LABELS]].copy())
    cells.obs[LABELS] = cells.obs[LABELS].astype(str).astype("category")  # sorted, as the codes
    began = time.process_time()
    scvi.model.SCVI.setup_anndata(cells, categorical_covariate_keys=[LABELS])
    model = scvi.model.SCVI(cells)
    model.train(accelerator="cpu", enable_progress_bar=False)
    return model, codes, time.process_time() - began


def of_no_cell(model, codes: np.ndarray, rng: np.random.Generator) -> Iterator[sp.csr_matrix]:
    """Yield counts of new cells in blocks, from latent positions and totals that are drawn by type."""
    import torch

    means, variances = model.get_latent_representation(return_dist=True)
    totals = np.asarray(model.adata.X.sum(axis=1)).ravel()
    found, depths = latent_normal.positions(means, variances, totals, codes, rng)
    for rows in np.split(np.arange(len(codes)), range(BLOCK, len(codes), BLOCK)):
        with torch.inference_mode():
            made = model.module.generative(
                z=torch.as_tensor(found[rows], dtype=torch.float32),
                library=torch.as_tensor(np.log(depths[rows, None]), dtype=torch.float32),
                batch_index=torch.zeros(len(rows), 1, dtype=torch.int64),
                cat_covs=torch.as_tensor(codes[rows, None], dtype=torch.int64),
            )
            yield sp.csr_matrix(made["px"].sample().numpy())


if __name__ == "__main__":
    main()
