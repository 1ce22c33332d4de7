"""The pipeline's verdict on a section that is in memory as a whole."""

import anndata as ad
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition import judging
from bulk2space.composition.coherence import coherence
from bulk2space.composition.section_sum import summed


def whole(section: ad.AnnData, reference: ad.AnnData, ranking: pd.DataFrame) -> pd.DataFrame:
    """Return the verdict on a section, as the pipeline gives it."""
    together = coherence(sp.csr_matrix(section.X), list(section.var_names), ranking)
    total = summed(section)
    return judging.of_section(total, together, judging.Known.of(total, reference, ranking))
