"""Floors of what the mapping onto imaged cells says of its own certainty; `make bench-trust` measures more sets."""

import pandas as pd
import pytest
from bench.cases.imaged import halves, held_out_genes, shared_columns
from bench.judges.imaged_trust import of_cells, of_genes, summary_of_cells, summary_of_genes
from bench.rivals.mappers import trusted


@pytest.mark.slow
def test_probabilities_of_types_are_right_as_often_as_they_say(data):
    cells, genes = [], []
    for seed in (0, 1, 2):
        task = halves(data, seed, "halves")
        found = trusted(task, seed)
        cells.append(of_cells(task, found))
        genes.append(of_genes(task, found))
    types, hidden = summary_of_cells(pd.concat(cells)), summary_of_genes(pd.concat(genes))
    print(types, hidden)
    assert types["ECE, probability"] <= 0.07
    assert types["AUC, probability"] >= max(0.76, types["AUC, votes"] + 0.03)
    assert types["accuracy, probability"] >= types["accuracy, votes"]
    assert hidden["Spearman"] >= 0.7
    assert hidden["true of others"] > hidden["true of marked"] + 0.1
    assert 0.85 <= hidden["coverage"] <= 0.95


@pytest.mark.slow
def test_expected_correlations_rank_true_ones_on_another_laboratorys_section(data):
    tasks = list(held_out_genes(*shared_columns(data), 0))
    hidden = summary_of_genes(pd.concat([of_genes(task, trusted(task, 0)) for task in tasks]))
    print(hidden)
    assert hidden["Spearman"] >= 0.5
    assert 0.85 <= hidden["coverage"] <= 0.95
