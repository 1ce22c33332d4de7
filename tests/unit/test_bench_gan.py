"""The paper's GANs: they train, stop when they should, and depend on nothing but their seed."""

import time

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from bench.cases.profiles_only import PROFILES_ONLY
from bench.rivals import gan
from bench.rivals.generators import RIVALS, Mixed
from simulated_sample import adata, expression

KINDS = ["A", "B"]


@pytest.fixture(scope="module")
def reference():
    types = np.repeat(KINDS, 40)
    counts = expression(types, KINDS, 12, np.random.default_rng(0))
    return adata(counts, [f"c{n}" for n in range(80)], [f"g{n}" for n in range(12)], cell_type=types)


@pytest.fixture(scope="module")
def cells(reference):
    return torch.as_tensor(reference.X.toarray()), torch.as_tensor(np.repeat([0, 1], 40))


def test_training_stops_when_neither_loss_falls(cells):
    config = gan.Configuration(patience=5)
    trained = gan.train(*cells, seed=1, seconds=3600, config=config)
    losses = np.array(trained.losses)
    assert np.isfinite(losses).all()
    assert not trained.cut
    assert len(losses) == trained.epochs > 5
    before, last = losses[:-5].min(axis=0), losses[-5:].min(axis=0)
    assert (last >= before).all(), "five epochs without a new low of either"
    assert (losses[-6] <= losses[:-5].min(axis=0)).any(), "and no sooner a low than just before them"


def test_the_same_seed_gives_the_same_cells(cells):
    config = gan.Configuration(patience=3)
    values = []
    for seed in (1, 1, 2):
        trained = gan.train(*cells, seed=seed, seconds=3600, config=config)
        values.append(gan.sample(trained, np.array([0, 1, 1]), np.random.default_rng(0)))
    assert np.array_equal(values[0], values[1])
    assert not np.array_equal(values[0], values[2])
    assert (values[0] >= 0).all()


def test_the_time_limit_ends_training_and_is_told(cells):
    began = time.monotonic()
    trained = gan.train(*cells, seed=1, seconds=0.5, config=gan.Configuration(patience=10_000))
    assert trained.cut
    assert trained.epochs > 1
    assert time.monotonic() - began < 5


def test_a_conditional_network_learns_what_tells_types_apart(cells):
    trained = gan.train(*cells, seed=3, seconds=120, config=gan.Configuration(learning_rate=2e-3, patience=300))
    made = gan.sample(trained, np.repeat([0, 1], 50), np.random.default_rng(1))
    made, real = (
        values[:half].mean(axis=0) - values[half:].mean(axis=0) for values, half in ((made, 50), (cells[0].numpy(), 40))
    )
    assert np.corrcoef(made, real)[0, 1] > 0.7


@pytest.mark.parametrize("method", list(RIVALS))
def test_every_rival_gives_the_cells_wanted(reference, method):
    estimates = pd.DataFrame({"sample": "s", "cell_type": KINDS, "rna_fraction": [0.7, 0.3]})
    counts = sp.csr_matrix(reference.layers["counts"].sum(axis=0))
    bulk = ad.AnnData(counts, obs=pd.DataFrame(index=["s"]), var=reference.var[[]])
    rival = RIVALS[method]().fit(reference, Mixed(bulk, estimates), seconds=0.2, seed=1)
    made = rival.cells("s", {"A": 3, "B": 0}, np.random.default_rng(2))
    assert made.obs["cell_type"].tolist() == ["A", "A", "A"]
    assert made.var_names.tolist() == reference.var_names.tolist()
    if method == "bmind":
        assert made.uns[PROFILES_ONLY]
        of_type = reference[reference.obs["cell_type"] == "A"].X.mean(axis=0)
        assert np.corrcoef(made.X.toarray()[0], np.ravel(of_type))[0, 1] > 0.9
    if method == "resample":
        rows = reference[made.obs["source_cell"]]
        assert np.array_equal(made.layers["counts"].toarray(), rows.layers["counts"].toarray())
        assert rows.obs["cell_type"].tolist() == ["A", "A", "A"]
