"""The genes' values on an explorer page, gene by gene, while there is room."""

import logging
from collections.abc import Iterator

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ...contract import remarks
from ...contract.io import read_genes
from ...contract.keys import WEAK_PCC
from ...contract.stored import Stored
from .content import Content
from .measured import Measured
from .of_spots import profiles
from .packing import packed, parts_of

log = logging.getLogger(__name__)

VALUES_AT_ONCE = 40_000_000  # predicted values in memory


def add(
    content: Content,
    genes: list[str],
    section: Stored,
    predictions: Stored | ad.AnnData,
    about: pd.DataFrame,
    most_characters: int,
) -> None:
    """Add measured and predicted values of genes until the page is full.

    Parameters
    ----------
    content
        What the page holds so far.
    genes
        Genes in the order in which they are shown while there is room.
    section
        The section as measured.
    predictions
        Of spots, spots.h5ad; of an image, the imaged cells opened with ``backed="r"``.
    about
        What is known of genes, by gene: `moran`, `marker_of`, `expected_pcc`.
    most_characters
        That all arrays may have together.
    """
    measured = Measured(section, genes)
    measured.add_totals(content)
    of_spots = isinstance(predictions, Stored)
    predicted = _profiles(predictions, genes) if isinstance(predictions, Stored) else _predicted(predictions, genes)
    listed: list[dict] = []
    for gene, values in zip(genes, predicted, strict=True):
        said, arrays = measured.of(gene, len(listed))
        entry = {"name": gene, "note": _note(about.loc[gene]), **said}
        if values is not None and of_spots:
            entry["profile"] = [float(value) for value in values]
        elif values is not None:
            entry["predicted"] = float(values.max(initial=0))
            arrays[f"predicted {len(listed)}"] = packed(parts_of(values, entry["predicted"]))
        if content.size + sum(map(len, arrays.values())) > most_characters:
            break
        content.arrays |= arrays
        listed.append(entry)
    content.about["genes"] = listed
    if len(listed) < len(genes):
        sentence = f"the explorer page has room for {len(listed)} of the {len(genes)} genes that were chosen for it"
        remarks.note(log, "explorer_full", sentence, shown=len(listed), chosen=len(genes))
    content.about["room"] = f"{len(listed):,} of {len(genes):,} chosen genes fit on this page."


def _profiles(expected: Stored, genes: list[str]) -> Iterator[np.ndarray | None]:
    """Yield each gene's profile, of which with the weights the page makes the expected values; None without one."""
    for profile in profiles(expected, genes).T:
        yield None if np.isnan(profile).any() else profile


def _predicted(placed: ad.AnnData, genes: list[str]) -> Iterator[np.ndarray | None]:
    """Yield each gene's predicted values in the imaged cells; None for a gene without a prediction."""
    at_once = max(VALUES_AT_ONCE // max(placed.n_obs, 1), 1)
    for start in range(0, len(genes), at_once):
        some = genes[start : start + at_once]
        known = [gene for gene in some if gene in placed.var_names]
        values = sp.csc_matrix(read_genes(placed, known).X) if known else None
        for gene in some:
            if values is None or gene not in placed.var_names:
                yield None
            else:
                yield values[:, [known.index(gene)]].toarray().ravel()


def _note(about: pd.Series) -> str:
    """Return what is known of a gene, in a few words."""
    said = []
    if about["marker_of"]:
        said.append(f"marker of {about['marker_of']}")
    if np.isfinite(about["moran"]):
        said.append(f"Moran's I {about['moran']:.2f}")
    if np.isfinite(about["expected_pcc"]):
        weak = ", weakly predicted" if about["expected_pcc"] < WEAK_PCC else ""
        said.append(f"correlation expected of the prediction {about['expected_pcc']:.2f}{weak}")
    return "; ".join(said)
