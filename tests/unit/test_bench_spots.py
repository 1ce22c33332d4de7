"""Step 2 of the benchmark: sections made of known cells, rivals that place cells, and how both are judged."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import sections
from bench.judges.spots import Judge, composition
from bench.page import spots as page
from bench.rivals import classifiers, leaf_embedding, linear_assignment
from bulk2space.spots.marker_space import Expression
from bulk2space.spots.pairs import training_pairs
from bulk2space.spots.pseudo_spots import pseudo_spots
from simulated_sample import adata, expression
from sklearn.metrics import roc_auc_score
from test_forest import cells_with_states

KINDS = ["A", "B", "C"]


def held_out(n=90, genes=40, *, scale=1.0, seed=0):
    rng = np.random.default_rng(seed)
    types = np.repeat(KINDS, [n // 2, n // 3, n - n // 2 - n // 3])
    counts = sp.csr_matrix(np.rint(expression(types, KINDS, genes, rng).toarray() * scale).astype(np.float32))
    return adata(counts, [f"c{i}" for i in range(n)], [f"G{g:02d}" for g in range(genes)], cell_type=types)


def test_random_members_are_different_cells_of_all():
    members = sections.members_at_random(30, 200, 10, np.random.default_rng(0))
    assert members.shape == (200, 10)
    assert all(len(set(row)) == 10 for row in members.tolist())
    assert set(members.ravel()) == set(range(30))


def test_spots_of_few_types_hold_few_types_and_exact_cells():
    codes = np.repeat(np.arange(6), 20)
    rng = np.random.default_rng(0)
    few = codes[sections.members_by_type(codes, 300, 10, rng)]
    many = codes[sections.members_at_random(len(codes), 300, 10, rng)]
    assert few.shape == (300, 10)
    kinds = [np.mean([len(set(row)) for row in spots.tolist()]) for spots in (few, many)]
    assert kinds[0] < 3.6 < 4.5 < kinds[1]
    assert set(few.ravel()) == set(range(6))


@pytest.mark.parametrize("recipe", sections.RECIPES)
def test_truth_adds_up(recipe):
    cells = held_out()
    made = sections.simulate(cells, recipe, 50, 10, np.random.default_rng(1))
    numbers = made.truth.obsm["cells"]
    assert (numbers.sum(axis=1) == 10).all()
    assert list(numbers.columns) == KINDS
    np.testing.assert_array_equal(made.section.layers["counts"].toarray(), made.truth.X.toarray())
    np.testing.assert_allclose(np.expm1(made.section.X.toarray()).sum(axis=1), 1e4, rtol=1e-4)
    # genes of a type rise with its cells
    of_type = made.truth.X.toarray()[:, np.arange(cells.n_vars) % 3 == 0].sum(axis=1)
    assert np.corrcoef(of_type, numbers["A"])[0, 1] > 0.9
    assert len(np.unique(made.section.obsm["spatial"], axis=0)) == 50


def test_deep_spots_are_thinned_and_their_truth_is_not():
    made = sections.simulate(held_out(scale=100), "random", 20, 10, np.random.default_rng(1))
    true, seen = made.truth.X.sum(axis=1), made.section.layers["counts"].sum(axis=1)
    assert true.min() > 25_000
    np.testing.assert_allclose(seen, 20_000, rtol=0.05)


@pytest.mark.parametrize("name", list(classifiers.SCORERS))
def test_classifiers_tell_members_from_others_of_their_type(name, monkeypatch):
    monkeypatch.setattr(leaf_embedding, "GROUPS", 10)
    monkeypatch.setattr(leaf_embedding, "TREES", 20)
    cells, _ = cells_with_states(n=400, depth=2000)
    scorer = classifiers.SCORERS[name](pseudo_spots=80).fit(cells, np.random.default_rng(0))
    rng = np.random.default_rng(1)
    members, spots = pseudo_spots(cells, number=150, size=3, rng=rng)
    pairs, labels = training_pairs(members, cells.types, same_type=True, rng=rng)
    scores = scorer.score(spots, cells, pairs)
    assert scores.shape == labels.shape
    assert scores.min() >= 0 and scores.max() <= 1
    assert roc_auc_score(labels, scores) > 0.55


def test_each_cell_comes_once_before_one_comes_twice():
    types = np.repeat([0, 1], [4, 3])
    chosen = linear_assignment.drawn(types, np.array([6, 2]), np.random.default_rng(0))
    times = np.bincount(chosen, minlength=7)
    assert times[:4].sum() == 6 and set(times[:4]) == {1, 2}
    assert times[4:].sum() == 2 and times[4:].max() == 1


def test_linear_assignment_sends_cells_to_the_spots_they_made():
    rng = np.random.default_rng(3)
    programs = rng.gamma(0.3, 1.0, (8, 80))
    counts = rng.poisson(40 * programs[np.arange(80) % 8]).astype(float)
    cells = Expression(sp.csr_matrix(counts), counts.sum(axis=1), np.arange(80) % 2)
    home = np.arange(80) % 8
    sums = np.stack([counts[home == spot].sum(axis=0) for spot in range(8)])
    spots = Expression(sp.csr_matrix(sums), sums.sum(axis=1))
    quotas = np.where(np.arange(8)[:, None] % 2 == np.arange(2), 10, 0)
    placed = linear_assignment.assign(spots, cells, quotas, rng)
    np.testing.assert_array_equal(np.bincount(placed.spot), 10)
    assert len(np.unique(placed.cell)) == 80
    assert (home[placed.cell] == placed.spot).mean() > 0.9


def perfect(made, cells, members):
    """Return table and placed cells of a method that finds every member."""
    spots = np.repeat(made.section.obs_names, members.shape[1])
    placed = cells[members.ravel()].copy()
    placed.obs["spot"] = spots
    numbers = made.truth.obsm["cells"].rename_axis("spot").reset_index()
    table = numbers.melt("spot", var_name="cell_type", value_name="proportion")
    return table.assign(proportion=table["proportion"] / members.shape[1]), placed


def test_a_perfect_placement_has_perfect_figures_and_a_wrong_one_has_not():
    cells = held_out(genes=400)
    made = sections.simulate(cells, "random", 60, 10, np.random.default_rng(5))
    members = sections.members_at_random(cells.n_obs, 60, 10, np.random.default_rng(5))  # the same draw
    ranking = pd.DataFrame({"cell_type": "A", "gene": cells.var_names[:30], "rank": np.arange(30) + 1, "score": 9.0})
    judge = Judge(made.truth, cells, ranking.assign(log2fc=1.0, pvalue_adj=0.0))
    assert len(judge.judged) == 370, "markers are not judged"
    table, placed = perfect(made, cells, members)
    found = judge.method(table, placed)
    right = dict(zip(found["metric"], found["value"], strict=True))
    wrong = judge.method(table, perfect(made, cells, members[::-1])[1])
    wrong = dict(zip(wrong["metric"], wrong["value"], strict=True))
    for name, value in right.items():
        assert value == pytest.approx(0 if name.startswith("rmse") else 1, abs=1e-6), name
    assert wrong["pcc_whole"] < 0.7 and wrong["pcc_composition"] == pytest.approx(1)
    assert wrong["pcc_expression"] < right["pcc_expression"] - 0.01
    assert wrong["pcc_genes"] < 0.3
    constant = judge.constant()
    assert dict(zip(constant["metric"], constant["value"], strict=True))["pcc_genes"] == pytest.approx(0, abs=1e-6)


def test_without_cells_the_fractions_of_mrna_weigh_the_means_of_the_types():
    cells = held_out(genes=400)
    made = sections.simulate(cells, "random", 20, 10, np.random.default_rng(5))
    ranking = pd.DataFrame({"cell_type": "A", "gene": cells.var_names[:30], "rank": np.arange(30) + 1, "score": 9.0})
    judge = Judge(made.truth, cells, ranking.assign(log2fc=1.0, pvalue_adj=0.0))
    table, _ = perfect(made, cells, sections.members_at_random(cells.n_obs, 20, 10, np.random.default_rng(5)))
    of_cells, of_mrna = (
        pd.DataFrame(judge.method(found, None)).set_index("metric")["value"]
        for found in (table, table.assign(rna_fraction=1 - table["proportion"]))
    )
    assert of_cells["pcc_composition"] == of_mrna["pcc_composition"] == pytest.approx(1)
    assert of_mrna["pcc_expression"] < of_cells["pcc_expression"]


def test_types_and_spots_that_were_not_found_count_as_zero():
    true = pd.DataFrame([[0.5, 0.5], [1.0, 0.0]], ["s1", "s2"], ["A", "B"])
    found = pd.DataFrame([[1.0]], ["s1"], ["A"])
    value = composition(found, true, "whole")["rmse_whole"]
    assert value == pytest.approx(np.sqrt((0.25 + 0.25 + 1) / 4))


def rows(method, value, *, status="done", kind="scorer", **columns):
    row = {"case": "whole-one", "set": "one", "role": "tuning", "protocol": "whole", "recipe": "random", "n_spots": 100}
    row |= {"seed": 42, "method": method, "kind": kind, "status": status, "seconds": 2.0} | columns
    if status != "done":
        return [row]
    return [row | {"metric": name, "value": value} for name in (*page.COMPOSITION, *page.EXPRESSION)]


def test_the_page_tells_results_timeouts_and_what_is_not_there():
    table = pd.DataFrame(
        rows("auto", 0.9)
        + rows("random", 0.8)
        + rows("perceptron", 0, status="timeout")
        + rows("flashdeconv", 0.7, kind="external")
        + rows("rctd", 0, status="not installed", kind="external")
        + rows("tangram", 0, status="no result", kind="external")
    )
    text = page.text(page.tables(page.by_method(table).assign(ran="2026-01-02")), {"grid": "reduced"})
    composed, expressed = text.split("## Expression of spots")
    assert "| one | whole | random | 100 | auto | 0.900 |" in composed
    assert "| random | 0.800" not in composed, "its composition is the default's"
    assert "| one | whole | random | 100 | random | 0.800 |" in expressed
    assert "| perceptron (timeout) | – |" in expressed
    assert "| tangram (no result) | – |" in composed
    assert "Left out, because not installed in this run (`make bench-tools`): rctd." in text
    assert "| rctd |" not in expressed
    assert "The cases ran on 2026-01-02: whole-one." in text
    assert "| spotlight | SPOTlight (own implementation: seeded NMF + NNLS) |" in text
    assert "| random | 1 | 1 |" in text.split("### How often the default is closer")[1]


def test_seconds_are_a_methods_own_or_its_tasks(tmp_path):
    table = pd.DataFrame(rows("auto", 0.9, seconds=np.nan) + rows("perceptron", 0.9, seconds=7.0))
    table.to_csv(tmp_path / "spots.csv", index=False)
    trace = {
        "SPOTS:MAP_SPOTS (whole-one.random.100.42.auto)": "1500",
        "SPOTS:FIT_SPOTS (whole-one.random.100.42.model)": "500",
        "JUDGE_CELLS (x)": "9",
    }
    pd.DataFrame({"name": [*trace], "realtime": [*trace.values()]}).to_csv(
        tmp_path / "trace.txt", sep="\t", index=False
    )
    found = page.read(tmp_path).groupby("method")["seconds"].first()
    assert found.to_dict() == {"auto": 2.0, "perceptron": 7.0}
