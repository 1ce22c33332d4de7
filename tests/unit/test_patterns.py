"""What a section says: types together or apart, regions, genes; and that chance alone says nothing."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition.composition_file import write_fitted
from bulk2space.composition.fitted_section import FittedSection
from bulk2space.composition.smoothing import smoothed
from bulk2space.composition.spot_choice import Choice
from bulk2space.composition.spots import SpotFractions
from bulk2space.contract import tables
from bulk2space.contract.stored import Stored
from bulk2space.numerics.lattice import neighbours
from bulk2space.patterns import correlation, describe, regions, type_pairs
from bulk2space.patterns.correlation import Places, correlated
from scipy.ndimage import gaussian_filter
from scipy.stats import pearsonr

SIDE = 24
GRID = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(float)
PLACES = Places.of(GRID, np.random.default_rng(0))
STEP = 0.2  # about the standard deviation of a smooth map


def field(rng: np.random.Generator) -> np.ndarray:
    """Return a smooth map: neighbours are alike, far places are not."""
    return gaussian_filter(rng.standard_normal((SIDE, SIDE)), 1.5, mode="wrap").ravel()


def composition(*maps: np.ndarray) -> np.ndarray:
    """Return proportions from maps, places × types."""
    weights = np.exp(np.column_stack(maps) / np.std(maps))
    return weights / weights.sum(axis=1, keepdims=True)


def test_unrelated_smooth_maps_are_no_finding():
    """A test that counts every place as independent calls nearly half of these pairs significant."""
    places, p, naive = Places.of(GRID, np.random.default_rng(0)), [], []
    for seed in range(300):
        rng = np.random.default_rng(seed)
        one, other = field(rng), field(rng)
        p.append(correlated(places, one[:, None], other[:, None]).p[0, 0])
        naive.append(pearsonr(one, other).pvalue)
    assert (np.array(p) < 0.05).mean() <= 0.08
    assert (np.array(naive) < 0.05).mean() > 0.4
    assert 0.4 < np.mean(p) < 0.6


def test_drawn_places_tell_as_many_independent_ones_as_all(monkeypatch):
    rng = np.random.default_rng(0)
    one, other = field(rng)[:, None], field(rng)[:, None]
    whole = correlated(Places.of(GRID, rng), one, other)
    monkeypatch.setattr(correlation, "MOST_PLACES", 300)
    drawn = correlated(Places.of(GRID, rng), one, other)
    assert drawn.r == whole.r
    np.testing.assert_allclose(drawn.independent, whole.independent, rtol=0.25)


def test_maps_of_too_few_independent_places_and_maps_without_variation_tell_nothing():
    places = Places.of(GRID, np.random.default_rng(0))
    slope = GRID[:, :1]
    assert correlated(places, slope, slope).p[0, 0] == 1
    flat = correlated(places, np.ones((len(GRID), 1)), slope)
    assert (flat.r[0, 0], flat.p[0, 0]) == (0, 1)


def test_types_that_follow_one_map_are_together_and_those_that_flee_it_apart():
    rng = np.random.default_rng(3)
    shared = field(rng)
    maps = [shared, shared + 0.2 * field(rng), -shared, field(rng)]
    found = type_pairs.pairs(list("abcd"), composition(*maps), neighbours(GRID), PLACES)
    by_pair = found.set_index(["cell_type", "other"])
    assert by_pair.loc[("a", "b"), "finding"] == "together"
    assert by_pair.loc[("a", "c"), "finding"] == by_pair.loc[("b", "c"), "finding"] == "apart"
    assert by_pair.loc[("a", "b"), "around"] > by_pair.loc[("a", "b"), "everywhere"]
    assert by_pair.loc[("a", "a"), "finding"] == "together"
    assert len(found) == 10


@pytest.mark.parametrize("weight", [0.0, 0.3, 0.6])
def test_cells_dealt_to_spots_at_random_are_no_finding(weight):
    """Proportions of a spot sum to 1, and smoothed maps are alike: neither says that types avoid or seek each other."""
    filled, found = np.ones(len(GRID), dtype=bool), 0
    for seed in range(20):
        alone = np.random.default_rng(seed).multinomial(10, [0.5, 0.3, 0.2], len(GRID)) / 10
        of_spots = describe.Composition(list("abc"), smoothed(alone, GRID, filled, weight), alone, True)
        found += (describe.pairs(of_spots, GRID, filled, np.random.default_rng(0))["finding"] != "").sum()
    assert found <= 4, "of 120 pairs"


def test_spots_that_share_counts_are_not_tested():
    shared = composition(*(field(np.random.default_rng(seed)) for seed in (8, 9)))
    found = type_pairs.pairs(["a", "b"], shared, neighbours(GRID), PLACES, are_apart=False)
    assert (found["p"] == 1).all()
    assert (found["finding"] == "").all()
    assert (found["correlation"] != 0).all()


def test_places_that_say_nothing_alone_are_no_finding():
    """Spots without a count in the genes of the fit hold cells by the mean of the others, and are 0 alone."""
    alone = np.random.default_rng(0).multinomial(10, [0.5, 0.3, 0.2], len(GRID)) / 10
    silent = (GRID < 10).all(axis=1)
    of_spots = describe.Composition(list("abc"), alone, np.where(silent[:, None], 0, alone), True)
    found = describe.pairs(of_spots, GRID, np.ones(len(GRID), dtype=bool), np.random.default_rng(0))
    assert (found["finding"] == "").all()
    assert found["everywhere"].max() == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("n", [0, 1, 2, 9])
def test_a_handful_of_places_has_no_pairs(n):
    alone = np.random.default_rng(1).dirichlet([1, 1], len(GRID))
    of_few = describe.Composition(["a", "b"], alone, alone, True)
    found = describe.pairs(of_few, GRID, np.arange(len(GRID)) < n, np.random.default_rng(0))
    assert found.empty
    assert list(found.columns) == tables.TYPE_PAIRS.header


def test_rare_types_take_no_part():
    share = composition(*(field(np.random.default_rng(4)) for _ in range(2)))
    with_rare = np.column_stack([0.995 * share, np.full(len(share), 0.005)])
    found = type_pairs.pairs(list("abc"), with_rare, neighbours(GRID), PLACES)
    assert set(found["cell_type"]) | set(found["other"]) == {"a", "b"}


@pytest.fixture(scope="module")
def layers() -> np.ndarray:
    return np.array(["outer", "middle", "inner"])[np.minimum(GRID[:, 0] // 8, 2).astype(int)]


def test_a_type_of_one_region_is_found_there_alone(layers):
    rng = np.random.default_rng(5)
    share = composition(2 * STEP * (layers == "middle") + field(rng), field(rng), field(rng))
    found = regions.compared(list("abc"), share, layers, GRID, rng).set_index(["region", "name"])
    assert found.loc[("middle", "a"), "p_adjusted"] < 0.05
    assert found.loc[("middle", "a"), "inside"] > found.loc[("middle", "a"), "outside"]
    assert found.loc[("middle", "a"), "inside"] == pytest.approx(share[layers == "middle", 0].mean())


def test_regions_that_have_nothing_to_do_with_the_types_find_nothing(layers):
    p = []
    for seed in range(60):
        rng = np.random.default_rng(100 + seed)
        share = composition(*(field(rng) for _ in range(4)))
        p.append(regions.compared(list("abcd"), share, layers, GRID, rng)["p"].to_numpy())
    assert (np.concatenate(p) < 0.05).mean() <= 0.06


def test_places_without_a_region_and_regions_of_few_places_take_no_part(layers):
    named = layers.copy()
    named[:40] = ""
    named[40:43] = "tiny"
    values = np.random.default_rng(6).random((len(GRID), 1))
    found = regions.compared(["a"], values, named, GRID, np.random.default_rng(0)).set_index("region")
    assert list(found.index) == ["inner", "middle", "outer"]
    assert found.loc["inner", "inside"] == pytest.approx(values[named == "inner", 0].mean())
    outside = np.isin(named, ["middle", "outer"])
    assert found.loc["inner", "outside"] == pytest.approx(values[outside, 0].mean())
    assert regions.compared(["a"], values, np.full(len(GRID), "all"), GRID, np.random.default_rng(0)).empty


@pytest.fixture
def section(tmp_path, layers) -> Stored:
    rng = np.random.default_rng(7)
    rate = np.column_stack([1 + 4 * (layers == "inner"), np.full(len(GRID), 3.0), np.full(len(GRID), 1e-4)])
    counts = rng.poisson(rate).astype(np.float32)
    adata = ad.AnnData(
        sp.csr_matrix(np.log1p(counts)),
        obs=pd.DataFrame({"region": pd.Categorical(layers)}, index=[f"spot{n}" for n in range(len(GRID))]),
        var=pd.DataFrame(index=["patterned", "flat", "rare"]),
        obsm={"spatial": GRID},
    )
    adata.write_h5ad(tmp_path / "section.h5ad")
    return Stored(tmp_path / "section.h5ad")


def test_a_section_is_described_whole(section, layers):
    inner = composition(*(each * np.ones(len(GRID)) for each in (1.0 + (layers == "inner"), 1.0)))
    found = describe.described(section, describe.Composition(["a", "b"], inner, inner, True), sample="one", seed=1)
    assert found.genes["gene"].tolist() == ["patterned", "flat"], "a gene that is hardly found is not tested"
    assert found.genes["p_adjusted"].iloc[0] < 0.001 < found.genes["p_adjusted"].iloc[1]
    by_name = found.regions.set_index(["level", "region", "name"])
    assert by_name.loc[("proportion", "inner", "a"), "inside"] > by_name.loc[("proportion", "inner", "a"), "outside"]
    assert set(by_name.loc["expression"].index.get_level_values("name")) == {"patterned"}
    again = describe.described(section, describe.Composition(["a", "b"], inner, inner, True), sample="one", seed=1)
    pd.testing.assert_frame_equal(found.pairs, again.pairs)
    pd.testing.assert_frame_equal(found.regions, again.regions)


def test_places_without_counts_take_no_part(tmp_path):
    """Around the tissue, all genes fall to 0 and all cells are of one made-up type: neither is a pattern."""
    rng, inside = np.random.default_rng(1), (GRID < 12).all(axis=1)
    counts = rng.poisson(3, (len(GRID), 20)) * inside[:, None]
    region = np.where(GRID[:, 0] + GRID[:, 1] > 15, "upper", "lower")
    types = np.where(inside, rng.choice(["a", "b"], len(GRID)), "a")
    everything = ad.AnnData(
        sp.csr_matrix(np.log1p(counts.astype(np.float32))),
        obs=pd.DataFrame({"region": region}, index=[f"c{n}" for n in range(len(GRID))]),
        obsm={"spatial": GRID},
    )
    found = []
    for part in (everything, everything[inside].copy()):
        part.write_h5ad(tmp_path / "section.h5ad")
        own = describe.of_cells(pd.Series(types[inside] if part.n_obs < len(GRID) else types))
        found.append(describe.described(Stored(tmp_path / "section.h5ad"), own, sample="one", seed=1))
    whole, alone = found
    assert (whole.genes["p_adjusted"] > 0.01).all()
    for name in ("genes", "pairs", "regions"):
        pd.testing.assert_frame_equal(getattr(whole, name), getattr(alone, name))


def test_compositions_follow_the_order_of_the_section(tmp_path):
    table = pd.DataFrame(
        {"spot": ["s1", "s1", "s2", "s2"], "cell_type": list("abab"), "proportion": [0.25, 0.75, 0, 0]}
    )
    alone = np.array([[0, 0], [0.1, 0.9]])
    fit = SpotFractions(alone, alone, np.ones(2), np.zeros((2, 2)))
    for pooling, are_apart in ((0.0, True), (1.0, False)):
        choice = Choice(("counts",), 0.3, {}, pooling)
        fitted = FittedSection(pd.Index(["s2", "s1"]), [], ["a", "b"], np.array([0, 8]), False, fit, choice, 1.0, {})
        write_fitted(fitted, tmp_path / "composition.h5ad")
        found = describe.of_spots(table, ad.read_h5ad(tmp_path / "composition.h5ad"))
        assert (found.types, found.are_apart) == (["a", "b"], are_apart)
        assert found.proportion.tolist() == [[0, 0], [0.25, 0.75]]
        assert found.alone.tolist() == alone.tolist()
    cells = describe.of_cells(pd.Series(["b", "a", "b"]))
    assert cells.proportion.tolist() == cells.alone.tolist() == [[0, 1], [1, 0], [0, 1]]
