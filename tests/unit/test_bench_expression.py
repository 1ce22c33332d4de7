"""The benchmark of expression by type: cohorts whose truth is known, its judge, and a rival that may be absent."""

import stat
import sys

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import known_expression
from bench.judges.type_expression import correlations, covered, mean_of
from bench.page import expression as page
from bench.rivals import bmind
from bench.runner.start import r_script
from bulk2space.numerics.scaling import TARGET_SUM


@pytest.fixture
def data(tmp_path):
    """A small data set under the name of the blood."""
    rng = np.random.default_rng(0)
    kinds = np.repeat(["CD8 T", "Naive CD4 T", "B"], 20)
    rates = rng.gamma(1, 2, (3, 50))[np.repeat(np.arange(3), 20)]
    cells = ad.AnnData(
        sp.csr_matrix(rng.poisson(rates).astype(np.float32)),
        obs=pd.DataFrame({"cell_type": kinds}, index=[f"c{n}" for n in range(60)]),
        var=pd.DataFrame(index=[f"GENE{n}" for n in range(50)]),
    )
    cells.write_h5ad(tmp_path / "sc_pbmc3k_10x.h5ad")
    return tmp_path


def test_the_bulk_is_the_sum_of_what_is_known(data, monkeypatch):
    monkeypatch.setattr(known_expression, "PREPARATION_SD", 0.0)
    case = known_expression.simulate(data, "sc_pbmc3k_10x", samples=4)
    bulk = TARGET_SUM * case.bulk.X.toarray() / case.bulk.X.sum(axis=1)
    together = np.einsum("st,tsg->sg", case.rna_fraction, case.truth)
    np.testing.assert_allclose(bulk, together, rtol=0.05, atol=1)
    np.testing.assert_allclose(case.truth.sum(axis=2), TARGET_SUM)
    assert not set(case.reference.obs_names) & set(case.bulk.obs_names)


def test_a_fifth_of_the_genes_of_each_type_is_changed(data):
    case = known_expression.simulate(data, "sc_pbmc3k_10x", samples=40)
    assert case.changed.mean() == pytest.approx(known_expression.CHANGED, abs=0.1)
    spread = np.log(case.truth + 1).std(axis=1)
    assert spread[case.changed].mean() > 3 * spread[~case.changed].mean()


def test_states_mix_kinds_that_share_a_name(data):
    case = known_expression.simulate(data, "sc_pbmc3k_10x", samples=10, states=True)
    assert case.types == ["B", "T"]
    assert not case.changed.any()
    spread = np.log(case.truth + 1).std(axis=1).mean(axis=1)
    assert spread[1] > 2 * spread[0]


def test_correlations_are_numpys_where_the_truth_is_known():
    rng = np.random.default_rng(0)
    found, truth = rng.random((2, 6, 3)), rng.random((2, 6, 3))
    truth[1, 2] = np.nan
    result = correlations(found, truth)
    assert result[0, 1] == pytest.approx(np.corrcoef(found[0, :, 1], truth[0, :, 1])[0, 1])
    kept = [0, 1, 3, 4, 5]
    assert result[1, 2] == pytest.approx(np.corrcoef(found[1, kept, 2], truth[1, kept, 2])[0, 1])


def test_a_constant_estimate_counts_as_zero_and_a_constant_truth_not_at_all():
    values = np.arange(4.0).reshape(1, 4, 1)
    assert correlations(np.ones((1, 4, 1)), values)[0, 0] == 0
    assert np.isnan(correlations(values, np.ones((1, 4, 1)))[0, 0])
    assert mean_of(np.array([[1.0, np.nan, 0.5]]), np.array([[True, True, False]])) == 1
    assert np.isnan(mean_of(np.array([[1.0]]), np.array([[False]])))


def test_covered_counts_known_values_of_chosen_genes():
    truth = np.array([[[0.0, 5], [np.nan, 5]]])
    assert covered(np.zeros((1, 2, 2)), np.ones((1, 2, 2)), truth, np.array([[True, False]])) == 1
    assert covered(np.zeros((1, 2, 2)), np.ones((1, 2, 2)), truth, np.array([[True, True]])) == pytest.approx(1 / 3)


def test_an_r_without_the_package_is_no_rival(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not r_script(*bmind.ASK)
    (tmp_path / "Rscript").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "Rscript").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert not r_script(*bmind.ASK)


def test_what_bmind_writes_comes_back_in_order(tmp_path, monkeypatch):
    """A stand-in for Rscript gives the bulk's value of a gene to all types, and leaves out the first gene."""
    (tmp_path / "Rscript").write_text(
        f"#!{sys.executable}\n"
        "import sys, pandas as pd\n"
        "if '-e' in sys.argv: raise SystemExit(0)\n"
        "folder = sys.argv[2]\n"
        "bulk, frac = (pd.read_csv(f'{folder}/{name}.csv', index_col=0) for name in ('bulk', 'frac'))\n"
        "assert list(bulk.columns) == list(frac.index)\n"
        "rows = [(g, t, s, bulk.loc[g, s]) for s in bulk for t in frac for g in bulk.index[1:]]\n"
        "pd.DataFrame(rows, columns=['gene', 'type', 'sample', 'value']).to_csv(f'{folder}/found.csv', index=False)\n"
    )
    (tmp_path / "Rscript").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    assert r_script(*bmind.ASK)
    bulk = np.random.default_rng(0).random((5, 4))
    found = bmind.expression(bulk, np.full((5, 2), 0.5), np.ones((2, 4)), r_script)
    assert found.shape == (2, 5, 4)
    assert not found[:, :, 0].any()
    np.testing.assert_allclose(found[:, :, 1:], np.log2(100 * bulk[:, 1:] + 1)[None].repeat(2, axis=0))


def test_the_page_counts_sets_that_are_won_and_says_what_was_not_run():
    methods = pd.DataFrame(
        [
            {"set": "one", "role": "tuning", "method": page.OWN, "resolvable": 0.8, "all": 0.2},
            {"set": "one", "role": "tuning", "method": page.BULK, "resolvable": 0.7, "all": 0.3},
            {"set": "two", "role": "tuning", "method": page.OWN, "resolvable": 0.5, "all": 0.4},
            {"set": "two", "role": "tuning", "method": page.BULK, "resolvable": 0.6, "all": 0.3},
            {"set": "two", "role": "tuning", "method": page.BMIND, "resolvable": np.nan, "all": np.nan},
        ]
    )
    types = pd.DataFrame({"set": ["one", "two"], "cell type": page.ALL, "in interval": [0.9, 0.5]})
    text = " ".join(page.text(methods, types, pd.DataFrame({"set": ["one"]})).split())
    assert "the largest mean correlation with the truth in 1 of 2 sets" in text
    assert "85 to 99 % of the true values in 1 of 2 sets" in text
    assert "the estimate is best in 1 of 2 sets" in text
    assert "bMIND was not run" in text
    assert "The sets kept for judging were not run." in text
