"""Generators of other authors beside the pipeline's: what a new cell keeps of single cells, and words of the page."""

import json
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.commands import generators as command
from bench.judges.kept import Judge
from bench.page import generators as page
from bench.rivals import latent_normal, scvi_cells
from bulk2space.numerics.scaling import log_normalize

GENES = 30


def cells(seed: int, n: int = 60) -> ad.AnnData:
    """Return cells of two types with counts."""
    rng = np.random.default_rng(seed)
    profiles, codes = np.random.default_rng(0).gamma(0.8, 8, (2, GENES)), np.repeat([0, 1], n)
    counts = sp.csr_matrix(rng.poisson(profiles[codes]).astype(np.float32))
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical(np.array(["b", "a"])[codes])}, index=[f"{seed}_{k}" for k in range(2 * n)]
    )
    var = pd.DataFrame(index=[f"g{k}" for k in range(GENES)])
    return ad.AnnData(log_normalize(counts), obs=obs, var=var, layers={"counts": counts})


def test_positions_of_no_cell_have_the_moments_of_their_type_and_keep_depth_with_position():
    rng, n = np.random.default_rng(1), 20_000
    codes = np.arange(2 * n) % 2
    first = rng.normal(0, 1, 2 * n)
    means = np.column_stack([first, rng.normal(0, 2, 2 * n)]) + 10 * codes[:, None]
    totals = np.exp(5 + 0.5 * first)
    found, depths = latent_normal.positions(means, np.full_like(means, 0.25), totals, codes, rng)
    for code in (0, 1):
        own = found[codes == code]
        np.testing.assert_allclose(own.mean(axis=0), 10 * code, atol=0.1)
        np.testing.assert_allclose(np.cov(own.T), np.diag([1.25, 4.25]), atol=0.15)
        assert np.corrcoef(own[:, 0], np.log(depths[codes == code]))[0, 1] == pytest.approx(1 / np.sqrt(1.25), abs=0.02)
    assert (depths != totals).all(), "no cell keeps its own"


def test_a_single_cell_of_a_type_leaves_its_own_uncertainty():
    means, codes = np.array([[3.0], [8.0]]), np.array([0, 1])
    totals, rng = np.array([7.0, 9.0]), np.random.default_rng(0)
    found, depths = latent_normal.positions(means, np.zeros((2, 1)), totals, codes, rng)
    np.testing.assert_allclose(found, means)
    np.testing.assert_allclose(depths, totals)


def test_agreement_is_that_of_means_and_spreads():
    judge = Judge(cells(1), cells(2), seed=0)
    same, other = judge.agreement(cells(3)), cells(3)
    other.obs["cell_type"] = other.obs["cell_type"].to_numpy()[::-1]
    assert same["PCC"] > 0.99
    assert same["spread"] > 0.9
    assert judge.agreement(other)["PCC"] < same["PCC"] - 0.2


def test_scvis_cells_come_back_with_the_references_types_and_sources(monkeypatch, tmp_path):
    """A stand-in for scVI's environment gives back the counts of the reference, and then these in reverse order."""
    reference, given = cells(1), {}

    def module(name, path, folder, seed, *, python):
        given.update(name=name, python=python)
        counts = sp.csr_matrix(ad.read_h5ad(path).layers["counts"])
        sp.save_npz(Path(folder, "posterior.npz"), counts)
        sp.save_npz(Path(folder, "normal.npz"), counts[::-1])
        Path(folder, "seconds.json").write_text(json.dumps({"training": 5.0, "posterior": 2.0, "normal": 1.0}))

    monkeypatch.setattr(command, "module", module)
    (cell_by_cell, by_cell, *seconds), (no_cell, by_none, *others) = command.by_scvi(reference, tmp_path)
    assert (cell_by_cell, no_cell) == page.SCVI
    assert (seconds, others) == ([5.0, 2.0], [5.0, 1.0])
    assert given == {"name": scvi_cells.__name__, "python": tmp_path}
    assert by_cell.obs["cell_type"].tolist() == reference.obs["cell_type"].tolist()
    assert by_cell.obs["source_cell"].tolist() == reference.obs_names.tolist()
    np.testing.assert_array_equal(by_cell.layers["counts"].toarray(), reference.layers["counts"].toarray())
    assert "source_cell" not in by_none.obs


def test_the_page_says_what_is_reached_and_which_generators_are_here():
    values = {page.REAL: 0.5, page.DEFAULT: 0.69, page.NO_COUNTS: 0.8, page.SCVI[0]: 0.9, page.SCVI[1]: 0.95}
    rows = [
        {"set": name, "generator": generator, "AUC": auc + more, "training": 30.0 if "scVI" in generator else 10.0}
        for name, more in (("one", 0.0), ("two", 0.02))
        for generator, auc in values.items()
    ]
    text = page.text(pd.DataFrame(rows), installed=True, cells=1000, genes=1500)
    assert f"*{page.DEFAULT}*: AUC 0.69 to 0.71; at most 0.70 is asked for, and is reached on 1 of 2 sets." in text
    assert f"*{page.NO_COUNTS}*: AUC 0.80 to 0.82; at most 0.75 is asked for, and is reached on 0 of 2 sets." in text
    assert f"*{page.SCVI[1]}*: AUC 0.95 to 0.97." in text
    assert "Training scVI takes 3.0 times as long" in text
    assert "| scVI | there and measured | – |" in text
    assert "| CFGen | not run |" in text


def test_without_scvi_the_page_says_how_to_install_it():
    rows = [{"set": "one", "generator": name, "AUC": 0.7, "training": 1.0} for name in page.MOST]
    text = page.text(pd.DataFrame(rows), installed=False, cells=1000, genes=1500)
    assert "| scVI | not run | its package is not installed (`make bench-tools tools=scvi`) |" in text
    assert "Training scVI" not in text


def test_sets_that_are_not_asked_for_are_as_measured_before(tmp_path):
    path = tmp_path / "generators.csv"
    assert command.others(path, ["one"]) == []
    pd.DataFrame({"set": ["one", "two"], "AUC": [0.5, 0.6]}).to_csv(path, index=False)
    assert command.others(path, ["one"]) == [{"set": "two", "AUC": 0.6}]
