"""The memory of a real GPU runs out; these tests need one."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from bulk2space.contract import device as option
from bulk2space.contract.io import ad
from bulk2space.contract.problems import InputError
from bulk2space.generator import fit_reference
from bulk2space.generator.configuration import Configuration
from bulk2space.numerics.gpu import Gpu

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a GPU")
GENES, CELLS = 20_000, 4_096


@pytest.fixture
def limited():
    """Return a function that limits the memory which PyTorch may take, in bytes; afterwards all is free again."""
    whole = torch.cuda.get_device_properties(0).total_memory

    def limit(size: int) -> None:
        torch.cuda.empty_cache()
        torch.cuda.set_per_process_memory_fraction(size / whole)

    yield limit
    torch.cuda.set_per_process_memory_fraction(1.0)


@pytest.fixture(scope="module")
def reference():
    counts = sp.random(CELLS, GENES, 0.01, "csr", rng=np.random.default_rng(0), dtype=np.float32)
    counts.data = np.ceil(5 * counts.data)
    cells = ad.AnnData(counts.log1p(), obs=pd.DataFrame({"cell_type": ["a", "b"] * (CELLS // 2)}))
    cells.layers["counts"] = counts
    return cells


def trained(reference):
    config = Configuration(epochs=1, batch=CELLS // 2, encoder=(64,), decoder=(64,), latent=8)
    return fit_reference.fit_reference(reference, config, seed=1, device=option.gpu())[0].model.config.batch


def test_training_halves_its_batches_until_they_fit(reference, limited):
    assert trained(reference) == CELLS // 2
    limited(1 << 30)
    assert CELLS // 2 > trained(reference) >= 16


def test_training_without_room_for_the_smallest_batch_says_what_to_do(reference, limited):
    limited(48 << 20)
    with pytest.raises(InputError, match="the memory of the GPU is too small for"):
        trained(reference)


def test_blocks_of_the_fit_are_halved_until_they_fit(limited):
    gpu = Gpu(option.gpu())
    limited(256 << 20)

    def work(rows: slice) -> float:
        return float(torch.ones((rows.stop - rows.start, 10_000), dtype=torch.float64, device=gpu.place).sum())

    done = [(rows.stop - rows.start, total) for rows, total in gpu.in_blocks(20_000, 1, work)]
    assert sum(rows for rows, _ in done) == 20_000
    assert max(rows for rows, _ in done) <= 2_500  # of 200 MB
    assert all(total == rows * 10_000 for rows, total in done)
