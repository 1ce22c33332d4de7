"""What the benchmarks of placing cells simulate and how they judge it."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import growing_sections
from bench.judges import sections
from bench.rivals.full_scoring import InFull
from bulk2space.numerics.scaling import log_normalize
from bulk2space.spots.marker_space import marker_expression
from bulk2space.spots.pairs import Pairs
from bulk2space.spots.scorers import PublishedForest


@pytest.fixture(scope="module")
def reference():
    rng = np.random.default_rng(0)
    codes = np.arange(90) % 3
    counts = sp.csr_matrix(rng.poisson(np.where(np.arange(60) % 3 == codes[:, None], 8.0, 0.5)).astype(np.float32))
    obs = pd.DataFrame({"cell_type": np.array(["a", "b", "c"])[codes]}, index=[f"r{n}" for n in range(90)])
    made = ad.AnnData(log_normalize(counts), obs=obs, layers={"counts": counts})
    made.var_names = [f"g{n}" for n in range(60)]
    return made


def test_simulated_spots_hold_ten_cells_of_the_types_told(reference):
    generated, section, quotas = growing_sections.simulated(reference, 40, 70)
    assert generated.shape == (70, 60)
    assert section.shape == (40, 60)
    assert (quotas.sum(axis=1) == growing_sections.CELLS_PER_SPOT).all()
    own = np.stack([section.layers["counts"].toarray()[:, code::3].sum(axis=1) for code in range(3)], axis=1)
    assert np.corrcoef(own.ravel(), quotas.ravel())[0, 1] > 0.95


def test_one_call_a_spot_gives_the_same_scores(reference, monkeypatch):
    generated, section, _ = growing_sections.simulated(reference, 6, 30)
    genes = list(reference.var_names)
    codes = np.searchsorted(["a", "b", "c"], generated.obs["cell_type"].to_numpy(str))
    cells = marker_expression(generated, genes, genes, counts=True)._replace(types=codes)
    places = marker_expression(section, genes, genes, counts=True)
    calls = []

    def score(self, spots, cells, pairs):
        calls.append(np.unique(pairs.spot))
        return pairs.spot + pairs.cell / 100

    monkeypatch.setattr(PublishedForest, "score", score)
    pairs = Pairs(np.array([3, 1, 3, 0, 1]), np.array([5, 6, 7, 8, 9]))
    np.testing.assert_allclose(InFull().score(places, cells, pairs), [3.05, 1.06, 3.07, 0.08, 1.09])
    assert [list(call) for call in calls] == [[0], [1], [3]]


def test_a_spot_of_its_own_cells_correlates_best(reference):
    section = reference[:5].copy()
    own, other = reference[:5].copy(), reference[[1, 2, 3, 4, 5]].copy()
    own.obs["spot"] = other.obs["spot"] = section.obs_names.to_numpy()
    genes = list(reference.var_names)
    np.testing.assert_allclose(sections.spot_correlations(section, own, genes), 1, rtol=1e-5)
    assert (sections.spot_correlations(section, other, genes) < 0.9).all()


def test_agreement_and_types_as_one():
    true = np.array([[0.5, 0.3, 0.2], [0.1, 0.7, 0.2]])
    assert sections.agreement(true, true) == {"PCC": pytest.approx(1), "RMSE": 0}
    together = sections.merged(true, np.array([True, False, True]))
    np.testing.assert_allclose(together, [[0.3, 0.7], [0.7, 0.3]])
    swapped = true[:, [2, 1, 0]]
    assert sections.agreement(swapped, true)["RMSE"] > 0.1
    assert sections.agreement(sections.merged(swapped, np.array([True, False, True])), together)[
        "RMSE"
    ] == pytest.approx(0)


def test_home_layers_are_told_by_shares():
    region = pd.Series(list(sections.HOMES.values()) * 5)
    shares = pd.DataFrame({name: (region == layer) * 0.5 + 0.1 for name, layer in sections.HOMES.items()})
    assert sections.home_layers(shares, region) == 1
    assert sections.home_layers(shares * 0, region) == 0.5


def test_the_interval_of_a_mean_holds_it():
    low, high = sections.interval(np.random.default_rng(0).normal(1, 1, 400))
    assert 0.8 < low < 1 < high < 1.2
