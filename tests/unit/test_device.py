"""The same code on NumPy and on PyTorch, whose tensors lie on the CPU here: what a GPU adds is speed alone."""

import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.composition import spot_block, spot_model
from bulk2space.composition.cell_noise import CellNoise
from bulk2space.composition.spot_block import Prior, Profiles, SectionMean, Spots, Way
from bulk2space.composition.spot_model import Measured
from bulk2space.contract import device as option
from bulk2space.contract.problems import InputError
from bulk2space.numerics import device
from bulk2space.numerics.device import Device, use, used
from bulk2space.numerics.gpu import Gpu
from bulk2space.numerics.nnls import nnls_gram
from torch._subclasses.fake_tensor import FakeTensorMode

TYPES, GENES, SPOTS = 5, 60, 40


class Roomy(Gpu):
    """A device of PyTorch with memory for so many bytes, on which a block of more rows does not fit."""

    def __init__(self, free=1 << 30, most=1 << 20):
        super().__init__(torch.device("cpu"))
        self.free, self.most, self.tried = free, most, []

    def free_memory(self):
        return self.free

    def put(self, parts):
        if isinstance(parts, Spots):
            self.tried.append(len(parts.values))
            if len(parts.values) > self.most:
                raise torch.OutOfMemoryError("CUDA out of memory")
        return super().put(parts)


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Let PyTorch work on one thread, as the arrays are small."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def on():
    """Return a function that lets the model work on a device; afterwards it works on the CPU again."""
    yield use
    use(Device())


@pytest.fixture(scope="module")
def section():
    rng = np.random.default_rng(0)
    means = rng.gamma(0.5, 6, (TYPES, GENES))
    noise = CellNoise(means + 0.1, 0.2 * rng.standard_normal((GENES, 2)), np.array([1.0, 2.0]))
    expected = rng.dirichlet(np.full(TYPES, 0.5), SPOTS) @ (means * np.exp(0.3 * rng.standard_normal(GENES)))
    counts = np.full(SPOTS, 300.0)
    return Measured(sp.csr_matrix(rng.poisson(expected)), np.full(SPOTS, 5.0), counts), means, noise


def fitted(section, **how):
    return spot_model.fit(*section, np.random.default_rng(1), **how)


@pytest.mark.parametrize("way", [Way(), Way(common_weights=True, dispersion=0.02), Way(gene_factors=False)])
def test_a_fit_is_the_same_on_numpy_and_torch(section, on, way):
    expected = fitted(section, way=way)
    on(Roomy())
    for part, same in zip(fitted(section, way=way), expected, strict=True):
        assert isinstance(part, np.ndarray)
        np.testing.assert_allclose(part, same, rtol=1e-8, atol=1e-10)


def test_a_large_section_is_the_same_on_numpy_and_torch(section, on, monkeypatch):
    monkeypatch.setattr(spot_model, "MOST_LEARNED_FROM", 20)
    expected = fitted(section)
    on(Roomy())
    for part, same in zip(fitted(section), expected, strict=True):
        np.testing.assert_allclose(part, same, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("known", [True, False])
@pytest.mark.parametrize("way", [Way(), Way(common_weights=True)])
def test_no_array_of_a_step_stays_behind_on_the_cpu(monkeypatch, way, known):
    """Tensors without values on a GPU that need not be there: those of two devices cannot be added up."""
    monkeypatch.setattr(spot_block, "nnls_gram", lambda _gram, inner: inner)  # what it does next depends on values
    with FakeTensorMode():
        genes, types, spots, table = (
            torch.empty(size, dtype=torch.float64, device="cuda") for size in (GENES, TYPES, SPOTS, (TYPES, GENES))
        )
        x, values = torch.empty_like(types).expand(SPOTS, TYPES), torch.empty_like(genes).expand(SPOTS, GENES)
        noise = CellNoise(table, torch.empty_like(genes[:, None]).expand(GENES, 2), torch.empty_like(types[:2]))
        shared = (Prior(types, types), SectionMean(genes, genes, genes, genes)) if known else (None, None)
        block, profiles = Spots(values, spots, spots), Profiles(table, noise)
        done = spot_block.step(block, x, profiles, *shared, way)
        made = [*done, *spot_block.sums(block, done, profiles, *shared, way)]
        assert {part.device.type for part in made} == {"cuda"}


def test_non_negative_fits_are_the_same_on_numpy_and_torch():
    rng = np.random.default_rng(2)
    design = rng.random((200, 8, 20))
    gram, inner = design @ design.transpose(0, 2, 1), rng.standard_normal((200, 8))
    found = nnls_gram(torch.as_tensor(gram), torch.as_tensor(inner))
    expected = nnls_gram(gram, inner)
    assert (expected == 0).mean() > 0.2
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-8, atol=1e-10)
    shared = nnls_gram(torch.as_tensor(gram[0]), torch.as_tensor(inner))
    np.testing.assert_allclose(shared.numpy(), nnls_gram(gram[0], inner), rtol=1e-8, atol=1e-10)


def test_no_problem_has_no_solution():
    assert nnls_gram(np.eye(3), np.zeros((0, 3))).shape == (0, 3)


def test_blocks_are_halved_until_they_fit_and_stay_so(section, on, caplog):
    expected = fitted(section)
    small = Roomy(most=12)
    on(small)
    with caplog.at_level("INFO"):
        found = fitted(section)
    np.testing.assert_allclose(found.coefficients, expected.coefficients, rtol=1e-8, atol=1e-10)
    assert small.tried[:6] == [40, 20, 10, 10, 10, 10]
    assert max(small.tried[2:]) == 10, "the next rounds begin with blocks that fit"
    assert "blocks of 40 rows do not fit into the GPU's memory: from now on they have 20" in caplog.text
    assert caplog.text.count("do not fit") == 2


def test_memory_that_is_too_small_for_one_spot_is_an_error(section, on):
    on(Roomy(most=0))
    with pytest.raises(MemoryError, match="too little memory for a single spot"):
        fitted(section)


def test_blocks_are_as_large_as_the_free_memory_lets_them(monkeypatch):
    assert Roomy(free=1_000_000).rows_at_once(8_000) == 100
    assert Roomy(free=1_000).rows_at_once(8_000) == 1
    assert Roomy(free=1 << 60).rows_at_once(8_000) == 32_768
    monkeypatch.setattr(device, "ROWS_AT_ONCE", 7)
    assert used().rows_at_once(8_000) == 7


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_asked_for_and_absent_is_refused():
    with pytest.raises(InputError, match="--device gpu: PyTorch sees no GPU on this machine"):
        option.gpu()


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
def test_a_gpu_fits_as_the_cpu_does(section, on):
    expected = fitted(section)
    on(Gpu(option.gpu()))
    np.testing.assert_allclose(fitted(section).coefficients, expected.coefficients, rtol=1e-6, atol=1e-8)
