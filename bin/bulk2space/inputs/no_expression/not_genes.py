"""Rows and columns among the genes that are none: counters of reads, spike-ins, control probes."""

import logging
import re

import anndata as ad
import numpy as np

from ...contract import remarks
from ...contract.problems import few
from ..genes import NAMELESS

log = logging.getLogger(__name__)

COUNTERS = re.compile(
    r"__\w+|_?(no_feature|ambiguous|too_low_aqual|not_aligned|alignment_not_unique)"
    r"|N_(unmapped|multimapping|noFeature|ambiguous)|\*"
    r"|Unassigned_(Unmapped|Read_Type|Singleton|MappingQuality|Chimera|FragmentLength|Duplicate|MultiMapping|Secondary"
    r"|NonSplit|NoFeatures|Overlapping_Length|Ambiguity)",
    re.IGNORECASE,
)
"""HTSeq's, STAR's and featureCounts' counters of the reads that belong to no gene."""
KINDS = {
    "counters of reads without a gene": COUNTERS,
    "spike-ins": re.compile(r"ERCC[-_.]\d{5}|SIRV\w*\d\w*|gSpikein[-_.].+", re.IGNORECASE),
    "control probes": re.compile(
        r"(blank|bkg|negative|false_?code|system_?control|neg(ative)?_?(prb|probe|control|ctrl)(_?probe)?(_?codeword)?"
        r"|unassigned_?codeword|deprecated_?codeword|custom_?control|(intergenic|genomic)_?(region|control)"
        r"|antisense)s?([-_. ]?\d.*|[-_. ]\w.*)?",
        re.IGNORECASE,
    ),
    "genes without a name": NAMELESS,
}
"""What the names of each kind look like as a whole."""


def without(raw: ad.AnnData, source: str) -> ad.AnnData:
    """Leave out what is no gene; a warning counts each kind.

    Parameters
    ----------
    raw
        Observations × genes.
    source
        The file's name, for the warnings.
    """
    names = raw.var_names.astype(str).str.strip()
    is_gene = np.ones(raw.n_vars, dtype=bool)
    for kind, pattern in KINDS.items():
        found = np.asarray(names.str.fullmatch(pattern), dtype=bool) & is_gene
        if found.any():
            is_gene &= ~found
            remarks.warn(
                log,
                "not_genes_left_out",
                f"{source}: {found.sum()} of its {raw.n_vars} genes are {kind}, such as {few(list(names[found]))}; "
                f"they are left out",
                kind=kind,
                left_out=int(found.sum()),
            )
    return raw if is_gene.all() else raw[:, is_gene].copy()
