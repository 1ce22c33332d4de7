import logging

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract.problems import InputError
from scipy.stats import false_discovery_control, mannwhitneyu


def cells(rng, n=90, genes=12):
    """Cells of three types; gene t is high in type t, gene 11 is never seen, gene 10 is constant."""
    codes = np.arange(n) % 3
    counts = rng.poisson(0.7, (n, genes)).astype(float)
    for t in range(3):
        counts[codes == t, t] += 6
    counts[:, 10], counts[:, 11] = 2, 0
    return sp.csr_matrix(np.log1p(counts)), np.array(["a", "b", "c"])[codes]


def test_scores_are_those_of_the_rank_sum_test_with_ties():
    values, labels = cells(np.random.default_rng(0))
    table = markers.rank(values, labels, [f"g{i}" for i in range(12)])
    dense = values.toarray()
    for name in "abc":
        own = table[table["cell_type"] == name].set_index("gene")
        inside = labels == name
        expected = np.array(
            [
                mannwhitneyu(dense[inside, g], dense[~inside, g], method="asymptotic", use_continuity=False).pvalue
                for g in range(10)
            ]
            + [1.0, 1.0]
        )
        adjusted = false_discovery_control(expected)
        np.testing.assert_allclose(own.loc[[f"g{i}" for i in range(12)], "pvalue_adj"], adjusted, rtol=1e-9)
        assert own.loc["g10", "score"] == own.loc["g11", "score"] == 0


def test_every_type_finds_its_gene_and_ranks_all_genes():
    values, labels = cells(np.random.default_rng(1))
    table = markers.rank(values, labels, [f"g{i}" for i in range(12)])
    assert list(table.columns) == ["cell_type", "gene", "rank", "score", "log2fc", "pvalue_adj"]
    best = table[table["rank"] == 1].set_index("cell_type")
    assert best["gene"].to_dict() == {"a": "g0", "b": "g1", "c": "g2"}
    assert (best["score"] > 5).all()
    assert (best["log2fc"] > 1).all()
    for _, own in table.groupby("cell_type"):
        assert sorted(own["rank"]) == list(range(1, 13))
        assert own["score"].is_monotonic_decreasing


def test_fold_change_is_of_linear_means():
    values = sp.csr_matrix(np.log1p(np.array([[8.0], [8.0], [2.0], [2.0]])))
    table = markers.rank(values, np.array(["a", "a", "b", "b"]), ["g"])
    np.testing.assert_allclose(table["log2fc"], [np.log2(8.01 / 2.01), np.log2(2.01 / 8.01)])


def test_a_single_type_is_ranked_by_mean(caplog):
    values = sp.csr_matrix(np.log1p(np.array([[1.0, 5.0, 0.0], [1.0, 3.0, 0.0]])))
    with caplog.at_level(logging.WARNING):
        table = markers.rank(values, np.array(["only", "only"]), ["x", "y", "z"])
    assert list(table["gene"]) == ["y", "x", "z"]
    assert (table["score"] == 0).all()
    assert "too few cells or types to test the genes of only" in caplog.text
    assert markers.select(table, ["x", "z"], per_type=1) == ["x"]


def test_a_type_of_one_cell_is_ranked_by_fold_change(caplog):
    values, labels = cells(np.random.default_rng(2))
    labels = np.where(np.arange(len(labels)) == 0, "alone", labels)
    with caplog.at_level(logging.WARNING):
        table = markers.rank(values, labels, [f"g{i}" for i in range(12)])
    alone = table[table["cell_type"] == "alone"]
    assert alone["gene"].iloc[0] == "g0"
    assert (alone["score"] == 0).all()
    assert alone["log2fc"].is_monotonic_decreasing
    assert (table.loc[table["cell_type"] == "b", "score"].iloc[0]) > 5
    assert "genes of alone" in caplog.text
    assert "g0" in markers.select(table, ["g0", "g5"], per_type=1)


def table_of(rows):
    return pd.DataFrame(rows, columns=["cell_type", "gene", "rank", "score"]).assign(log2fc=1.0)


def test_select_cuts_after_intersecting_and_keeps_order():
    table = table_of(
        [
            ("a", "g1", 1, 9.0),
            ("a", "g2", 2, 8.0),
            ("a", "g3", 3, 7.0),
            ("a", "g4", 4, -1.0),
            ("b", "g4", 1, 9.0),
            ("b", "g3", 2, 8.0),
            ("b", "g1", 3, 7.0),
            ("b", "g2", 4, 6.0),
        ]
    )
    assert markers.select(table, ["g4", "g3", "g2"], per_type=2) == ["g2", "g3", "g4"]
    assert markers.select(table.sample(frac=1, random_state=0), ["g4", "g3", "g2"], per_type=2) == ["g2", "g3", "g4"]


def test_select_takes_positive_scores_only_and_says_which_type_has_none(caplog):
    table = table_of([("a", "g1", 1, 2.0), ("a", "g2", 2, -1.0), ("b", "g1", 1, -1.0), ("b", "g2", 2, -2.0)])
    with caplog.at_level(logging.INFO):
        assert markers.select(table, ["g1", "g2"], per_type=2) == ["g1"]
    assert "no marker gene for: b" in caplog.text
    assert "markers per type: a 1" in caplog.text


def test_select_without_shared_genes_is_an_error():
    with pytest.raises(InputError, match="check gene names"):
        markers.select(table_of([("a", "g1", 1, 2.0)]), ["other"], per_type=5)
