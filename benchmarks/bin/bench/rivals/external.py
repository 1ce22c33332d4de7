"""The composition of spots or bulks by tools of other authors, used as their manuals say.

This module runs in the environment of a tool (`make bench-tools`). It therefore imports nothing of this project but a
module that needs NumPy and SciPy alone, and a tool only when that tool is asked for. Every tool for spots gets the
genes that reference and section share: counts where they are known, else expression per 10 000. Tools that need the
number of cells in a spot are told 10.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from . import poisson_lognormal

CELLS_PER_SPOT = 10
LABELS = "cell_type"
OWN_TABLES = "RCTD_Q_MATRICES"  # variable of the environment by which the package finds its tables
STEPS = 5000  # least number of steps of each of stereoscope's two models
BATCH = 128  # cells or spots of a step, scvi-tools' default


def rctd(reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Return RCTD's weights in full mode, as the paper ran it; types with few cells are kept."""
    from rctd import RCTDConfig, Reference, run_rctd

    os.environ.setdefault(OWN_TABLES, str(_likelihood(Path(sys.prefix, "q_matrices.npz"))))
    known = Reference(reference, cell_type_col=LABELS, cell_min=1)
    found = run_rctd(section, known, mode="full", config=RCTDConfig(device="cpu", compile=False))
    return pd.DataFrame(found.weights, section.obs_names[found.pixel_mask], found.cell_type_names)


def flashdeconv(reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Return FlashDeconv's proportions with Pearson residuals."""
    import flashdeconv as tool

    tool.tl.deconvolve(section, reference, cell_type_key=LABELS, preprocess="pearson")
    return pd.DataFrame(section.obsm["flashdeconv"], index=section.obs_names)


def tangram(reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Return the types of the cells that Tangram maps to each spot, by the mean profiles of types."""
    import tangram as tool

    tool.pp_adatas(reference, section, genes=None)
    mapped = tool.map_cells_to_space(reference, section, mode="clusters", cluster_label=LABELS, device="cpu")
    tool.project_cell_annotations(mapped, section, annotation=LABELS)
    return section.obsm["tangram_ct_pred"]


def cell2location(reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Return the 5 % quantile of cell2location's abundances, from the mean counts of the types."""
    from cell2location.cluster_averages.cluster_averages import compute_cluster_averages
    from cell2location.models import Cell2location

    means = compute_cluster_averages(reference, labels=LABELS, use_raw=False)
    Cell2location.setup_anndata(adata=section)
    model = Cell2location(section, cell_state_df=means, N_cells_per_location=CELLS_PER_SPOT, detection_alpha=20)
    model.train(max_epochs=30_000, batch_size=None, train_size=1)
    section = model.export_posterior(section, sample_kwargs={"num_samples": 1000, "batch_size": section.n_obs})
    return pd.DataFrame(section.obsm["q05_cell_abundance_w_sf"].to_numpy(), section.obs_names, list(means.columns))


def stereoscope(reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Return the proportions of stereoscope as in scvi-tools, by its own models, losses and learning rate.

    As scvi-tools starts it, the loadings of a spot begin near 1 and have to climb to its counts by 0.01 a step. Its
    default of 400 epochs ends long before, so that all spots look alike. Here the profiles of the types are multiplied
    by the mean counts of a spot. This changes no likelihood, only the unit of the loadings, which now end near 1.
    """
    from scvi.external import RNAStereoscope, SpatialStereoscope

    RNAStereoscope.setup_anndata(reference, labels_key=LABELS)
    known = RNAStereoscope(reference)
    known.train(max_epochs=_epochs(reference))
    weights, dispersion = known.module.get_params()
    profiles = np.logaddexp(0, weights) * section.X.sum(axis=1).mean()
    SpatialStereoscope.setup_anndata(section)
    types = known.adata_manager.get_state_registry("labels").categorical_mapping
    model = SpatialStereoscope(section, (_inverse_softplus(profiles), dispersion), types)
    model.train(max_epochs=_epochs(section))
    return model.get_proportions()


def rectangle(reference: ad.AnnData, bulk: ad.AnnData) -> pd.DataFrame:
    """Return Rectangle's proportions of bulk samples with its defaults."""
    from rectanglepy import rectangle as deconvolve

    per_million = pd.DataFrame(bulk.X.toarray() * 100, bulk.obs_names, bulk.var_names)
    return deconvolve(reference, per_million, cell_type_col=LABELS, n_cpus=1)[0].drop(
        columns="Unknown", errors="ignore"
    )


Tool = Callable[[ad.AnnData, ad.AnnData], pd.DataFrame]
TOOLS: dict[str, Tool] = {
    each.__name__: each for each in (rctd, flashdeconv, tangram, cell2location, stereoscope, rectangle)
}


def proportions(tool: str, reference: ad.AnnData, section: ad.AnnData) -> pd.DataFrame:
    """Run a tool; return a table `spot,cell_type,proportion` whose proportions sum to 1 in each spot."""
    reference.obs[LABELS] = reference.obs[LABELS].astype(str).astype("category")
    if tool == rectangle.__name__:  # takes both files whole
        return _long(rectangle(_measured(reference, reference.var_names), _measured(section, section.var_names)))
    shared = reference.var_names[reference.var_names.isin(section.var_names)]
    return _long(TOOLS[tool](_measured(reference, shared), _measured(section, shared)))


def _likelihood(path: Path) -> Path:
    """Return the file of RCTD's likelihood tables, which is made where it is missing."""
    if not path.exists():
        from rctd import RCTDConfig
        from rctd._likelihood import build_x_vals
        from rctd._sigma import SIGMA_ALL

        part = path.with_name(f"{path.stem}.{os.getpid()}.npz")
        np.savez(part, **poisson_lognormal.tables(build_x_vals(), SIGMA_ALL, RCTDConfig().K_val))
        part.replace(path)
    return path


def _epochs(table: ad.AnnData) -> int:
    """Return how many epochs of the default batches make the least number of steps, at least scvi-tools' 400."""
    return max(400, -(-STEPS // -(-table.n_obs // BATCH)))


def _inverse_softplus(values: np.ndarray) -> np.ndarray:
    """Return what softplus turns into the values, which are above 0, in single precision."""
    return (values + np.log(-np.expm1(-np.maximum(values, 1e-30)))).astype(np.float32)


def _measured(table: ad.AnnData, genes: pd.Index) -> ad.AnnData:
    """Return counts, or expression per 10 000, of some genes, with labels and locations and nothing else."""
    table = table[:, genes]
    values = table.layers["counts"] if "counts" in table.layers else sp.csr_matrix(table.X).expm1()
    obsm = {"spatial": np.asarray(table.obsm["spatial"])} if "spatial" in table.obsm else {}
    return ad.AnnData(sp.csr_matrix(values, dtype=np.float32), table.obs.copy(), table.var[[]], obsm=obsm)


def _long(found: pd.DataFrame) -> pd.DataFrame:
    """Return spots × types as a long table, scaled so that the proportions of each spot sum to 1."""
    found = found.clip(lower=0)
    found = found.div(found.sum(axis=1), axis=0).fillna(0.0)
    long = found.rename_axis("spot").reset_index()
    return long.melt("spot", var_name="cell_type", value_name="proportion")
