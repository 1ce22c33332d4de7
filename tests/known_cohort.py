"""A small cohort of bulk whose expression is known by type and sample, with the reference's cells and the estimates."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.numerics.scaling import log_normalize

TYPES = ["B", "NK/T", "monocyte"]
GENES = 300
CHANGED = slice(0, 60)  # genes that differ between samples, each in the one type of CHANGED_IN
CHANGED_IN = np.arange(GENES) % 3


class KnownCohort(NamedTuple):
    """The pipeline's own files, and the truth: types × samples × genes, per 10 000."""

    bulk: ad.AnnData
    reference: ad.AnnData
    estimates: pd.DataFrame
    truth: np.ndarray


def known_cohort(samples: int, *, seed: int = 0, absent: int | None = None, width: float = 0.02) -> KnownCohort:
    """Make a cohort; no sample has any of the type at position `absent`."""
    rng = np.random.default_rng(seed)
    profiles = rng.gamma(0.7, 1.0, (3, GENES)) + 0.05
    profiles /= profiles.sum(axis=1, keepdims=True)
    codes = np.repeat(np.arange(3), 100)
    raw = sp.csr_matrix(rng.poisson(profiles[codes] * 3000).astype(np.float32))
    genes = pd.DataFrame(index=[f"g{number}" for number in range(GENES)])
    cells = pd.DataFrame({"cell_type": pd.Categorical(np.array(TYPES)[codes])}, index=[f"c{n}" for n in range(300)])
    reference = ad.AnnData(log_normalize(raw), obs=cells, var=genes, layers={"counts": raw})
    x = np.repeat(profiles[:, None], samples, axis=1)  # types × samples × genes
    for gene in range(CHANGED.start, CHANGED.stop):
        x[CHANGED_IN[gene], :, gene] *= np.exp(rng.normal(0, 0.6, samples))
    x *= 1e4 / x.sum(axis=2, keepdims=True)
    fraction = rng.dirichlet([4.0, 4, 4], samples)
    if absent is not None:
        fraction[:, absent] = 0
        fraction /= fraction.sum(axis=1, keepdims=True)
    counts = rng.poisson(np.einsum("st,tsg->sg", fraction, x) / 1e4 * 1e6).astype(np.float32)
    names = [f"column {number}" for number in range(samples)]
    bulk = ad.AnnData(sp.csr_matrix(counts), obs=pd.DataFrame(index=names), var=genes.copy())
    return KnownCohort(bulk, reference, _estimates(names, fraction, width), x)


def _estimates(names: list[str], fraction: np.ndarray, width: float) -> pd.DataFrame:
    flat = fraction.ravel()
    return pd.DataFrame(
        {
            "sample": np.repeat(names, 3),
            "cell_type": np.tile(TYPES, len(names)),
            "proportion": flat,
            "ci_low": np.maximum(flat - width, 0),
            "ci_high": np.minimum(flat + width, 1),
            "rna_fraction": flat,
            "residual": 1.0,
        }
    )
