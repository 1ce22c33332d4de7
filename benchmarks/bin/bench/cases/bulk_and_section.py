"""Files of a simulated study: a reference, a section of one tissue, and bulks of others; all cells are known."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obs, Obsm
from bulk2space.numerics.scaling import log_normalize

from . import tissues
from .placed import Placed, spot_sums
from .tissues import SPOTS, TYPES

SPREAD_OF_GENE_FACTORS = 0.4  # standard deviation of the log factor of a gene, in the bulk and in the section
CAPTURE = 0.3  # expected proportion of a cell's molecules that a spot sees


class Study:
    """One split of real cells into a reference and tissues, and the files that the pipeline reads.

    Bulk and section multiply each gene by a factor of their own, as two laboratories would.

    Parameters
    ----------
    cells
        Real cells with counts in `X` and their kind in `obs['cell_type']`.
    seed
        Seed of the split, the tissues and the measurements.
    folder
        Where reference.h5ad, bulk.h5ad and section.h5ad are written.

    Attributes
    ----------
    kinds, counts, genes, names
        Kind, counts and name of each reference cell, and the names of the genes.
    truth
        The cells of each scenario's tissue in their spots.
    rng
        Random generator, after the files were made.
    """

    def __init__(self, cells: ad.AnnData, seed: int, folder: Path):
        self.folder, self.rng = folder, np.random.default_rng(seed)
        counts, kinds = sp.csr_matrix(cells.X, dtype=np.float32), cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        known, held_out = tissues.halves(kinds, self.rng)
        self.kinds, self.counts, self.genes = kinds[known], counts[known], cells.var_names
        self.names = pd.Index([f"r{n}" for n in range(len(known))])
        places = tissues.lattice()
        layout = tissues.Layout(places, self.rng)

        def drawn(shift: tuple[dict, dict]) -> Placed:
            made = tissues.tissue(layout.numbers(*shift), kinds[held_out], self.rng)
            return Placed(made.spot, kinds[held_out][made.cell], counts[held_out][made.cell])

        self.truth = {name: drawn(shift) for name, shift in tissues.SCENARIOS.items()}
        company = [drawn(shift) for shift in tissues.COMPANY.values()]
        samples = [*tissues.SCENARIOS, *tissues.COMPANY]
        sums = np.array([tissue.counts.sum(axis=0).A1 for tissue in [*self.truth.values(), *company]])
        self._write("bulk", self._measured(sums), pd.DataFrame(index=samples))
        of_section = drawn(({}, {}))
        seen = CAPTURE * spot_sums(of_section.spot, of_section.counts, SPOTS).toarray()
        self._write("section", self._measured(seen), pd.DataFrame(index=[f"s{n}" for n in range(SPOTS)]), places)
        self._write("reference", self.counts, pd.DataFrame({Obs.CELL_TYPE: self.types}, index=self.names))

    @property
    def types(self) -> np.ndarray:
        """Type of each reference cell, (cells,), all that the pipeline is told."""
        return np.array([TYPES[kind] for kind in self.kinds])

    def _measured(self, expected: np.ndarray) -> sp.csr_matrix:
        """Return Poisson counts of expected ones, observations × genes, after multiplying each gene by its factor."""
        factors = np.exp(self.rng.normal(0, SPREAD_OF_GENE_FACTORS, expected.shape[1]))
        return sp.csr_matrix(self.rng.poisson(expected * factors).astype(np.float32))

    def _write(self, name: str, counts: sp.csr_matrix, obs: pd.DataFrame, places: np.ndarray | None = None) -> None:
        """Write a file as the pipeline's normalisation does: a bulk linear, others as logarithms beside counts."""
        made = ad.AnnData(
            counts if name == "bulk" else log_normalize(counts), obs=obs, var=pd.DataFrame(index=self.genes)
        )
        if name != "bulk":
            made.layers[Layers.COUNTS] = counts
        if places is not None:
            made.obsm[Obsm.SPATIAL] = places
        write_h5ad(made, self.folder / f"{name}.h5ad")
