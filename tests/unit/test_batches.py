"""The memory of a GPU runs out: batches are halved, and the result says so, or a sentence says what to do."""

import logging
import re

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from bulk2space.contract.io import ad
from bulk2space.contract.problems import InputError
from bulk2space.generator import fit_reference, training
from bulk2space.generator.batches import SMALLEST
from bulk2space.generator.configuration import Configuration
from bulk2space.generator.data import Cells
from bulk2space.generator.network import VAE
from failures_page import said

CONFIG = Configuration(epochs=2, batch=128, encoder=(8,), decoder=(8,), latent=2)


@pytest.fixture(scope="module")
def reference():
    counts = np.random.default_rng(0).poisson(2.0, (200, 30)).astype(np.float32)
    cells = ad.AnnData(sp.csr_matrix(np.log1p(counts)), obs=pd.DataFrame({"cell_type": ["a", "b"] * 100}))
    cells.layers["counts"] = sp.csr_matrix(counts)
    return cells


@pytest.fixture
def room_for(monkeypatch):
    """Return a function that lets the memory run out where a batch has more cells than that."""
    tried = []

    def limit(cells: int):
        loss = VAE.loss

        def of_batch(self, batch, eps):
            tried.append(len(eps))
            if len(eps) > cells:
                raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
            return loss(self, batch, eps)

        monkeypatch.setattr(VAE, "loss", of_batch)
        return tried

    return limit


def fitted(reference, config=CONFIG):
    return fit_reference.fit_reference(reference, config, seed=1, device=torch.device("cpu"))


def test_batches_are_halved_from_the_first_epoch_on_and_a_remark_says_so(reference, room_for, caplog):
    alone, history = fitted(reference, Configuration(**vars(CONFIG) | {"batch": 32}))
    tried = room_for(32)
    with caplog.at_level(logging.INFO):
        halved, again = fitted(reference)
    assert tried[:3] == [128, 64, 32]
    assert max(tried[2:]) == 32
    assert halved.model.config.batch == 32
    pd.testing.assert_frame_equal(history.drop(columns="seconds"), again.drop(columns="seconds"))
    assert all(torch.equal(value, halved.model.state_dict()[name]) for name, value in alone.model.state_dict().items())
    (remark,) = [record.remark for record in caplog.records if hasattr(record, "remark")]
    assert (remark.code, remark.figures) == ("smaller_batches", {"batch": 32, "intended": 128})
    assert re.fullmatch(said("training needs more memory than the GPU has"), remark.sentence)


def test_a_gpu_without_room_for_the_smallest_batch(reference, room_for):
    tried = room_for(0)
    with pytest.raises(InputError, match=said("the memory of the GPU is too small")):
        fitted(reference)
    assert tried == [128, 64, 32, SMALLEST]


def test_a_gpu_without_room_for_the_cells(reference, monkeypatch):
    def full(*_given):
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(Cells, "from_csr", full)
    with pytest.raises(InputError, match="the memory of the GPU is too small for the cells of the reference"):
        fitted(reference)


def test_other_errors_stay_as_they_are(reference, monkeypatch):
    monkeypatch.setattr(training, "split", lambda *given: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        fitted(reference)
