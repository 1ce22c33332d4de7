"""Measured values of a section's genes: where they are not zero, as counts where the section has counts."""

from typing import Any

import numpy as np
import scipy.sparse as sp

from ...contract.stored import COUNTS, LOGS, Stored
from ...numerics.scaling import TARGET_SUM, totals
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
        self._are_counts = section.has_counts
        self._values = sp.csc_matrix(section.columns(COUNTS if self._are_counts else LOGS, list(self._column)))
        if self._are_counts:
            self._totals = np.concatenate([totals(values) for _, values in section.blocks(COUNTS)])

    def add_totals(self, content: Content) -> None:
        """Add the total count of each place, where the section has counts."""
        if self._are_counts:
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
        own = self._values[:, [self._column[gene]]].sorted_indices()
        if self._are_counts:
            # As the page makes them of the counts: the file's own log values may be by the volume of the cells.
            largest = float(np.log1p(TARGET_SUM * own.data / self._totals[own.indices]).max(initial=0))
            values = own.data.astype(np.uint8 if own.data.max(initial=0) <= np.iinfo(np.uint8).max else np.uint32)
        else:
            largest = float(own.data.max(initial=0))
            values = parts_of(own.data, largest)
        arrays = {f"places {number}": packed_gaps(own.indices), f"measured {number}": packed(values)}
        return {"measured": largest, "bytes": values.itemsize}, arrays
