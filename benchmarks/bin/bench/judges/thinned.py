"""What a reference loses when only some cells of each type are kept: markers, proportions, generated cells."""

from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import torch
from bulk2space.composition import markers
from bulk2space.composition.bulk import estimate
from bulk2space.composition.profile import reference_profile
from bulk2space.contract import seeds
from bulk2space.contract.keys import Obs
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator
from bulk2space.inputs.thinning import kept
from bulk2space.numerics.metrics import pcc, rmse
from bulk2space.numerics.scaling import normalize_total

from ..cases.bulks import labels_of

TOP = 50  # markers of a type that are compared
PER_TYPE = 100  # markers of a type to fit on: the pipeline's default
COMPARED = 100  # generated and held-out cells of a type that are compared


class Found(NamedTuple):
    """What a reference leads to.

    Attributes
    ----------
    ranking
        Its markers.
    proportions
        Estimated proportions of cells, samples × types.
    """

    ranking: pd.DataFrame
    proportions: np.ndarray


def thinned(reference: ad.AnnData, most: int | None, seed: int) -> ad.AnnData:
    """Return a reference with at most so many cells of each type, as the pipeline chooses them; None keeps all."""
    if most is None:
        return reference
    codes = np.unique(labels_of(reference), return_inverse=True)[1]
    donor = reference.obs.get(Obs.BATCH, pd.Series("", reference.obs_names)).astype("category").cat.codes.to_numpy()
    return reference[kept(codes, donor, most, seeds.generator(seed, "thinning"))].copy()


def found(reference: ad.AnnData, bulk: ad.AnnData) -> Found:
    """Rank the markers of a reference, and estimate the proportions of bulk samples with the default estimator."""
    ranking = markers.rank(reference.X, labels_of(reference), list(reference.var_names))
    genes = markers.select(ranking, list(bulk.var_names), per_type=PER_TYPE)
    expression = normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)]
    return Found(ranking, estimate(expression, reference_profile(reference, genes)).proportion)


def error(one: Found, truth: np.ndarray) -> dict[str, float]:
    """Return the error of proportions by the true ones, samples × types."""
    return {"RMSE": rmse(one.proportions, truth), "PCC": pcc(one.proportions.ravel(), truth.ravel())}


def between(one: Found, other: Found, which: str) -> dict[str, float]:
    """Return how far markers and proportions of two references are apart; `which` ends the names."""
    return {
        f"markers shared, {which}": overlap(one.ranking, other.ranking),
        f"RMSE between, {which}": rmse(one.proportions, other.proportions),
        f"PCC between, {which}": pcc(one.proportions.ravel(), other.proportions.ravel()),
    }


def overlap(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Return the proportion of the best markers of each type that two rankings share, over the types."""
    best = [
        set(map(tuple, table.loc[table["rank"] <= TOP, ["cell_type", "gene"]].to_numpy())) for table in (one, other)
    ]
    return len(best[0] & best[1]) / len(best[0])


def generated(reference: ad.AnnData, genes: pd.Index, held_out: ad.AnnData, seed: int) -> dict[str, float]:
    """Train on a reference, and correlate its generated cells' means and spreads with those of held-out cells.

    In the mean over types.

    Parameters
    ----------
    reference, genes
        The reference to train on; genes to compare.
    held_out
        Cells that are not in it. Types of fewer than `COMPARED` take no part.
    seed
        Of training and generating.
    """
    trained, history = fit_reference(reference, COUNTS, seed=seed, device=torch.device("cpu"))
    generator = CellGenerator(trained._replace(model=trained.model.eval()), reference, list(reference.var_names))
    sizes = pd.Series(labels_of(held_out)).value_counts()
    types = sorted(sizes.index[sizes >= COMPARED])
    cells = generator.generate(dict.fromkeys(types, COMPARED), rng=seeds.generator(seed, "generated"))
    rng, rows = seeds.generator(seed, "held out"), []
    for name in types:
        real = held_out[np.sort(rng.choice(np.flatnonzero(labels_of(held_out) == name), COMPARED, replace=False))]
        a, b = (side[:, genes].X.toarray() for side in (cells[labels_of(cells) == name], real))
        rows.append({"mean": pcc(a.mean(0), b.mean(0)), "spread": pcc(a.std(0), b.std(0))})
    return pd.DataFrame(rows).mean().to_dict() | {"epochs": len(history)}
