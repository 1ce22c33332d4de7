"""The cells of one bulk sample: how many of each type, and from which source cells."""

import logging

import anndata as ad
import pandas as pd

from ..contract import seeds
from ..contract.expression import shared_genes
from ..contract.keys import Parameters, Uns
from ..contract.problems import InputError
from ..numerics.scaling import normalize_total
from .calibrate import Calibration, calibrate
from .cell_numbers import whole_cells
from .checkpoint import Trained
from .generate import generate
from .sources import report_sources

log = logging.getLogger(__name__)

LIMITS = "generated cells of one source cell are no replicates: do not count them as such in a test between samples"


def generate_sample(
    trained: Trained,
    reference: ad.AnnData,
    bulk: ad.AnnData,
    estimates: pd.DataFrame,
    *,
    column: str,
    sample: str,
    n_cells: int,
    calibrated: bool,
    seed: int,
) -> tuple[ad.AnnData, pd.DataFrame]:
    """Generate whole cells of each type by a sample's proportions.

    Parameters
    ----------
    trained
        The network.
    reference
        The cells that it was trained on.
    bulk
        All samples of the bulk, in linear values.
    estimates
        Proportions of all samples of the bulk: the table ``ESTIMATES``.
    column
        Name of the sample in the bulk.
    sample
        Name of the sample in the results.
    n_cells
        Number of cells.
    calibrated
        Whether the bulk chooses the source cells.
    seed
        Seed of the run.

    Returns
    -------
    The cells, with the parameters of this step in `uns`, and the table ``PROPORTIONS`` of the sample.
    """
    table = _proportions(estimates, column, sample, n_cells)
    genes = shared_genes(reference, bulk)
    log.info(
        "%d genes shared by the reference's %d and the bulk's %d are written", len(genes), reference.n_vars, bulk.n_vars
    )
    found = _calibration(reference, bulk, genes, estimates, column, seed) if calibrated else None
    cells = generate(
        trained,
        reference,
        dict(zip(table["cell_type"], table["n_cells"].tolist(), strict=True)),
        rng=seeds.generator(seed, "generate_cells", sample),
        genes=genes,
        sample=sample,
        weights=None if found is None else found.weights,
    )
    cells.uns[Uns.PARAMETERS] = {
        "sample": sample,
        "seed": seed,
        "likelihood": trained.model.config.likelihood,
        "beta": trained.model.config.beta,
        Parameters.LIMITS: LIMITS,
        "library": "X is scaled to 10 000 over all genes of the network, not only those written",
    }
    report_sources(cells.obs)
    if found is not None:
        cells.uns[Uns.CALIBRATION] = found.record(reference.obs_names)
    return cells, table


def _proportions(estimates: pd.DataFrame, column: str, sample: str, n_cells: int) -> pd.DataFrame:
    """Return the sample's own proportions with the number of cells of each type."""
    if n_cells < 1:
        raise InputError(f"--cells {n_cells}: is not a positive number of cells")
    table = estimates[estimates["sample"] == column].reset_index(drop=True).drop(columns="residual")
    numbers = whole_cells(table["proportion"].to_numpy(), table["ci_high"].to_numpy(), n_cells)
    log.info("cells per type: %s", dict(zip(table["cell_type"], numbers.tolist(), strict=True)))
    return table.assign(sample=sample, n_cells=numbers)


def _calibration(
    reference: ad.AnnData, bulk: ad.AnnData, genes: list[str], estimates: pd.DataFrame, column: str, seed: int
) -> Calibration:
    """Weight the reference's cells for one sample; the bulk's other samples show what its platform does to genes."""
    fractions = estimates.pivot(index="sample", columns="cell_type", values="rna_fraction").loc[bulk.obs_names]
    expression = normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)].toarray().astype(float)
    return calibrate(
        reference,
        genes,
        expression,
        fractions.sort_index(axis=1).to_numpy(),
        bulk.obs_names.get_loc(column),
        seed=seeds.integer(seed, "calibrate"),
    )
