"""The tissues of the end-to-end benchmark, the scores of placed cells, and what the page says of them."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import tissues
from bench.cases.bulk_and_section import Study
from bench.cases.placed import Placed
from bench.cases.tissues import CELLS_PER_SPOT, COMPANY, KINDS, SCENARIOS, SPOTS, TYPES
from bench.judges import places
from bench.judges.places import scores
from bench.page import end_to_end as page
from bench.page.markdown import tables
from bulk2space.numerics.lattice import lattice as recognised

GENES = np.arange(40)


@pytest.fixture(scope="module")
def layout() -> tissues.Layout:
    return tissues.Layout(tissues.lattice(), np.random.default_rng(0))


def of_types(numbers: np.ndarray) -> pd.Series:
    return pd.Series(numbers.sum(axis=0), KINDS).groupby(TYPES).sum() / numbers.sum()


def test_places_are_a_hexagonal_lattice():
    assert tissues.lattice().shape == (SPOTS, 2)
    assert recognised(tissues.lattice()) == "hexagonal"


@pytest.mark.parametrize("shift", [*SCENARIOS.values(), *COMPANY.values()], ids=[*SCENARIOS, *COMPANY])
def test_spots_have_the_asked_composition(layout, shift):
    proportions, numbers = layout.proportions(*shift), layout.numbers(*shift)
    np.testing.assert_allclose(proportions.sum(axis=1), 1)
    assert (numbers.sum(axis=1) == CELLS_PER_SPOT).all()
    assert np.abs(numbers - CELLS_PER_SPOT * proportions).max() < 1
    np.testing.assert_allclose(numbers.sum(axis=0) / numbers.sum(), proportions.mean(axis=0), atol=0.01)


def test_scenarios_shift_what_they_say(layout):
    numbers = {name: layout.numbers(*shift) for name, shift in SCENARIOS.items()}
    proportions = {name: layout.proportions(*shift) for name, shift in SCENARIOS.items()}
    types = {name: of_types(values) for name, values in proportions.items()}
    naive = {name: values[:, 0].sum() / values[:, :3].sum() for name, values in proportions.items()}
    np.testing.assert_array_equal(numbers["neither"], layout.numbers({}, {}))
    np.testing.assert_allclose(types["states"], types["neither"])
    np.testing.assert_allclose(types["both"], types["composition"])
    assert types["both"]["Mono"] > 1.5 * types["neither"]["Mono"]
    assert naive["states"] < 0.6 * naive["neither"]
    assert naive["both"] < 0.6 * naive["composition"]


def test_a_tissue_holds_the_asked_cells_and_repeats_none_before_all_were_used(layout):
    kinds = np.repeat(KINDS, 50)
    numbers = layout.numbers(*SCENARIOS["both"])
    made = tissues.tissue(numbers, kinds, np.random.default_rng(1))
    found = pd.crosstab(made.spot, kinds[made.cell]).reindex(index=range(SPOTS), columns=KINDS, fill_value=0)
    np.testing.assert_array_equal(found, numbers)
    used = pd.Series(np.bincount(made.cell, minlength=len(kinds))).groupby(kinds)
    assert (used.max() - used.min()).max() <= 1


def test_halves_share_each_kind():
    kinds = np.repeat(["a", "b"], [21, 8])
    first, second = tissues.halves(kinds, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(np.r_[first, second]), np.arange(29))
    assert [(kinds[first] == kind).sum() for kind in "ab"] == [11, 4]


@pytest.fixture(scope="module")
def truth(layout) -> Placed:
    rng = np.random.default_rng(2)
    spot, code = np.nonzero(layout.numbers(*SCENARIOS["both"]))
    number = layout.numbers(*SCENARIOS["both"])[spot, code]
    spot, code = np.repeat(spot, number), np.repeat(code, number)
    means = rng.gamma(1.0, 2.0, (len(KINDS), len(GENES)))
    return Placed(spot, np.array(KINDS)[code], sp.csr_matrix(rng.poisson(means[code]).astype(np.float32)))


def better(one: dict, other: dict) -> list[str]:
    signs = {metric: 1 if more else -1 for metric, more in places.BETTER.items()}
    return [metric for metric, sign in signs.items() if sign * (one[metric] - other[metric]) > 0.01]


def test_the_truth_itself_scores_perfectly(truth):
    order = np.random.default_rng(0).permutation(len(truth.spot))
    found = scores(Placed(truth.spot[order], truth.kind[order], truth.counts[order]), truth, GENES)
    assert found == pytest.approx({metric: float(more) for metric, more in places.BETTER.items()}, abs=1e-5)


def test_shuffled_places_are_worse_by_spot_and_equal_over_the_section(truth):
    perfect = scores(truth, truth, GENES)
    shuffled = truth._replace(spot=np.random.default_rng(0).permutation(truth.spot))
    whole = {"composition of the section, RMSE", "states of the section, RMSE"}
    assert set(better(perfect, scores(shuffled, truth, GENES))) == set(places.BETTER) - whole


def test_other_states_are_worse_in_states_alone(truth):
    naive = truth._replace(kind=np.where(truth.kind == "Memory CD4 T", "Naive CD4 T", truth.kind))
    worse = better(scores(truth, truth, GENES), scores(naive, truth, GENES))
    assert worse == ["states of the section, RMSE", "states by spot, RMSE"]


def test_genes_that_tell_kinds_apart_are_found_among_the_allowed(truth):
    flat = np.random.default_rng(3).poisson(3.0, (len(truth.kind), 10))
    counts = sp.csr_matrix(np.hstack([flat, truth.counts.toarray()]))
    allowed = np.arange(50) != 20
    genes = places.telling_genes(counts, truth.kind, allowed, 12)
    assert len(genes) == 12
    assert genes.min() >= 10
    assert 20 not in genes


def test_a_small_example_by_hand():
    counts = sp.csr_matrix(np.ones((4, 40), dtype=np.float32))
    truth = Placed(np.array([0, 0, 1, 1]), np.array(["CD8 T", "CD8 T", "Naive CD4 T", "B"]), counts)
    found = Placed(np.array([0, 0, 1, 1]), np.array(["CD8 T", "Naive CD4 T", "B", "B"]), counts)
    values = scores(found, truth, GENES)
    # of six types T is 3/4 in truth and 2/4 here, B 1/4 and 2/4
    assert values["composition of the section, RMSE"] == pytest.approx(np.sqrt(2 * 0.25**2 / 6))
    # of the five kinds that share a type: naive 1/3 and 1/2, CD8 2/3 and 1/2
    assert values["states of the section, RMSE"] == pytest.approx(np.sqrt(2 * (1 / 6) ** 2 / 5))
    # only the first spot holds T cells in both: naive 0 and 1/2, memory 0 and 0, CD8 1 and 1/2
    assert values["states by spot, RMSE"] == pytest.approx(np.sqrt(2 * 0.5**2 / 3))


def test_files_are_what_the_pipeline_reads(tmp_path):
    import anndata as ad

    rng = np.random.default_rng(0)
    cells = ad.AnnData(sp.csr_matrix(rng.poisson(2.0, (90, 40)).astype(np.float32)))
    cells.obs["cell_type"] = np.tile(KINDS, 10)
    made = Study(cells, 0, tmp_path)
    section, bulk, reference = (ad.read_h5ad(tmp_path / f"{name}.h5ad") for name in ("section", "bulk", "reference"))
    assert section.shape == (SPOTS, 40)
    assert section.obsm["spatial"].shape == (SPOTS, 2)
    assert list(bulk.obs_names) == [*SCENARIOS, *COMPANY]
    assert set(reference.obs["cell_type"]) == set(TYPES.values()), "kinds are hidden"
    assert set(made.truth) == set(SCENARIOS)
    ratio = bulk.X.toarray()[0] / made.truth["composition"].counts.sum(axis=0).A1
    assert 0.2 < np.log(ratio).std() < 0.6


def measured(**gain: float) -> pd.DataFrame:
    """Return a table in which each method is the given gain better than the run that ignores the bulk."""
    return pd.DataFrame(
        {"seed": seed, "scenario": scenario, "method": method, "metric": metric}
        | {"value": 0.5 + 0.01 * seed + gain.get(method.split()[-1], 0.0) * (1 if more else -1)}
        for seed in (0, 1)
        for scenario in SCENARIOS
        for method in page.METHODS
        for metric, more in places.BETTER.items()
    )


def written(table: pd.DataFrame) -> str:
    return page.text(**page.tables(table))


def test_the_page_counts_what_all_seeds_agree_on():
    text = written(measured(default=0.1, bulk=-0.1))
    assert "| default | the bulk ignored | the tissues differ | 21 | 0 | 21 |" in text
    assert "| default | the bulk ignored | the tissues are equal | 7 | 0 | 7 |" in text
    assert "bulk | the bulk ignored | the tissues differ | 0 | 21 | 21 |" in text
    table = measured(default=0.1)
    first = (table["seed"] == 0) & (table["method"] == page.DEFAULT)
    table.loc[first, "value"] = 0.5  # no gain in one of the seeds
    assert not page.compare(table, page.DEFAULT, page.IGNORED).to_numpy().any()


def test_a_bulk_that_adds_nothing_or_does_harm_is_told():
    table = measured(default=0.1)
    assert "*default*: **the bulk adds nothing**" not in written(table)
    own = table["metric"].eq("states by spot, RMSE") & table["method"].eq(page.DEFAULT)
    table.loc[own, "value"] += 0.1
    assert "*default*: **the bulk adds nothing** in any scenario to: states by spot, RMSE." in written(table)
    table.loc[own & table["scenario"].eq("both"), "value"] += 0.1
    assert "*default*: **the bulk does harm** to: states by spot, RMSE (both)." in written(table)


def test_scores_are_shown_with_their_spread_over_seeds():
    text = written(measured(default=0.1))
    assert text.count(" 0.605 ± 0.007 ") == len(SCENARIOS) * 3  # three metrics of which more is better
    assert len(tables(text)[page.SCORES]) == len(SCENARIOS) * len(page.METHODS)
