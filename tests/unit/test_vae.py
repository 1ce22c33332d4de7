import dataclasses
import logging
import math

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.contract.problems import InputError
from bulk2space.generator import training
from bulk2space.generator.checkpoint import Trained, load, save
from bulk2space.generator.configuration import COUNTS, PUBLISHED
from bulk2space.generator.data import Cells, split
from bulk2space.generator.network import KEPT, VAE, kept_molecules, time
from bulk2space.generator.training import _held_out_loss, device, train

SMALL = dataclasses.replace(COUNTS, encoder=(16,), decoder=(16,), latent=3, epochs=6, batch=32)


def data(seed=0, n=160, genes=40):
    """Counts of two types, each with two hidden states; matrix, type codes."""
    rng = np.random.default_rng(seed)
    codes, state = np.arange(n) % 2, (np.arange(n) // 2) % 2
    rates = rng.gamma(0.6, 2.0, (2, genes))
    shift = np.exp(np.outer(state - 0.5, np.where(np.arange(genes) < 10, 2.0, 0.0)))
    return sp.csr_matrix(rng.poisson(rates[codes] * shift).astype(np.float32)), codes


def trained(config=SMALL, seed=3, n=160):
    matrix, codes = data(n=n)
    if config.likelihood != "negative_binomial":
        matrix = matrix.log1p()
    cells = Cells.from_csr(matrix, codes)
    model, history = train(cells, 2, config, seed=seed)
    return cells, model, history


def test_a_batch_is_the_rows_asked_for():
    matrix, codes = data()
    rows = np.array([5, 0, 0, 17])
    batch = Cells.from_csr(matrix, codes).batch(torch.as_tensor(rows))
    np.testing.assert_array_equal(batch.dense().numpy(), matrix[rows].toarray())
    np.testing.assert_allclose(batch.total().numpy(), matrix[rows].toarray().sum(axis=1))
    np.testing.assert_array_equal(batch.type.numpy(), codes[rows])


def test_the_draw_is_mu_plus_sigma_times_noise(monkeypatch):
    """The noise is scaled by the standard deviation, not the mean."""
    matrix, codes = data()
    model = VAE(40, 2, SMALL)
    batch = Cells.from_csr(matrix, codes).batch(torch.arange(4))
    mu, log_variance = torch.full((4, 3), 5.0), torch.full((4, 3), math.log(0.25))
    seen = []
    monkeypatch.setattr(model, "encode", lambda batch: (mu, log_variance))
    decode = model.decode
    monkeypatch.setattr(model, "decode", lambda z, batch: (seen.append(z), decode(z, batch))[1])
    _, kl = model.loss(batch, torch.full((4, 3), 2.0))
    torch.testing.assert_close(seen[0], torch.full((4, 3), 6.0))
    expected = torch.distributions.kl_divergence(
        torch.distributions.Normal(5.0, 0.5), torch.distributions.Normal(0.0, 1.0)
    )
    torch.testing.assert_close(kl, torch.full((4,), 3 * expected.item()))


def test_the_start_is_the_types_mean_and_spread():
    rng = np.random.default_rng(0)
    mean, theta = rng.uniform(3, 10, (2, 200)), rng.choice([0.5, 5.0], 200)
    codes = np.repeat([0, 1], 400)
    counts = rng.poisson(rng.gamma(theta, mean[codes] / theta)).astype(np.float32)
    model = VAE(200, 2, SMALL)
    model.start_from(Cells.from_csr(sp.csr_matrix(counts), codes), torch.arange(800))
    np.testing.assert_allclose(model.profile.exp(), mean / mean.sum(axis=1, keepdims=True), rtol=0.3)
    error = model.dispersion(torch.tensor([0, 1])).detach().numpy() - np.log(theta)
    assert np.abs(error).max() < 0.7
    assert abs(error.mean()) < 0.1


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


def test_kept_molecules_are_binomial():
    """Each molecule of the source is captured again by the same chance; no gene gains any."""
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.full((400, 50), [0.3, 4.0] * 25)).astype(np.float32)
    batch = Cells.from_csr(sp.csr_matrix(counts), np.zeros(400, int)).batch(torch.arange(400))
    kept = kept_molecules(batch, 0.25, np.random.default_rng(1))
    assert sp.issparse(kept)
    assert kept.shape == counts.shape
    assert kept.data.all()  # zeros are not stored
    again = kept.toarray()
    assert (again <= counts).all()
    assert (again == np.round(again)).all()
    n = counts.sum()
    assert again.sum() / n == pytest.approx(0.25, abs=4 * math.sqrt(0.25 * 0.75 / n))
    four = counts == 4
    assert again[four].var() == pytest.approx(4 * 0.25 * 0.75, rel=0.1)
    for share in (0.0, 1.0):
        np.testing.assert_array_equal(kept_molecules(batch, share, rng).toarray(), share * counts)


def overdispersed(seed=0, n=800, genes=60):
    """Counts of one type whose cells differ in their totals and else at random, by a known negative binomial.

    Returns the matrix, the cells' depths, the genes' shares and their sizes.
    """
    rng = np.random.default_rng(seed)
    share, size, depth = rng.dirichlet(np.full(genes, 1.0)), rng.choice([1.0, 6.0], genes), rng.uniform(150, 450, n)
    rates = rng.gamma(size, depth[:, None] * share / size)
    return sp.csr_matrix(rng.poisson(rates).astype(np.float32)), depth, share, size


@pytest.fixture(scope="module")
def resampled():
    """Counts of the source cells and of one new cell each, by a network that was only started."""
    matrix, depth, share, size = overdispersed()
    model = VAE(60, 1, dataclasses.replace(SMALL, latent=2))
    cells = Cells.from_csr(matrix, np.zeros(800, int))
    model.start_from(cells, torch.arange(800))
    # the latent of an untrained network only adds noise
    torch.nn.init.zeros_(model.to_genes.weight)
    drawn = model.sample(cells.batch(torch.arange(800)), np.random.default_rng(5))
    return matrix.toarray(), drawn.toarray(), depth, share, size


def test_new_counts_follow_the_sources_distribution(resampled):
    source, new, depth, share, size = resampled
    mean = depth[:, None] * share
    expected = mean.mean(axis=0), (mean + mean**2 / size).mean(axis=0) + mean.var(axis=0)
    plenty = expected[0] > 1
    assert plenty.sum() > 30
    np.testing.assert_allclose(new.mean(axis=0)[plenty], expected[0][plenty], rtol=0.2)
    ratio = new.var(axis=0)[plenty] / expected[1][plenty]
    assert np.median(ratio) == pytest.approx(1, abs=0.12)
    assert ratio.min() > 0.5
    assert ratio.max() < 2
    assert (new.var(axis=0) / source.var(axis=0))[plenty].mean() == pytest.approx(1, abs=0.12)
    assert new.sum() == pytest.approx(source.sum(), rel=0.02)


def test_a_new_cell_is_like_its_source_and_no_copy_of_it(resampled):
    source, new, depth, share, _ = resampled

    def apart(counts):
        return np.sqrt(counts) - np.sqrt(depth[:, None] * share)  # what is the cell's own

    own, other = (
        np.mean([np.corrcoef(a, b)[0, 1] for a, b in zip(apart(new), apart(of), strict=True)])
        for of in (source, np.roll(source, 1, axis=0))
    )
    assert own > other + 0.3
    assert own < 0.95
    assert (new != source).any(axis=1).all()


def test_new_log_values_keep_a_share_of_the_sources_deviation():
    rng = np.random.default_rng(0)
    mean = rng.uniform(0, 3, 50)
    values = rng.normal(mean, 0.7, (600, 50)).clip(0).astype(np.float32)
    model = VAE(50, 1, dataclasses.replace(SMALL, likelihood="censored_gaussian", latent=2))
    cells = Cells.from_csr(sp.csr_matrix(values), np.zeros(600, int))
    with torch.no_grad():
        model.profile.copy_(torch.as_tensor(mean))
        model.log_dispersion.fill_(math.log(0.7))
        model.to_genes.weight.zero_()
    new = model.sample(cells.batch(torch.arange(600)), np.random.default_rng(5)).toarray()
    np.testing.assert_allclose(new.mean(axis=0), values.mean(axis=0), atol=0.15)
    np.testing.assert_allclose(new.std(axis=0), values.std(axis=0), rtol=0.2)
    high = mean > 1.5  # where next to nothing is cut at zero
    own = [np.corrcoef(new[:, g], values[:, g])[0, 1] for g in np.flatnonzero(high)]
    assert np.mean(own) == pytest.approx(KEPT, abs=0.04)


def test_early_stopping_stops_and_restores_the_best(caplog):
    config = dataclasses.replace(SMALL, epochs=500, patience=3, learning_rate=2e-2, epsilon=1e-8)
    with caplog.at_level(logging.INFO):
        cells, model, history = trained(config, seed=3)
    losses = [row["validation_loss"] for row in history]
    best = int(np.argmin(losses))
    assert len(losses) == best + 1 + 3 < 500
    assert "stopped" in caplog.text
    _, held = split(cells.type.numpy(), config.held_out, np.random.default_rng(3))
    assert _held_out_loss(model, cells, torch.as_tensor(held), 3) == pytest.approx(losses[best], rel=1e-5)


def test_training_stops_when_its_minutes_are_over_and_says_so(caplog):
    matrix, codes = data()
    cells = Cells.from_csr(matrix, codes)
    with caplog.at_level(logging.WARNING):
        model, history = train(cells, 2, SMALL, seed=3, minutes=0)
    assert len(history) == 1
    assert "stopped after 1 epochs, when 0 minutes were over: the loss was still falling" in caplog.text
    assert not model.training
    _, held = split(codes, SMALL.held_out, np.random.default_rng(3))
    found = _held_out_loss(model, cells, torch.as_tensor(held), 3)
    assert found == pytest.approx(history[0]["validation_loss"], rel=1e-5)
    caplog.clear()
    assert len(train(cells, 2, SMALL, seed=3, minutes=10)[1]) == SMALL.epochs
    # the last epoch allowed is no cut
    assert len(train(cells, 2, dataclasses.replace(SMALL, epochs=1), seed=3, minutes=0)[1]) == 1
    assert not caplog.records


def test_a_cut_training_keeps_the_best_network_so_far(monkeypatch):
    """By a clock on which every epoch takes a minute: the loss rises in the last two of five."""
    matrix, codes = data()
    cells = Cells.from_csr(matrix, codes)
    clock, losses, states = iter(range(0, 6000, 60)), iter([50.0, 30.0, 20.0, 25.0, 40.0]), []
    monkeypatch.setattr(time, "perf_counter", lambda: next(clock))

    def loss(model, *_):
        states.append(model.state_dict()["to_genes.weight"].clone())
        return next(losses)

    monkeypatch.setattr(training, "_held_out_loss", loss)
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


def test_beta_presses_on_the_latent():
    long = dataclasses.replace(SMALL, epochs=40, patience=40, warm_up=0, learning_rate=5e-3)
    loose, tight = (trained(dataclasses.replace(long, beta=beta), n=400)[2][-1]["kl"] for beta in (0.1, 8.0))
    assert tight < 0.2 * loose


def test_split_holds_out_a_share_of_every_type_and_never_all_of_it():
    types = np.repeat([0, 1, 2], [100, 25, 3])
    training, held = split(types, 0.1, np.random.default_rng(0))
    assert sorted([*training, *held]) == list(range(128))
    assert np.bincount(types[held], minlength=3).tolist() == [10, 2, 0]


def test_published_form_is_that_of_the_paper():
    model = VAE(100, 3, PUBLISHED)
    shapes = [tuple(layer.weight.shape) for layer in model.modules() if isinstance(layer, torch.nn.Linear)]
    assert shapes[:4] == [(2048, 100), (1024, 2048), (512, 1024), (512, 512)]
    assert shapes[4:] == [
        (512, 256), (1024, 512), (2048, 1024), (100, 2048),
    ]  # fmt: skip
    config = PUBLISHED
    assert (config.beta, config.learning_rate, config.weight_decay, config.epochs) == (4.0, 1e-4, 5e-4, 3000)
    assert (config.batch, config.patience) == (512, 50)


@pytest.mark.parametrize("likelihood", ["negative_binomial", "censored_gaussian"])
def test_one_library_is_as_none(likelihood):
    config = dataclasses.replace(SMALL, likelihood=likelihood, epochs=2)
    matrix, codes = data()
    plain = train(Cells.from_csr(matrix, codes), 2, config, seed=3)
    told = train(Cells.from_csr(matrix, codes, np.zeros(160, int)), 2, config, seed=3, n_libraries=1)
    assert set(plain[0].state_dict()) == {
        *("profile", "log_dispersion", "type_dispersion", "to_latent.weight", "to_latent.bias"),
        *("encoder.0.weight", "encoder.0.bias", "decoder.0.weight", "decoder.0.bias"),
        *("to_genes.weight", "to_genes.bias"),
    }
    assert plain[0].encoder[0].in_features == 40 + 2
    for name, value in plain[0].state_dict().items():
        assert torch.equal(value, told[0].state_dict()[name])
    assert [row["train_loss"] for row in plain[1]] == [row["train_loss"] for row in told[1]]


def libraries(seed=0, n=900, genes=60):
    """Counts of two libraries, each gene's by a factor apart, in which two types have unlike shares.

    Returns the matrix, codes of type and library, and the log factors of the second library.
    """
    rng = np.random.default_rng(seed)
    library = np.arange(n) % 2
    codes = (rng.random(n) < np.array([0.2, 0.8])[library]).astype(int)
    shift = rng.normal(0, 1, genes)
    rates = rng.gamma(0.6, 2.0, (2, genes))[codes] * np.exp(shift * library[:, None])
    return sp.csr_matrix(rng.poisson(rates).astype(np.float32)), codes, library, shift


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
    learned = torch.diff(model.library_shift, dim=0)[0].detach().numpy()
    assert np.corrcoef(learned, shift)[0, 1] > 0.9
    drawn = model.sample(cells.batch(torch.arange(900).repeat(4)), np.random.default_rng(0))
    for of_library in (0, 1):
        for of_type in (0, 1):
            own = (library == of_library) & (codes == of_type)
            mine, theirs = drawn[np.tile(own, 4)].toarray().mean(axis=0), matrix[own].toarray().mean(axis=0)
            assert np.abs(mine - theirs).mean() < 0.15 * theirs.mean()


def test_the_start_tells_libraries_from_types():
    """Shares of a type without the shifts of the libraries that it is mostly from."""
    matrix, codes, library, shift = libraries(n=8000)
    model = VAE(60, 2, SMALL, 2)
    model.start_from(Cells.from_csr(matrix, codes, library), torch.arange(8000))
    learned = torch.diff(model.library_shift, dim=0)[0].detach().numpy()
    assert (learned - shift).std() < 0.2
    for of_type in (0, 1):
        for of_library in (0, 1):
            own = matrix[(codes == of_type) & (library == of_library)].toarray().sum(axis=0)
            share = torch.softmax(model.profile[of_type] + model.library_shift[of_library], 0).detach().numpy()
            np.testing.assert_allclose(share, own / own.sum(), rtol=0.3, atol=1e-3)


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
        loss.append(_held_out_loss(model, cells, torch.arange(150), 0))
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


def test_a_saved_network_comes_back(tmp_path):
    cells, model, _ = trained()
    genes = [f"g{i}" for i in range(40)]
    save(Trained(model, genes, ["a", "b"], [""], 7), tmp_path / "vae.pt")
    loaded = load(tmp_path / "vae.pt")
    assert (loaded.genes, loaded.types, loaded.libraries) == (genes, ["a", "b"], [""])
    assert (loaded.seed, loaded.model.config) == (7, model.config)
    batch = cells.batch(torch.arange(30))
    first = model.sample(batch, np.random.default_rng(0)).toarray()
    np.testing.assert_array_equal(first, loaded.model.sample(batch, np.random.default_rng(0)).toarray())


def test_another_file_is_not_a_network(tmp_path):
    (tmp_path / "vae.pt").write_text("something else")
    with pytest.raises(InputError, match=r"vae\.pt: is not a network"):
        load(tmp_path / "vae.pt")


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
