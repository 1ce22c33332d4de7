"""The verdict on a sample: does the reference explain its bulk and its section, as a whole and type by type."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import verdicts
from ..contract.expression import shared_genes
from ..contract.tables import VERDICT
from ..numerics.scaling import normalize_total
from ..numerics.values import is_whole
from . import markers
from .bulk import estimate
from .coherence import Coherence
from .profile import ReferenceProfile, reference_profile
from .support import CANDIDATES, FEWEST_RNA, Support, support
from .unknown import of_sample

MARKERS_PER_TYPE = 100
"""Markers of each type that the correlation is taken over, and that a section's sum is fitted on."""


def of_bulk(
    bulk: ad.AnnData, column: str, reference: ad.AnnData, ranking: pd.DataFrame, rna: pd.Series
) -> pd.DataFrame:
    """Return the verdict on a bulk sample, one row for the whole and one per type (contract/tables.py, VERDICT).

    Parameters
    ----------
    bulk, reference
        The pipeline's own files.
    column
        Name of the sample in the bulk.
    ranking
        markers.csv of the reference.
    rna
        The estimated proportion of the mRNA of each type, by type.
    """
    measured = _Measured.of(bulk[[column]], reference, ranking)
    return _rows("bulk", measured.supported(rna), rna, None, of_sample(bulk[[column]], reference))


def of_section(
    total: ad.AnnData, together: Coherence | None, reference: ad.AnnData, ranking: pd.DataFrame
) -> pd.DataFrame:
    """Return the verdict on a section, from the sum of its spots or cells and from how its markers stand together.

    Parameters
    ----------
    total
        The sum, from :mod:`.section_sum`. It is fitted like a bulk sample.
    together
        From :mod:`.coherence`.
    reference
        The pipeline's own file.
    ranking
        markers.csv of the reference.
    """
    measured = _Measured.of(total, reference, ranking)
    fit = estimate(sp.csr_matrix(measured.expression[measured.is_marker]), measured.narrow())
    rna = pd.Series(fit.rna_fraction[0], index=measured.profile.types)
    return _rows("section", measured.supported(rna), rna, together, of_sample(total, reference))


class _Measured:
    """A sample's expression of the candidates, beside the reference's profile of them."""

    def __init__(
        self, expression: np.ndarray, depth: float, profile: ReferenceProfile, ranking: pd.DataFrame, narrow: list[str]
    ):
        self.expression = expression  # (genes,), per 10 000
        self.depth = depth  # counts in all genes
        self.profile = profile
        self.is_marker = np.isin(profile.genes, narrow)
        place = pd.Series(np.arange(len(profile.genes)), index=profile.genes)
        listed = ranking[ranking["gene"].isin(profile.genes)].sort_values(["cell_type", "rank"])
        first = listed.groupby("cell_type").head(CANDIDATES)
        self.ranked = {str(name): place[rows["gene"]].to_numpy() for name, rows in first.groupby("cell_type")}

    @classmethod
    def of(cls, sample: ad.AnnData, reference: ad.AnnData, ranking: pd.DataFrame) -> "_Measured":
        """Return the candidates that the sample has."""
        shared = shared_genes(reference, sample)
        wide = markers.select(ranking, shared, per_type=CANDIDATES)
        narrow = markers.select(ranking, shared, per_type=MARKERS_PER_TYPE)
        expression = normalize_total(sample.X)[:, sample.var_names.get_indexer(wide)].toarray()[0].astype(float)
        depth = float(sample.X.sum()) if is_whole(sample.X.data) else np.inf
        return cls(expression, depth, reference_profile(reference, wide), ranking, narrow)

    def narrow(self) -> ReferenceProfile:
        """Return the profile of the marker genes alone."""
        profile, kept = self.profile, self.is_marker
        genes = [gene for gene, keep in zip(profile.genes, kept, strict=True) if keep]
        return profile._replace(genes=genes, means=profile.means[:, kept], log_means=profile.log_means[:, kept])

    def supported(self, rna: pd.Series) -> Support:
        """Return what supports a composition, given by type."""
        types = self.profile.types
        fractions = rna[types].to_numpy(dtype=float)
        means, ranked = self.profile.means, self.ranked
        return support(self.expression, means, fractions, types, ranked, self.is_marker, depth=self.depth)


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
