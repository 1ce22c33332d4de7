"""The cells of a bulk's samples: how many of each type, and from which source cells."""

import logging

import anndata as ad
import pandas as pd

from ..contract import seeds
from ..contract.expression import shared_genes
from ..contract.keys import Parameters, Uns
from ..contract.problems import InputError
from ..contract.tables import of_column
from ..contract.task_samples import TaskSample
from ..numerics.scaling import normalize_total
from .calibrate import Calibrator
from .cell_numbers import whole_cells
from .checkpoint import Trained
from .generate import CellGenerator
from .sources import report_sources

log = logging.getLogger(__name__)

LIMITS = "generated cells of one source cell are no replicates: do not count them as such in a test between samples"
SCALED = "X is scaled to 10 000 over all genes of the network, not only those written"
NOT_SCALED = "X holds log values as the network draws them; a cell's expression does not sum to 10 000"


class SampleGenerator:
    """The cells of a bulk's samples; what the samples share is made once.

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
    calibrated
        Whether the bulk chooses the source cells.
    seed
        Seed of the run.
    """

    def __init__(
        self,
        trained: Trained,
        reference: ad.AnnData,
        bulk: ad.AnnData,
        estimates: pd.DataFrame,
        *,
        calibrated: bool,
        seed: int,
    ):
        self.estimates, self.columns, self.seed = estimates, bulk.obs_names, seed
        genes = shared_genes(reference, bulk)
        log.info(
            "%d genes shared by the reference's %d and the bulk's %d are written",
            len(genes), reference.n_vars, bulk.n_vars,
        )  # fmt: skip
        self.generator = CellGenerator(trained, reference, genes)
        self.calibrator = _calibrator(reference, bulk, genes, estimates) if calibrated else None

    def generate(self, sample: TaskSample, of_section: pd.Series | None = None) -> tuple[ad.AnnData, pd.DataFrame]:
        """Generate whole cells of each type by a sample's proportions.

        Parameters
        ----------
        sample
            The sample.
        of_section
            Proportion of each type, by its name, in the sample's section of spots; None without one.

        Returns
        -------
        The cells, with the parameters of this step in `uns`, and the table ``PROPORTIONS`` of the sample.
        """
        table = _proportions(self.estimates, sample, of_section)
        found = None
        if self.calibrator is not None:
            row = self.columns.get_loc(sample.bulk_column)
            found = self.calibrator.calibrate(row, seed=seeds.integer(self.seed, "calibrate"))
        cells = self.generator.generate(
            dict(zip(table["cell_type"], table["n_cells"].tolist(), strict=True)),
            rng=seeds.generator(self.seed, "generate_cells", sample.id),
            sample=sample.id,
            weights=None if found is None else found.weights,
        )
        config = self.generator.trained.model.config
        cells.uns[Uns.PARAMETERS] = {
            "sample": sample.id,
            "seed": self.seed,
            "likelihood": config.likelihood,
            "beta": config.beta,
            Parameters.LIMITS: LIMITS,
            "library": SCALED if self.generator.counts else NOT_SCALED,
        }
        report_sources(cells.obs)
        if found is not None:
            cells.uns[Uns.CALIBRATION] = found.record(self.generator.names)
        return cells, table


def _proportions(estimates: pd.DataFrame, sample: TaskSample, of_section: pd.Series | None) -> pd.DataFrame:
    """Return the sample's own proportions with the number of cells of each type."""
    if sample.n_cells < 1:
        raise InputError(f"{sample.id}: {sample.n_cells} is not a positive number of cells")
    table = of_column(estimates, sample.bulk_column).drop(columns="residual")
    shown = None if of_section is None else of_section.reindex(table["cell_type"], fill_value=0.0).to_numpy()
    numbers = whole_cells(table["proportion"].to_numpy(), table["ci_high"].to_numpy(), sample.n_cells, shown)
    log.info("%s: cells per type: %s", sample.id, dict(zip(table["cell_type"], numbers.tolist(), strict=True)))
    return table.assign(sample=sample.id, n_cells=numbers)


def _calibrator(reference: ad.AnnData, bulk: ad.AnnData, genes: list[str], estimates: pd.DataFrame) -> Calibrator:
    """Return what weights the reference's cells; the bulk's samples together show what its platform does to genes."""
    fractions = estimates.pivot(index="sample", columns="cell_type", values="rna_fraction").loc[bulk.obs_names]
    expression = normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)].toarray().astype(float)
    return Calibrator(reference, genes, expression, fractions.sort_index(axis=1).to_numpy())
