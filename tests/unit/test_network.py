import math

import torch
from bulk2space.generator.configuration import PUBLISHED
from bulk2space.generator.data import Cells
from bulk2space.generator.network import VAE
from small_network import SMALL, data


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
