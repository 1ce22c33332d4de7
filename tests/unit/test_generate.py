import dataclasses
import logging

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.contract.task_samples import TaskSample
from bulk2space.generator import generate
from bulk2space.generator.checkpoint import Trained
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.data import Cells
from bulk2space.generator.generate_sample import SampleGenerator
from bulk2space.generator.prepare import library_codes
from bulk2space.generator.training import train
from bulk2space.numerics.scaling import log_normalize

GENES = [f"g{i}" for i in range(50)]
NOT_IN_MODEL = "g7"


def new_cells(trained, reference, n_per_type, *, genes, **options):
    return generate.CellGenerator(trained, reference, genes).generate(n_per_type, **options)


def make(counts=True):
    """A reference of 40 cells of type a and 20 of type b, whose library sizes differ fourfold."""
    rng = np.random.default_rng(0)
    codes = np.repeat([0, 1], [40, 20])
    raw = sp.csr_matrix(
        rng.poisson(rng.gamma(0.7, 4, (2, 50))[codes] * np.array([1, 4])[codes, None]).astype(np.float32)
    )
    cells = ad.AnnData(log_normalize(raw), obs=pd.DataFrame(index=[f"cell{i}" for i in range(60)]))
    cells.obs["cell_type"], cells.var_names = pd.Categorical(np.array(["a", "b"])[codes]), GENES
    if counts:
        cells.layers["counts"] = raw
    return cells


def network(reference, likelihood="negative_binomial"):
    keep = [g for g in GENES if g != NOT_IN_MODEL]
    matrix = reference[:, keep].layers["counts"] if likelihood == "negative_binomial" else reference[:, keep].X
    codes = (reference.obs["cell_type"] == "b").to_numpy().astype(int)
    config = dataclasses.replace(COUNTS, encoder=(8,), decoder=(8,), latent=2, epochs=3, likelihood=likelihood)
    libraries, library = library_codes(reference.obs)
    cells = Cells.from_csr(sp.csr_matrix(matrix), codes, library)
    model, _ = train(cells, 2, config, seed=0, n_libraries=len(libraries))
    return Trained(model, keep, ["a", "b"], libraries, 0)


@pytest.fixture(scope="module")
def reference():
    return make()


@pytest.fixture(scope="module")
def trained(reference):
    return network(reference)


def rng(seed=1):
    return np.random.default_rng(seed)


def test_cells_are_whole_named_and_traced(reference, trained):
    genes = GENES[5:30]
    cells = new_cells(trained, reference, {"a": 100, "b": 30}, rng=rng(), genes=genes, sample="s1")
    assert list(cells.var_names) == genes
    assert list(cells.obs_names) == [f"s1_{n}" for n in range(1, 131)]
    assert cells.obs["cell_type"].value_counts().to_dict() == {"a": 100, "b": 30}
    own = reference.obs["cell_type"].astype(str)[cells.obs["source_cell"]].to_numpy()
    assert (own == cells.obs["cell_type"].astype(str).to_numpy()).all()
    counts = cells.layers["counts"].toarray()
    assert (counts == np.round(counts)).all()
    assert counts.sum() > 0
    assert sp.issparse(cells.X)


def test_sources_repeat_only_after_all_were_used(reference, trained):
    cells = new_cells(trained, reference, {"a": 100, "b": 20}, rng=rng(), genes=GENES)
    uses = cells.obs.groupby("cell_type", observed=True)["source_cell"].value_counts()
    assert set(uses["a"]) == {2, 3}
    assert len(uses["a"]) == 40
    assert set(uses["b"]) == {1}


@pytest.mark.parametrize("n", [1, 7, 100, 1003])
@pytest.mark.parametrize("seed", [1, 2])
def test_a_source_is_drawn_as_often_as_its_weight_says(n, seed):
    """Rounded up or down, whatever the weights of cells that are not candidates."""
    weights = rng(0).uniform(0.2, 5, 80)
    candidates = np.arange(10, 60)
    drawn = generate.draw_sources(candidates, n, weights, rng(seed), "a")
    assert len(drawn) == n
    times = np.bincount(drawn, minlength=80)
    expected = np.zeros(80)
    expected[candidates] = n * weights[candidates] / weights[candidates].sum()
    assert (times >= np.floor(expected - 1e-9)).all()
    assert (times <= np.ceil(expected + 1e-9)).all()


def test_heavy_sources_are_drawn_more_often_by_their_weights():
    weights = np.repeat([0.2, 5.0], [50, 50])
    drawn = np.bincount(generate.draw_sources(np.arange(100), 2600, weights, rng(), "a"), minlength=100)
    assert (drawn[:50] == 2).all()
    assert (drawn[50:] == 50).all()
    # rounding is by chance: over many draws each comes as often as it should
    every = [generate.draw_sources(np.arange(100), 26, weights, rng(k), "a") for k in range(500)]
    many = np.bincount(np.concatenate(every), minlength=100)
    assert many[:50].mean() / 500 == pytest.approx(0.02, abs=0.004)
    assert many[50:] / 500 == pytest.approx(0.5, abs=0.12)
    assert (many[:50] > 0).all()


def test_sources_of_equal_weight_are_drawn_as_without_weights(reference, trained):
    draw = lambda weights: new_cells(  # noqa: E731
        trained, reference, {"a": 90, "b": 30}, rng=rng(), genes=GENES, weights=weights
    )
    plain = draw(None)
    for weights in (np.ones(60), np.full(60, 3.0)):
        same = draw(weights)
        assert (same.obs["source_cell"] == plain.obs["source_cell"]).all()
        np.testing.assert_array_equal(same.X.toarray(), plain.X.toarray())


def test_weights_choose_the_sources_of_new_cells(reference, trained):
    """Weights are relative to others of the type, whose number of cells they do not change."""
    weights = np.ones(60)
    weights[:10] = 4
    weights[40:] = 0.25
    cells = new_cells(trained, reference, {"a": 140, "b": 20}, rng=rng(), genes=GENES, weights=weights)
    assert cells.obs["cell_type"].value_counts().to_dict() == {"a": 140, "b": 20}
    times = np.bincount(reference.obs_names.get_indexer(cells.obs["source_cell"]), minlength=60)
    assert times.tolist() == [8] * 10 + [2] * 30 + [1] * 20


def test_new_cells_keep_library_and_profile_of_their_sources(reference, trained):
    cells = new_cells(trained, reference, {"a": 400, "b": 400}, rng=rng(), genes=GENES)
    cells, known = cells[:, trained.genes], reference[:, trained.genes]
    new, old = cells.layers["counts"].toarray(), known.layers["counts"].toarray()
    for name in "ab":
        mine, theirs = new[cells.obs["cell_type"] == name], old[reference.obs["cell_type"] == name]
        assert mine.sum(axis=1).mean() == pytest.approx(theirs.sum(axis=1).mean(), rel=0.1)
        assert np.corrcoef(mine.mean(axis=0), theirs.mean(axis=0))[0, 1] > 0.95
    # drawn anew, not copied
    source = old[reference.obs_names.get_indexer(cells.obs["source_cell"])]
    assert (new != source).any(axis=1).all()


def test_the_library_counts_genes_that_are_not_written(reference, trained):
    whole = new_cells(trained, reference, {"a": 30}, rng=rng(), genes=GENES)
    np.testing.assert_allclose(np.expm1(whole.X.toarray()).sum(axis=1), 1e4, rtol=1e-4)
    part = new_cells(trained, reference, {"a": 30}, rng=rng(), genes=GENES[10:20])
    np.testing.assert_allclose(part.X.toarray(), whole[:, GENES[10:20]].X.toarray(), rtol=1e-5)


def test_genes_too_rare_to_train_on_are_zero_and_marked(reference, trained, caplog):
    with caplog.at_level(logging.INFO):
        cells = new_cells(trained, reference, {"a": 10}, rng=rng(), genes=GENES)
    assert cells[:, NOT_IN_MODEL].X.sum() == 0
    assert list(cells.var_names[~cells.var["in_model"]]) == [NOT_IN_MODEL]
    assert "1 genes were too rare" in caplog.text


def test_the_seed_decides_the_cells(reference, trained):
    draw = lambda seed: new_cells(trained, reference, {"a": 20, "b": 5}, rng=rng(seed), genes=GENES).X.toarray()  # noqa: E731
    np.testing.assert_array_equal(draw(1), draw(1))
    assert (draw(1) != draw(2)).any()


def test_empty_cells_are_drawn_again_and_counted(reference, trained, caplog):
    seen = np.asarray((reference[:40].layers["counts"] > 0).mean(axis=0)).ravel()
    rare = [gene for gene, share in zip(GENES, seen, strict=True) if 0.1 < share < 0.4 and gene != NOT_IN_MODEL][:1]
    with caplog.at_level(logging.WARNING):
        cells = new_cells(trained, reference, {"a": 300}, rng=rng(), genes=rare)
    empty = int((np.asarray(cells.X.sum(axis=1)) == 0).sum())
    assert f"{empty} of 300 cells have no expression" in caplog.text
    assert caplog.records[-1].remark.code == "empty_cells"
    assert caplog.records[-1].remark.figures == {"n_empty": empty, "n_cells": 300}
    monkey = generate.ATTEMPTS
    try:
        generate.ATTEMPTS = 1
        once = new_cells(trained, reference, {"a": 300}, rng=rng(), genes=rare)
    finally:
        generate.ATTEMPTS = monkey
    assert 0 < empty < 0.7 * (np.asarray(once.X.sum(axis=1)) == 0).sum()


@pytest.mark.parametrize("likelihood", ["censored_gaussian", "gaussian"])
def test_a_reference_without_counts_gives_log_values(likelihood):
    reference = make(counts=False)
    cells = new_cells(network(reference, likelihood), reference, {"a": 40, "b": 20}, rng=rng(), genes=GENES)
    assert "counts" not in cells.layers
    assert (cells.X.toarray() >= 0).all()
    if likelihood == "censored_gaussian":
        cells, reference = (m[:, [g for g in GENES if g != NOT_IN_MODEL]] for m in (cells, reference))
        zeros = [float((m.X.toarray() == 0).mean()) for m in (cells, reference)]
        assert zeros[0] == pytest.approx(zeros[1], abs=0.1)
        assert np.corrcoef(cells.X.mean(axis=0), reference.X.mean(axis=0))[0, 1] > 0.9


def test_no_cells_of_a_type_is_fine_and_an_unknown_type_is_not(reference, trained):
    assert new_cells(trained, reference, {"a": 0, "b": 3}, rng=rng(), genes=GENES).n_obs == 3
    with pytest.raises(InputError, match="cell type c is not in the reference"):
        new_cells(trained, reference, {"c": 3}, rng=rng(), genes=GENES)


def test_a_network_of_another_reference_is_an_error(reference, trained):
    with pytest.raises(InputError, match="train it anew"):
        new_cells(trained, reference[:, 10:].copy(), {"a": 3}, rng=rng(), genes=GENES[10:])
    with pytest.raises(InputError, match="other cell types"):
        new_cells(trained, reference[:40].copy(), {"a": 3}, rng=rng(), genes=GENES)
    with pytest.raises(InputError, match="check gene names"):
        new_cells(trained, reference, {"a": 3}, rng=rng(), genes=["nothing"])


@pytest.mark.parametrize("likelihood", ["negative_binomial", "gaussian"])
def test_a_new_cell_is_of_its_sources_batch(reference, likelihood):
    several = reference.copy()
    several.obs["batch"] = pd.Categorical(np.array(["x", "y", "z"])[np.arange(60) % 3])
    cells = new_cells(network(several, likelihood), several, {"a": 60, "b": 20}, rng=rng(), genes=GENES)
    assert list(cells.obs["batch"].cat.categories) == ["x", "y", "z"]
    own = several.obs["batch"].astype(str)[cells.obs["source_cell"]].to_numpy()
    assert (cells.obs["batch"].astype(str).to_numpy() == own).all()


def test_one_batch_is_not_written_and_batches_must_be_the_networks(reference, trained):
    assert "batch" not in new_cells(trained, reference, {"a": 3}, rng=rng(), genes=GENES).obs
    other = reference.copy()
    other.obs["batch"] = "x"
    with pytest.raises(InputError, match="other batches than the reference has, train it anew"):
        new_cells(trained, other, {"a": 3}, rng=rng(), genes=GENES)


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian", "gaussian"])
def test_cells_say_whether_their_expression_sums_to_10_000(likelihood):
    reference = make(counts=likelihood == "negative_binomial")
    bulk = ad.AnnData(np.ones((1, 50), np.float32), obs=pd.DataFrame(index=["b"]), var=pd.DataFrame(index=GENES))
    one = {"sample": "b", "proportion": 0.5, "ci_low": 0.4, "ci_high": 0.6, "rna_fraction": 0.5, "residual": 1.0}
    estimates = pd.DataFrame([{**one, "cell_type": name} for name in "ab"])
    trained = network(reference, likelihood)
    generator = SampleGenerator(trained, reference, bulk, estimates, calibrated=False, seed=0)
    cells, _ = generator.generate(TaskSample("s", "b", 40))
    is_scaled = np.allclose(np.expm1(cells.X.toarray()).sum(axis=1), 1e4, rtol=1e-3)
    assert is_scaled == cells.uns["bulk2space"]["library"].startswith("X is scaled to 10 000")
    assert is_scaled == (likelihood == "negative_binomial")
