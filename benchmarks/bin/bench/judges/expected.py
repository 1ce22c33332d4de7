"""How well the expression of genes that were left out is expected: over spots, and over genes."""

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.spots import learned, of_spots
from bulk2space.contract import seeds
from bulk2space.contract.expression import linear
from bulk2space.contract.keys import Obs
from bulk2space.numerics.groups import type_means
from bulk2space.numerics.metrics import pcc_of_rows
from bulk2space.numerics.shares import largest_remainder
from bulk2space.spots.expected import Composed, factors_of

from ..cases.left_out_genes import Case

CELLS_PER_SPOT = 10


def judged(case: Case) -> list[dict]:
    """Return one row per way to expect expression: proportions or mRNA × means, with states, and a sum of ten cells."""
    profile, noise = learned(case.reference, reference_profile(case.reference, case.markers))
    size = np.full(case.section.n_obs, CELLS_PER_SPOT)
    rng = seeds.generator(0, "expected", case.name)
    fit = of_spots(case.section, noise, profile, size, method="negative_binomial", rng=rng)
    about = pd.DataFrame({"residual": fit.residual, "confidence": 1.0}, index=case.section.obs_names)
    found = Composed(profile.types, fit.proportion, fit.rna_fraction, size.astype(float), about)
    seen = case.section[:, ~case.section.var_names.isin(case.left_out)]
    factors = factors_of(seen, case.reference, found, seed=0, sample=case.name)
    columns = case.reference.var_names.get_indexer(case.left_out)
    labels = case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    means = type_means(linear(case.reference), labels)[1][:, columns]
    ways = {
        "proportions × means": np.log1p(fit.proportion @ means),
        "mRNA × means": np.log1p(fit.rna_fraction @ means),
        "expected (spots.h5ad)": factors.log(slice(None), columns),
        "a sum of ten cells of these types": np.log1p(_of_cells(case.reference, labels, found, rng)[:, columns]),
    }
    true = np.log1p(linear(case.section[:, case.left_out]).toarray().astype(float))
    varies = true.std(axis=0) > 0
    return [
        {
            "role": case.role, "section": case.name, "genes": int(varies.sum()), "way": way,
            "over spots": float(pcc_of_rows(values[:, varies].T, true[:, varies].T).mean()),
            "over genes": float(pcc_of_rows(values[:, varies], true[:, varies]).mean()),
        }
        for way, values in ways.items()
    ]  # fmt: skip


def _of_cells(reference: ad.AnnData, labels: np.ndarray, found: Composed, rng: np.random.Generator) -> np.ndarray:
    """Return the mean expression per 10 000 of random reference cells of each spot's types, spots × genes."""
    numbers = largest_remainder(found.proportion, found.cells.astype(int))
    spot, code = np.nonzero(numbers)
    repeat = numbers[spot, code]
    spot, code = np.repeat(spot, repeat), np.repeat(code, repeat)
    drawn = np.array([rng.choice(np.flatnonzero(labels == found.types[one])) for one in code])
    rows = sp.csr_matrix((np.full(len(spot), 1 / CELLS_PER_SPOT), (spot, drawn)), (len(numbers), len(labels)))
    return (rows @ linear(reference)).toarray()
