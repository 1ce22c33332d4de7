"""Measured values of a section's genes: where they are not zero, as counts where the section has counts."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ...contract.stored import COUNTS, LOGS, Stored
from ...numerics.scaling import totals
from .content import Content
from .packing import packed, packed_gaps, parts_of

LARGEST_TOTAL = np.iinfo(np.uint32).max


class Measured:
    """Values of some genes of a section, gene by gene.

    Counts with the total of each place, from which the page makes log values, need far less room than these.

    Parameters
    ----------
    section
        The section as measured.
    genes
        Genes to read; those that it lacks have no values.
    """

    def __init__(self, section: Stored, genes: list[str]):
        self._column = {gene: at for at, gene in enumerate(gene for gene in genes if gene in section.var_names)}
        self._logs = sp.csc_matrix(section.columns(LOGS, list(self._column)))
        self._counts, self._totals = None, np.zeros(0)
        if section.has_counts:
            self._counts = sp.csc_matrix(section.columns(COUNTS, list(self._column)))
            self._totals = np.concatenate([totals(values) for _, values in section.blocks(COUNTS)])

    def add_totals(self, content: Content) -> None:
        """Add the total count of each place, where the section has counts."""
        if self._counts is not None:
            content.arrays["totals"] = packed(np.minimum(self._totals, LARGEST_TOTAL).astype(np.uint32))

    def of(self, gene: str, number: int) -> tuple[dict[str, Any], dict[str, str]]:
        """Return what the page says of a gene's values, and their arrays; both empty for a gene that is not measured.

        Parameters
        ----------
        gene
            Its name.
        number
            Its number on the page.
        """
        if gene not in self._column:
            return {}, {}
        logs = self._logs[:, [self._column[gene]]].sorted_indices()
        largest = float(logs.data.max(initial=0))
        if self._counts is None:
            rows, values = logs.indices, parts_of(logs.data, largest)
        else:
            counts = self._counts[:, [self._column[gene]]].sorted_indices()
            rows = counts.indices
            values = counts.data.astype(np.uint8 if counts.data.max(initial=0) <= np.iinfo(np.uint8).max else np.uint32)
        arrays = {f"places {number}": packed_gaps(rows), f"measured {number}": packed(values)}
        return {"measured": largest, "bytes": values.itemsize}, arrays
