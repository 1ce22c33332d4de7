"""A file of an earlier step that was damaged since: the reading step says which, and how to make it anew."""

import json

import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract import tables
from bulk2space.contract.findings import Findings
from bulk2space.contract.io import ad, open_h5ad, read_h5ad, write_h5ad
from bulk2space.contract.problems import InputError
from bulk2space.contract.stored import LOGS, Stored
from bulk2space.generator.checkpoint import Trained, load, save
from failures_page import said
from small_network import trained

DAMAGED = said("a file in the work folder is damaged")


@pytest.fixture
def given(tmp_path):
    """Return the path of a reference as a task sees it: a link into the folder of the task that wrote it."""
    folder = tmp_path / "work" / "ab" / "cdef"
    folder.mkdir(parents=True)
    values = np.random.default_rng(0).poisson(1.0, (300, 200)).astype(np.float32)
    write_h5ad(ad.AnnData(sp.csr_matrix(values)), folder / "reference.h5ad")
    (tmp_path / "reference.h5ad").symlink_to(folder / "reference.h5ad")
    return tmp_path / "reference.h5ad"


def cut(path):
    """Leave the first half of a file, as a full disk does."""
    real = path.resolve()
    real.write_bytes(real.read_bytes()[: real.stat().st_size // 2])


@pytest.mark.parametrize("read", [read_h5ad, open_h5ad, Stored])
def test_a_cut_h5ad(given, read):
    cut(given)
    with pytest.raises(InputError, match=DAMAGED) as problem:
        read(given)
    assert f"{given.parent / 'work/ab/cdef'} and start" in str(problem.value)


def test_a_block_whose_bytes_have_changed(given):
    real = given.resolve()
    with Stored(given) as stored:
        dataset = stored._file["X/data"]
        start, size = dataset.id.get_chunk_info(0).byte_offset, dataset.id.get_chunk_info(0).size
    content = bytearray(real.read_bytes())
    content[start + size // 2] ^= 0xFF
    real.write_bytes(content)
    with Stored(given) as stored, pytest.raises(InputError, match=DAMAGED):
        list(stored.blocks(LOGS))
    with pytest.raises(InputError, match=DAMAGED):
        read_h5ad(given)


@pytest.mark.parametrize("kept", [0, 30, 100, -1])
def test_a_cut_table(tmp_path, kept):
    path = tmp_path / "training.csv"
    tables.TRAINING.write(pd.DataFrame(np.ones((9, len(tables.TRAINING.header))), columns=tables.TRAINING.header), path)
    path.write_bytes(path.read_bytes()[:kept])
    with pytest.raises(InputError, match=DAMAGED):
        tables.TRAINING.read(path)


def test_a_cut_network(tmp_path):
    model = trained(n=60)[1]
    path = tmp_path / "vae.pt"
    save(Trained(model, [f"g{n}" for n in range(model.to_genes.out_features)], ["a", "b"], [""], 0), path)
    load(path)
    cut(path)
    with pytest.raises(InputError, match=DAMAGED):
        load(path)


def test_cut_findings(tmp_path):
    path = tmp_path / "bulk.json"
    Findings("bulk", "b").write(path)
    assert json.loads(path.read_text())["kind"] == "bulk"
    cut(path)
    with pytest.raises(InputError, match=DAMAGED):
        Findings.read(path)
