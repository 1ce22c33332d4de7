import dataclasses
import logging
import math
import time

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.contract.problems import InputError
from bulk2space.generator import training
from bulk2space.generator.data import Cells, split
from bulk2space.generator.training import device, held_out_loss, train
from small_network import SMALL, data, libraries, trained


def test_training_lowers_the_loss_and_uses_the_latent():
    config = dataclasses.replace(SMALL, epochs=40, patience=40, warm_up=5, learning_rate=5e-3)
    cells, model, history = trained(config, n=600)
    assert min(row["validation_loss"] for row in history) < history[0]["validation_loss"] - 1
    assert history[-1]["kl"] > 0.3
    assert [row["epoch"] for row in history] == list(range(1, 41))
    # the two hidden states of a type lie apart in the latent space
    mu = model.encode(cells.batch(torch.arange(600)))[0].detach().numpy()
    state, first = (np.arange(600) // 2) % 2, np.arange(600) % 2 == 0
    distance = np.abs(mu[first & (state == 0)].mean(axis=0) - mu[first & (state == 1)].mean(axis=0)).max()
    assert distance > 0.5


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian", "gaussian"])
def test_same_seed_same_network(likelihood):
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=3)
    first, second, other = trained(config)[1], trained(config)[1], trained(config, seed=4)[1]
    weights = [model.state_dict()["to_genes.weight"] for model in (first, second, other)]
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])


def test_early_stopping_stops_and_restores_the_best(caplog):
    config = dataclasses.replace(SMALL, epochs=500, patience=3, learning_rate=2e-2, epsilon=1e-8)
    with caplog.at_level(logging.INFO):
        cells, model, history = trained(config, seed=3)
    losses = [row["validation_loss"] for row in history]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 3 < 500
    assert "stopped" in caplog.text
    assert "epoch 1 of at most 500: training loss" in caplog.text and " left" in caplog.text
    _, held = split(cells.type.numpy(), config.held_out, np.random.default_rng(3))
    assert held_out_loss(model, cells, torch.as_tensor(held), 3) == pytest.approx(losses[best], rel=1e-5)


def test_training_stops_when_its_minutes_are_over_and_says_so(caplog):
    matrix, codes = data()
    cells = Cells.from_csr(matrix, codes)
    with caplog.at_level(logging.WARNING):
        model, history = train(cells, 2, SMALL, seed=3, minutes=0)
    assert len(history) == 1
    assert "stopped after 1 epochs, when 0 minutes were over; with more time the loss may fall further" in caplog.text
    assert caplog.records[-1].remark.code == "training_cut_short"
    assert not model.training
    _, held = split(codes, SMALL.held_out, np.random.default_rng(3))
    found = held_out_loss(model, cells, torch.as_tensor(held), 3)
    assert found == pytest.approx(history[0]["validation_loss"], rel=1e-5)
    caplog.clear()
    assert len(train(cells, 2, SMALL, seed=3, minutes=10)[1]) == SMALL.epochs
    # the last epoch allowed is no cut
    assert len(train(cells, 2, dataclasses.replace(SMALL, epochs=1), seed=3, minutes=0)[1]) == 1
    assert not [line for line in caplog.records if line.levelno >= logging.WARNING]


def test_a_cut_training_keeps_the_best_network_so_far(monkeypatch):
    """By a clock on which every epoch takes a minute: the loss rises in the last two of five."""
    matrix, codes = data()
    cells = Cells.from_csr(matrix, codes)
    clock, losses, states = iter(range(0, 6000, 60)), iter([50.0, 30.0, 20.0, 25.0, 40.0]), []
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))

    def loss(model, *_):
        states.append(model.state_dict()["to_genes.weight"].clone())
        return next(losses)

    monkeypatch.setattr(training, "held_out_loss", loss)
    model, history = train(cells, 2, dataclasses.replace(SMALL, epochs=50, patience=50), seed=3, minutes=4.5)
    assert [row["validation_loss"] for row in history] == [50, 30, 20, 25, 40]
    assert torch.equal(model.state_dict()["to_genes.weight"], states[2])
    assert not torch.equal(states[2], states[4])


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian", "gaussian"])
def test_genes_and_types_that_training_cells_lack_do_no_harm(likelihood):
    """Gene 39 is seen in held-out cells only; the third type has a single cell."""
    matrix, codes = data()
    codes[0] = 2
    _, held = split(codes, 0.1, np.random.default_rng(3))
    dense = matrix.toarray()
    dense[np.setdiff1d(np.arange(160), held), 39] = 0
    dense[held, 39] = 1
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=3)
    cells = Cells.from_csr(sp.csr_matrix(np.log1p(dense) if "gaussian" in likelihood else dense), codes)
    model, history = train(cells, 3, config, seed=3)
    assert all(math.isfinite(row["validation_loss"]) for row in history)
    assert np.isfinite(model.sample(cells.batch(torch.arange(160)), np.random.default_rng(0)).data).all()


def test_without_held_out_cells_the_training_loss_is_watched():
    config = dataclasses.replace(SMALL, held_out=0.0, epochs=4)
    _, _, history = trained(config)
    assert all(math.isnan(row["validation_loss"]) for row in history)


def test_a_large_beta_makes_the_latent_carry_less():
    long = dataclasses.replace(SMALL, epochs=40, patience=40, warm_up=0, learning_rate=5e-3)
    loose, tight = (trained(dataclasses.replace(long, beta=beta), n=400)[2][-1]["kl"] for beta in (0.1, 8.0))
    assert tight < 0.2 * loose


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_one_library_is_as_none(likelihood):
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=2)
    matrix, codes = data()
    plain = train(Cells.from_csr(matrix, codes), 2, config, seed=3)
    told = train(Cells.from_csr(matrix, codes, np.zeros(160, int)), 2, config, seed=3, n_libraries=1)
    assert set(plain[0].state_dict()) == {
        *("likelihood.profile", "likelihood.log_dispersion", "likelihood.type_dispersion"),
        *("to_latent.weight", "to_latent.bias"),
        *("encoder.0.weight", "encoder.0.bias", "decoder.0.weight", "decoder.0.bias"),
        *("to_genes.weight", "to_genes.bias"),
    }
    assert plain[0].encoder[0].in_features == 40 + 2
    for name, value in plain[0].state_dict().items():
        assert torch.equal(value, told[0].state_dict()[name])
    assert [row["train_loss"] for row in plain[1]] == [row["train_loss"] for row in told[1]]


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_libraries_are_told_apart(likelihood):
    matrix, codes, library, shift = libraries()
    matrix = matrix if likelihood == "negative_binomial" else matrix.log1p()
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=8)
    cells = Cells.from_csr(matrix, codes, library)
    model, history = train(cells, 2, config, seed=3, n_libraries=2)
    ignorant = train(Cells.from_csr(matrix, codes), 2, config, seed=3)[1]
    best = [min(row["validation_loss"] for row in rows) for rows in (history, ignorant)]
    assert best[0] < best[1] - 1
    learned = torch.diff(model.likelihood.library_shift, dim=0)[0].detach().numpy()
    assert np.corrcoef(learned, shift)[0, 1] > 0.9
    drawn = model.sample(cells.batch(torch.arange(900).repeat(4)), np.random.default_rng(0))
    for of_library in (0, 1):
        for of_type in (0, 1):
            own = (library == of_library) & (codes == of_type)
            mine, theirs = drawn[np.tile(own, 4)].toarray().mean(axis=0), matrix[own].toarray().mean(axis=0)
            assert np.abs(mine - theirs).mean() < 0.15 * theirs.mean()


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_a_rare_library_is_not_overfitted(likelihood):
    """Five cells of one library are called another: new ones like them fare little worse by that name."""
    matrix, codes, library, _ = libraries()
    matrix = matrix if likelihood == "negative_binomial" else matrix.log1p()
    own = np.flatnonzero(library == 0)
    rare, fresh = own[:5], own[5:155]
    library[rare] = 2
    rest = np.setdiff1d(np.arange(900), fresh)
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=8)
    cells = Cells.from_csr(matrix[rest], codes[rest], library[rest])
    model, _ = train(cells, 2, config, seed=3, n_libraries=3)
    loss = []
    for name in (0, 1, 2):
        cells = Cells.from_csr(matrix[fresh], codes[fresh], np.full(150, name))
        loss.append(held_out_loss(model, cells, torch.arange(150), 0))
    assert loss[2] - loss[0] < 0.3 * (loss[1] - loss[0])


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_a_library_of_one_cell_and_one_without_cells_do_no_harm(likelihood):
    matrix, codes, library, _ = libraries(n=160)
    library[7] = 3
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=2)
    cells = Cells.from_csr(matrix, codes, library)
    model, history = train(cells, 2, config, seed=3, n_libraries=4)
    assert all(math.isfinite(row["validation_loss"]) for row in history)
    assert np.isfinite(model.sample(cells.batch(torch.arange(160)), np.random.default_rng(0)).data).all()


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_asked_for_and_absent_is_an_error():
    with pytest.raises(InputError, match="sees no GPU"):
        device("gpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_the_gpu_trains_the_same_model():
    matrix, codes = data()
    model, history = train(Cells.from_csr(matrix, codes, device="cuda"), 2, SMALL, seed=3)
    _, _, on_cpu = trained()
    assert history[-1]["validation_loss"] == pytest.approx(on_cpu[-1]["validation_loss"], rel=0.05)
    assert model.sample(
        Cells.from_csr(matrix, codes, device="cuda").batch(torch.arange(5).cuda()), np.random.default_rng(0)
    ).shape == (5, 40)
