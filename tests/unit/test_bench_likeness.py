"""The judge of generated cells against held-out ones, on cells whose law is known."""

import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.judges import likeness
from simulated_sample import adata

KINDS, N_GENES = ["A", "B", "C"], 150
GENES = [f"g{n}" for n in range(N_GENES)]
SIZES = 70, 70, 30  # of a type's cells; as many of C do not count
_rng = np.random.default_rng(0)
RATES = _rng.gamma(1, 1.5, N_GENES) * np.exp(_rng.normal(0, 1.0, (3, N_GENES))) + 0.1
METRICS = {"mean_pcc", "spread_pcc", "lfc_pcc", "auc", "frobenius", "distance_ratio"}


def cells(seed: int, sizes: tuple[int, ...] = SIZES) -> ad.AnnData:
    """Draw cells by the law of their type: totals differ, and a program of thirty genes."""
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(3), sizes)
    program = np.exp(rng.normal(0, 0.5, (len(codes), 1)) * (np.arange(N_GENES) % 5 == 0))
    rates = RATES[codes] * rng.uniform(0.7, 1.4, (len(codes), 1)) * program
    names = [f"{seed}.{n}" for n in range(len(codes))]
    return adata(sp.csr_matrix(rng.poisson(rates).astype(np.float32)), names, GENES, cell_type=np.array(KINDS)[codes])


def drawn_again(of: ad.AnnData, rows: np.ndarray) -> ad.AnnData:
    """Return these rows as cells whose sources are named."""
    return adata(
        of.layers["counts"][rows],
        [f"again{n}" for n in range(len(rows))],
        GENES,
        cell_type=of.obs["cell_type"].to_numpy()[rows],
        source_cell=of.obs_names.to_numpy()[rows],
    )


@pytest.fixture(scope="module", autouse=True)
def few_trees():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "TREES", 20)
        patch.setattr(likeness, "FOLDS", 3)
        yield


@pytest.fixture(scope="module")
def real():
    return cells(1), cells(2)


def judged(generated, real, **options) -> pd.DataFrame:
    return likeness.judge(generated, *real, repeats=1, **options)


def figures(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row a metric, its mean over the types that count."""
    return table[table["gated"]].groupby("metric")[["value", "ceiling"]].mean()


@pytest.fixture(scope="module")
def fresh(real):
    """New cells of the same law."""
    return judged(cells(3), real)


def test_new_cells_of_the_same_law_are_like_held_out_ones(fresh):
    found = figures(fresh)
    assert set(found.index) == {*METRICS, "copies"}
    assert abs(found.loc["auc", "value"] - 0.5) < 0.1
    assert abs(found.loc["auc", "ceiling"] - 0.5) < 0.1
    assert abs(found.loc["distance_ratio", "value"] - 1) < 0.05
    for metric, floor in (("mean_pcc", 0.97), ("spread_pcc", 0.85), ("lfc_pcc", 0.93)):
        assert floor < found.loc[metric, "value"] < 1
        assert found.loc[metric, "value"] == pytest.approx(found.loc[metric, "ceiling"], abs=0.04)
    assert found.loc["frobenius", "value"] == pytest.approx(found.loc["frobenius", "ceiling"], rel=0.1)
    assert found.loc["copies", "value"] == 0


def test_types_of_fewer_held_out_cells_than_the_gate_do_not_count(fresh):
    assert likeness.ENOUGH == 50
    rows = fresh[fresh["metric"] != "copies"].groupby("cell_type")
    assert rows["gated"].agg(set).to_dict() == {"A": {True}, "B": {True}, "C": {False}}
    assert rows["n"].agg(set).to_dict() == {"A": {70}, "B": {70}, "C": {30}}
    assert rows["metric"].agg(set).to_dict() == dict.fromkeys(KINDS, METRICS)


def test_the_references_own_cells_are_copies_and_reach_the_ceiling(real):
    reference, _ = real
    again = drawn_again(reference, np.tile(np.arange(reference.n_obs), 2))
    table = judged(again, real)
    found = figures(table)
    assert found.loc["copies", "value"] == 2 * reference.n_obs
    # one cell of each source, hence the same cells as the ceiling's
    exact = table[table["metric"].isin(METRICS - {"auc", "distance_ratio"})]
    np.testing.assert_allclose(exact["value"], exact["ceiling"], rtol=1e-5)
    assert abs(found.loc["auc", "value"] - 0.5) < 0.12
    assert found.loc["distance_ratio", "value"] < 0.01  # no cell is nearer to the reference than its own


def test_cells_drawn_twice_of_a_source_count_once(real):
    """Ten sources of A a hundred times over are ten cells to judge."""
    made = drawn_again(cells(3), np.concatenate([np.tile(np.arange(10), 10), np.arange(70, 170)]))
    sizes = judged(made, real).groupby("cell_type")["n"].first()
    assert sizes.to_dict() == {"A": 10, "B": 70, "C": 30, "all": 200}


def test_cells_of_another_type_are_found_out(real, fresh):
    swapped = cells(3)
    swapped.obs["cell_type"] = swapped.obs["cell_type"].map({"A": "B", "B": "A", "C": "C"})
    table = judged(swapped, real).set_index(["cell_type", "metric"])["value"]
    for name in "AB":
        assert table[name, "auc"] > 0.97
        assert table[name, "lfc_pcc"] < 0.3
        assert table[name, "mean_pcc"] < 0.9
        assert table[name, "spread_pcc"] < 0.8
    right = fresh.set_index(["cell_type", "metric"])["value"]
    assert table["C", "mean_pcc"] == right["C", "mean_pcc"]  # C's own cells are what they were


def test_cells_without_what_varies_together_are_further_from_held_out_ones(real, fresh):
    """Each gene's values of a type shuffled over its cells: equal means and spreads, no correlations."""
    rng, mixed = np.random.default_rng(0), cells(3)
    counts = mixed.layers["counts"].toarray()
    for name in KINDS:
        own = np.flatnonzero(mixed.obs["cell_type"] == name)
        counts[own] = rng.permuted(counts[own], axis=0)
    mixed = adata(sp.csr_matrix(counts), list(mixed.obs_names), GENES, cell_type=mixed.obs["cell_type"].to_numpy())
    found = figures(judged(mixed, real))["value"]
    assert found["frobenius"] > 1.02 * figures(fresh).loc["frobenius", "value"]
    assert found["mean_pcc"] == pytest.approx(figures(fresh).loc["mean_pcc", "value"], abs=0.01)


def test_smoothed_cells_are_nearer_and_narrower(real):
    """Averages of ten cells: the mean is right, and nothing else."""
    made = cells(3, (700, 700, 300))
    pooled = made.layers["counts"].toarray().reshape(-1, 10, N_GENES).mean(axis=1)
    made = adata(sp.csr_matrix(pooled), [f"p{n}" for n in range(170)], GENES, cell_type=np.repeat(KINDS, SIZES))
    found = figures(judged(made, real))["value"]
    assert found["mean_pcc"] > 0.95
    assert found["auc"] > 0.95
    assert found["distance_ratio"] < 0.85


def test_a_type_of_too_few_cells_is_left_out_and_said(real, caplog):
    assert likeness.FEWEST == 10
    with caplog.at_level(logging.WARNING):
        table = judged(cells(3, (70, 9, 10)), real)
    assert set(table["cell_type"]) == {"A", "C", "all"}
    assert "B: only 9 cells to compare, the type is not judged" in caplog.text
    assert (table[table["cell_type"] == "C"]["n"] == 10).all()


def test_where_every_type_is_left_out_copies_are_counted_still(real):
    reference, _ = real
    table = judged(reference[[0, 1, 2, 80, 150]].copy(), real)
    assert table[["cell_type", "metric", "value"]].to_numpy().tolist() == [["all", "copies", 5]]


def test_genes_that_only_real_cells_have_count_as_not_expressed(real, fresh):
    made = cells(3)
    without = made.layers["counts"].toarray()
    without[:, 100:] = 0
    types = made.obs["cell_type"].to_numpy()
    as_zero = judged(adata(sp.csr_matrix(without), list(made.obs_names), GENES, cell_type=types), real)
    cut = judged(adata(sp.csr_matrix(without[:, :100]), list(made.obs_names), GENES[:100], cell_type=types), real)
    pd.testing.assert_frame_equal(cut, as_zero)
    assert figures(cut).loc["auc", "value"] > 0.95
    # neither the order of genes is of account, nor genes that no real cell has, but for the totals
    more = np.hstack([np.zeros((170, 5)), made.layers["counts"].toarray()]).astype(np.float32)
    names = [*(f"new{n}" for n in range(5)), *GENES]
    wider = judged(adata(sp.csr_matrix(more[:, ::-1]), list(made.obs_names), names[::-1], cell_type=types), real)
    pd.testing.assert_frame_equal(wider, fresh)


def test_log_values_without_counts_are_judged_alike(real, fresh):
    sides = [cells(3), *(side.copy() for side in real)]
    for side in sides:
        del side.layers["counts"]
    pd.testing.assert_frame_equal(judged(sides[0], sides[1:]), fresh)


def test_the_seed_decides(real, fresh):
    made = cells(3)
    pd.testing.assert_frame_equal(judged(made, real, seed=0), fresh)
    other = judged(made, real, seed=1)
    assert (other["value"] != fresh["value"]).any()
    assert (other["metric"] == fresh["metric"]).all()


def test_genes_are_chosen_on_the_reference_alone(real):
    """Markers of its types, and what varies; a gene that is nowhere is neither."""
    reference, _ = real
    counts = reference.layers["counts"].toarray()
    counts[:, :20] = 0
    bare = adata(
        sp.csr_matrix(counts), list(reference.obs_names), GENES, cell_type=reference.obs["cell_type"].to_numpy()
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(likeness, "VARIABLE", 30)
        patch.setattr(likeness, "MARKERS", 10)
        chosen, markers = likeness.choose_genes(bare)
    assert (np.diff(chosen) > 0).all()
    assert 30 <= len(chosen) <= 60
    assert 20 <= len(markers) <= 30
    assert set(markers) <= set(np.array(GENES)[chosen])
    assert not set(markers) & set(GENES[:20])
    high = RATES / np.sort(RATES, axis=0)[-2]  # over the next type's
    top = {GENES[n] for t in range(3) for n in np.argsort(-high[t] * (np.arange(N_GENES) >= 20))[:3]}
    assert len(top & set(markers)) >= 6
