"""The verdict on a sample: does the reference explain its bulk and its section, as a whole and type by type."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import verdicts
from ..contract.expression import linear, shared_genes
from ..contract.keys import Obs
from ..contract.tables import VERDICT
from ..numerics.groups import type_means
from ..numerics.scaling import normalize_total
from ..numerics.values import is_whole
from . import markers
from .bulk import estimate
from .coherence import Coherence
from .profile import ReferenceProfile, reference_profile
from .support import CANDIDATES, FEWEST_RNA, Support, support
from .unknown import unknown_share

MARKERS_PER_TYPE = 100
"""Markers of each type that the correlation is taken over, and that a section's sum is fitted on."""


class Known(NamedTuple):
    """What a reference says of the genes that it shares with an input, which is the same for all samples of a file.

    Attributes
    ----------
    genes
        Names of the shared genes.
    means
        Mean expression of each type over these, types × genes.
    profile
        Of the candidates alone: the first markers of each type.
    ranked
        Of each type its candidates' places in the profile, the best first.
    is_marker
        Which of the profile's genes the correlation is taken over, (genes,).
    """

    genes: list[str]
    means: np.ndarray
    profile: ReferenceProfile
    ranked: dict[str, np.ndarray]
    is_marker: np.ndarray

    @classmethod
    def of(cls, measured: ad.AnnData, reference: ad.AnnData, ranking: pd.DataFrame) -> "Known":
        """Work it out for the genes of an input.

        Parameters
        ----------
        measured, reference
            The pipeline's own files.
        ranking
            markers.csv of the reference.
        """
        genes = shared_genes(reference, measured)
        profile = reference_profile(reference, markers.select(ranking, genes, per_type=CANDIDATES))
        narrow = markers.select(ranking, genes, per_type=MARKERS_PER_TYPE)
        place = pd.Series(np.arange(len(profile.genes)), index=profile.genes)
        listed = ranking[ranking["gene"].isin(profile.genes)].sort_values(["cell_type", "rank"])
        first = listed.groupby("cell_type").head(CANDIDATES)
        ranked = {str(name): place[rows["gene"]].to_numpy() for name, rows in first.groupby("cell_type")}
        labels = reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
        means = type_means(linear(reference[:, genes]), labels)[1]
        return cls(genes, means, profile, ranked, np.isin(profile.genes, narrow))

    def expression(self, sample: ad.AnnData) -> np.ndarray:
        """Return a sample's linear expression of the candidates per 10 000, (genes,)."""
        columns = sample.var_names.get_indexer(self.profile.genes)
        return normalize_total(sample.X)[:, columns].toarray()[0].astype(float)

    def narrow(self) -> ReferenceProfile:
        """Return the profile of the marker genes alone."""
        profile, kept = self.profile, self.is_marker
        genes = [gene for gene, keep in zip(profile.genes, kept, strict=True) if keep]
        return profile._replace(genes=genes, means=profile.means[:, kept], log_means=profile.log_means[:, kept])

    def supported(self, sample: ad.AnnData, rna: pd.Series) -> Support:
        """Return what supports a composition of a sample, given by type."""
        types = self.profile.types
        depth = float(sample.X.sum()) if is_whole(sample.X.data) else np.inf
        fractions = rna[types].to_numpy(dtype=float)
        means, expression = self.profile.means, self.expression(sample)
        return support(expression, means, fractions, types, self.ranked, self.is_marker, depth=depth)

    def unknown(self, sample: ad.AnnData) -> float:
        """Return the unknown share of a sample, as :func:`.unknown.unknown_share` does."""
        values = np.asarray(sample[:, self.genes].X.sum(axis=0), dtype=float).ravel()
        return unknown_share(values, self.means, depth=values.sum() if is_whole(values) else np.inf)


def of_bulk(sample: ad.AnnData, known: Known, rna: pd.Series) -> pd.DataFrame:
    """Return the verdict on a bulk sample, one row for the whole and one per type (contract/tables.py, VERDICT).

    Parameters
    ----------
    sample
        Its row of the pipeline's own file.
    known
        What the reference says of the file's genes.
    rna
        The estimated proportion of the mRNA of each type, by type.
    """
    return _rows("bulk", known.supported(sample, rna), rna, None, known.unknown(sample))


def of_section(total: ad.AnnData, together: Coherence | None, known: Known) -> pd.DataFrame:
    """Return the verdict on a section, from the sum of its spots or cells and from how its markers stand together.

    Parameters
    ----------
    total
        The sum, from :mod:`.section_sum`. It is fitted like a bulk sample.
    together
        From :mod:`.coherence`.
    known
        What the reference says of the section's genes.
    """
    fit = estimate(sp.csr_matrix(known.expression(total)[known.is_marker]), known.narrow())
    rna = pd.Series(fit.rna_fraction[0], index=known.profile.types)
    return _rows("section", known.supported(total, rna), rna, together, known.unknown(total))


def _rows(kind: str, found: Support, rna: pd.Series, together: Coherence | None, unknown: float) -> pd.DataFrame:
    """Return the verdict on the whole, then on each type that the input is said to hold."""
    whole = verdicts.of_fit(found.agreement, unknown)
    if together is not None and whole == verdicts.POOR:
        sure = verdicts.stands_together(together.z, float(together.types.mean()), together.chance)
        whole = verdicts.DOUBTFUL if sure else whole
    types = found.types.assign(input=kind, cell_type=found.types.index, rna_fraction=rna)
    types["verdict"] = [
        verdicts.of_type(row.missing, row.log2_ratio, row.spread) if row.rna_fraction >= FEWEST_RNA else ""
        for row in types.itertuples()
    ]
    types["coherence"] = np.nan if together is None else together.types.reindex(types.index)
    first = {
        "input": kind,
        "cell_type": "",
        "verdict": whole,
        "rna_fraction": 1.0,
        "own_markers": types["own_markers"].sum(),
    }
    first |= {"agreement": found.agreement, "correlation": found.correlation, "unknown": unknown}
    if together is not None:
        first["coherence"] = float(together.types.mean())
    table = pd.concat([pd.DataFrame([first]), types], ignore_index=True)
    return table.reindex(columns=[name for name in VERDICT.header if name != "sample"])
