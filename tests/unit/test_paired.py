"""The difference of bulk and section: errors of their common reference cancel, those of two laboratories do not."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import laboratory, markers, paired
from bulk2space.contract.problems import InputError
from bulk2space.numerics.scaling import log_normalize

TYPES = ["a", "b", "c"]
GENES = [f"G{n}" for n in range(120)]
FEW_CELLS = 6
FAR, NEAR = [0.8, 0.1, 0.1], [0.1, 0.8, 0.1]


def rng() -> np.random.Generator:
    return np.random.default_rng(5)


@pytest.fixture(scope="module")
def world():
    """Mean profiles of three types of 40 genes of their own, and a reference of few cells."""
    draws = np.random.default_rng(0)
    own = np.repeat(np.arange(3), 40)
    means = np.where(own == np.arange(3)[:, None], draws.gamma(1.5, 4, 120) + 2, 0.5)
    labels = np.repeat(np.arange(3), FEW_CELLS)
    counts = sp.csr_matrix(draws.poisson(means[labels]).astype(np.float32))
    cells = ad.AnnData(log_normalize(counts), obs=pd.DataFrame({"cell_type": np.array(TYPES)[labels]}))
    cells.layers["counts"], cells.var_names = counts, GENES
    return means, cells, markers.rank(sp.csr_matrix(cells.X), np.array(TYPES)[labels], GENES)


def measured(means, composition, *, scatter=0.0, seed=1, genes=slice(None)) -> ad.AnnData:
    """Return one sample of a composition, each gene with a factor of its laboratory."""
    draws = np.random.default_rng(seed)
    values = 1000 * np.array(composition) @ means * np.exp(scatter * draws.standard_normal(120))
    sample = ad.AnnData(sp.csr_matrix(draws.poisson(values)[None].astype(np.float32)))
    sample.obs_names, sample.var_names = ["one"], GENES
    sample = sample[:, genes].copy()
    sample.layers["counts"] = sample.X.copy()
    return sample


def apart(world, bulk, section, *, method="negative_binomial", mrna_content=None) -> pd.DataFrame:
    found = paired.difference(
        bulk, section, *world[1:], markers_per_type=100, method=method, mrna_content=mrna_content, rng=rng()
    )
    return found.set_index("cell_type")


@pytest.mark.parametrize(("method", "most"), [("negative_binomial", 0.8), ("log_nnls", 0.96)])
def test_the_interval_holds_0_for_one_composition_and_not_for_two(world, method, most):
    rest = (1 - most) / 2
    one, two = [most, rest, rest], [rest, most, rest]
    same = apart(world, measured(world[0], one), measured(world[0], one, seed=2), method=method)
    assert ((same["ci_low"] <= 0) & (same["ci_high"] >= 0)).all()
    far = apart(world, measured(world[0], one), measured(world[0], two, seed=2), method=method)
    assert far.loc["a", "ci_low"] > 0 > far.loc["b", "ci_high"]
    assert far.loc["c", "ci_low"] <= 0 <= far.loc["c", "ci_high"]
    assert ((far["ci_low"] <= far["difference"]) & (far["difference"] <= far["ci_high"])).all()


def test_the_error_of_few_reference_cells_cancels(world):
    sample = measured(world[0], FAR)
    same = apart(world, sample, sample)
    np.testing.assert_allclose(same["difference"], 0, atol=1e-12)
    assert (same["ci_high"] - same["ci_low"]).max() < 0.02, "bulk and section err alike in each draw"


def test_mrna_content_is_the_same_for_both(world):
    given = dict.fromkeys(TYPES, 1.0) | {"a": 10.0}
    same = apart(world, measured(world[0], FAR), measured(world[0], FAR, seed=2), mrna_content=given)
    assert ((same["ci_low"] <= 0) & (same["ci_high"] >= 0)).all()


def test_laboratories_that_differ_more_widen_the_interval(world):
    width = [
        np.subtract(*apart(
            world, measured(world[0], FAR, scatter=scatter), measured(world[0], NEAR, scatter=scatter, seed=2)
        )[["ci_high", "ci_low"]].to_numpy().T).mean()
        for scatter in (0, 0.3)
    ]  # fmt: skip
    assert width[1] > 2 * width[0]


def test_what_lies_between_laboratories_is_the_scatter_of_their_ratio_around_that_of_the_fits(world):
    draws, fits = np.random.default_rng(3), np.array([FAR, NEAR]) @ world[0] * 10
    common, own = np.exp(0.5 * draws.standard_normal(120)), np.exp(0.2 * draws.standard_normal(120))
    assert paired.between(fits * common, fits) == pytest.approx([0], abs=0.01), "the reference's error is in both"
    assert paired.between(fits * common * np.array([own, np.ones(120)]), fits)[0] == pytest.approx(0.2, rel=0.3)
    assert paired.between(fits * np.array([own**9, np.ones(120)]), fits)[0] == laboratory.LARGEST_SPREAD
    few = fits[:, : laboratory.FEWEST_GENES - 1]
    assert paired.between(few, few)[0] == laboratory.LARGEST_SPREAD


def test_a_section_without_the_bulks_genes_is_refused(world):
    with pytest.raises(InputError):
        apart(world, measured(world[0], FAR, genes=slice(60)), measured(world[0], FAR, genes=slice(60, 120)))
