"""Inputs are data: a file that wants to run code, read another file or fill the memory ends in one sentence."""

import contextlib
import gzip
import json
import os
import pickle
import re
from pathlib import Path

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import scipy.sparse as sp
import torch
import zarr
from bulk2space.contract import unpacked
from bulk2space.contract.problems import InputError
from bulk2space.contract.user_tables import read_text
from bulk2space.generator.checkpoint import load
from bulk2space.inputs.formats import files, large_h5ad, promises
from bulk2space.inputs.formats.reader import read
from inputs import GENES, counts, write_h5ad
from vendor_inputs import ensembl, write_10x_mtx

ROOT = Path(__file__).parents[2]
HUGE = 10**12
CELLS = [f"c{number}" for number in range(6)]

RUNS_CODE = re.compile(
    r"import (pickle|cPickle|dill|joblib|marshal|shelve)|from (pickle|joblib|dill)|np\.load\(|read_pickle|"
    r"allow_pickle=True|torch\.load\((?!.*weights_only=True)|weights_only=False|yaml\.(unsafe_|full_)?load\(|"
    r"(?<![.\w])(eval|exec)\(|os\.system|os\.popen|shell=True"
)


def test_no_code_of_the_project_unpickles_or_evaluates():
    scripts = [
        path for folder in ("bin", "assets", "benchmarks/bin", "tools") for path in (ROOT / folder).rglob("*.py")
    ]
    assert len(scripts) > 300
    found = {str(path.relative_to(ROOT)): RUNS_CODE.search(path.read_text()) for path in scripts}
    assert {name: match.group() for name, match in found.items() if match} == {}
    assert RUNS_CODE.search("torch.load(path)")
    assert not RUNS_CODE.search('torch.load(path, map_location="cpu", weights_only=True); model.eval()')


class Evil:
    """An object that makes a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return os.mkdir, (self.mark,)


@pytest.fixture
def mark(tmp_path):
    """Return a place that is a folder once a pickle has been loaded."""
    return tmp_path / "pwned"


def refused(path, sentence):
    with pytest.raises(InputError, match=sentence):
        read(path)


def test_the_pickle_of_these_tests_would_run(mark):
    pickle.loads(pickle.dumps(Evil(mark)))
    assert mark.exists()


def test_a_checkpoint_is_not_unpickled(tmp_path, mark):
    torch.save({"genes": Evil(mark)}, tmp_path / "vae.pt")
    with pytest.raises(InputError, match=r"vae\.pt: is not a network"):
        load(tmp_path / "vae.pt")
    assert not mark.exists()


@pytest.mark.parametrize("name", ["cells.npy", "cells.pkl", "cells.npz", "cells.joblib"])
def test_a_pickle_is_refused_by_its_name(tmp_path, mark, name):
    (tmp_path / name).write_bytes(pickle.dumps(Evil(mark)))
    refused(tmp_path / name, "is an object of Python, which is not read")
    assert not mark.exists()


@pytest.mark.parametrize("name", ["cells.h5ad", "cells.h5", "cells.h5mu", "cells.csv", "cells.tsv.gz"])
def test_a_pickle_of_another_name_is_not_loaded(tmp_path, mark, name):
    (tmp_path / name).write_bytes(pickle.dumps(Evil(mark)))
    refused(tmp_path / name, re.escape(name))
    assert not mark.exists()


def test_an_array_of_pickles_in_a_folder_is_not_loaded(tmp_path, mark):
    folder = tmp_path / "mtx"
    write_10x_mtx(folder, counts(6), CELLS, GENES, ensembl(len(GENES)))
    np.save(folder / "matrix.npy", np.array([Evil(mark)], dtype=object))
    (folder / "features.tsv.gz").write_bytes(pickle.dumps(Evil(mark)))
    with contextlib.suppress(InputError):
        read(folder)
    assert not mark.exists()


def test_bytes_of_a_pickle_in_an_h5ad_stay_bytes(tmp_path, mark):
    path = write_h5ad(tmp_path / "cells.h5ad", counts(6))
    with h5py.File(path, "a") as file:
        file["uns/evil"] = np.void(pickle.dumps(Evil(mark)))
    with contextlib.suppress(InputError):
        read(path)
    assert not mark.exists()


@pytest.mark.parametrize("place", ["filters", "compressor"])
def test_a_store_cannot_ask_for_unpickling(tmp_path, mark, place):
    store = tmp_path / "cells.zarr"
    ad.AnnData(sp.csr_matrix(counts(6), dtype=np.float32), var=pd.DataFrame(index=GENES)).write_zarr(store)
    (array,) = store.glob("X/data")
    about = json.loads((array / ".zarray").read_text())
    about |= {"filters": None, "compressor": None}
    about[place] = {"id": "pickle", "protocol": 4} if place == "compressor" else [{"id": "pickle", "protocol": 4}]
    (array / ".zarray").write_text(json.dumps(about))
    (store / ".zmetadata").unlink(missing_ok=True)
    for chunk in array.glob("[0-9]*"):
        chunk.write_bytes(pickle.dumps(Evil(mark)))
    refused(store, r"cells\.zarr")
    assert not mark.exists()


# Files that read other files


def test_an_h5ad_does_not_read_other_files(tmp_path):
    secret = tmp_path / "secret"
    secret.write_bytes(b"\x01" * 8 * 6)
    path = write_h5ad(tmp_path / "cells.h5ad", counts(6))
    with h5py.File(path, "a") as file:
        file.create_dataset("obs/secret", (6,), "i8", external=[(str(secret), 0, 48)])
        file["obs"].attrs["column-order"] = ["secret"]
        file["obs/secret"].attrs.update({"encoding-type": "array", "encoding-version": "0.2.0"})
    assert (ad.read_h5ad(path).obs["secret"] == 0x0101010101010101).all()
    refused(path, r"cells\.h5ad: obs/secret is kept in another file")


def test_an_h5ad_does_not_follow_links_or_views_into_other_files(tmp_path):
    write_h5ad(tmp_path / "other.h5ad", counts(6))
    link = write_h5ad(tmp_path / "link.h5ad", counts(6))
    with h5py.File(link, "a") as file:
        file["uns/other"] = h5py.ExternalLink(str(tmp_path / "other.h5ad"), "/X")
    refused(link, r"link\.h5ad: uns/other is kept in another file")
    view = write_h5ad(tmp_path / "view.h5ad", counts(6))
    layout = h5py.VirtualLayout((6,), "f8")
    layout[:] = h5py.VirtualSource(str(tmp_path / "other.h5ad"), "X/data", (700,))[:6]
    with h5py.File(view, "a") as file:
        file.create_virtual_dataset("uns/other", layout)
    refused(view, r"view\.h5ad: uns/other is kept in another file")


# Files that promise what they do not hold


def with_huge(path, place, shape=(HUGE,), kind="f8", **options):
    with h5py.File(path, "a") as file:
        if place in file:
            del file[place]
        file.create_dataset(place, shape, kind, **options)
    return path


@pytest.mark.parametrize("place", ["X/data", "X/indptr", "uns/huge", "raw/X", "layers/counts"])
def test_an_h5ad_that_promises_terabytes_is_refused(tmp_path, place):
    path = with_huge(write_h5ad(tmp_path / "cells.h5ad", counts(6)), place, chunks=(1024,))
    refused(path, rf"cells\.h5ad: its array {place} promises 8 TB and holds 0 bytes; check where the file comes from")


def test_so_is_a_dense_one_of_many_cells_before_it_is_read_in_blocks(tmp_path):
    path = write_h5ad(tmp_path / "cells.h5ad", counts(30))
    with_huge(path, "X", (30, HUGE), chunks=(1, 1024))
    with pytest.raises(InputError, match="its array X promises"):
        large_h5ad.read(path, np.arange(3))
    with pytest.raises(InputError, match="its array X promises"):
        large_h5ad.names(path, more_than=10)


def test_so_is_a_file_of_10x(tmp_path):
    path = with_huge(tmp_path / "cells.h5", "matrix/data", chunks=(1024,))
    refused(path, r"cells\.h5: its array matrix/data promises 8 TB")


def test_what_the_memory_of_a_machine_does_not_hold_is_refused(tmp_path, monkeypatch):
    path = write_h5ad(tmp_path / "cells.h5ad", counts(6))
    read(path)
    monkeypatch.setattr(promises.os, "sysconf", lambda _name: 50)
    refused(path, r"cells\.h5ad: needs more than \d+ kB of memory, and this machine has 2 kB; take a larger one")


def test_arrays_that_hold_nothing_promise_nothing(tmp_path):
    path = write_h5ad(tmp_path / "cells.h5ad", counts(6), uns={"none": None, "empty": np.array([]), "text": "x"})
    with h5py.File(path, "a") as file:
        file["uns/null"] = h5py.Empty("f8")
    assert read(path).n_obs == 6


def test_zeros_that_gzip_stores_in_few_bytes_are_no_promise(tmp_path):
    with h5py.File(tmp_path / "zeros.h5", "w") as file:
        file.create_dataset("X", data=np.zeros((1 << 24,)), chunks=(1 << 20,), compression="gzip")
        stored = file["X"].id.get_storage_size()
    promises.check_array("zeros.h5", "X", 1 << 27, stored)
    assert (1 << 27) / stored < promises.MOST_EXPANSION


@pytest.mark.parametrize("lie", ["indptr ends beyond", "indptr falls", "index beyond"])
def test_a_matrix_that_lies_about_its_places_is_refused(tmp_path, lie):
    path = write_h5ad(tmp_path / "cells.h5ad", counts(6))
    with h5py.File(path, "a") as file:
        matrix = file["X"]
        if lie == "indptr ends beyond":
            matrix["indptr"][-1] = 2**31 - 1
        elif lie == "indptr falls":
            matrix["indptr"][3] = 0
        else:
            matrix["indices"][0] = 2**31 - 1
    refused(path, r"cells\.h5ad")


def test_a_store_that_promises_terabytes_is_refused(tmp_path):
    store = tmp_path / "cells.zarr"
    ad.AnnData(sp.csr_matrix(counts(6), dtype=np.float32), var=pd.DataFrame(index=GENES)).write_zarr(store)
    zarr.open_group(store, mode="a").create_array("uns/huge", shape=(HUGE,), chunks=(1024,), dtype="f8")
    zarr.consolidate_metadata(store)
    refused(store, r"cells\.zarr: its array uns/huge promises 8 TB and holds \d+ bytes")


def test_a_matrix_market_file_that_promises_too_much_is_refused(tmp_path):
    folder = tmp_path / "mtx"
    write_10x_mtx(folder, counts(6), CELLS, GENES, ensembl(len(GENES)))
    (folder / "matrix.mtx.gz").unlink()
    (folder / "matrix.mtx").write_text(f"%%MatrixMarket matrix coordinate integer general\n120 6 {HUGE}\n1 1 1\n")
    refused(folder, rf"matrix\.mtx: its header promises {HUGE} values, more than the file has room for")


def test_a_table_in_columns_that_repeats_a_value_without_end_is_refused(tmp_path, monkeypatch):
    cells = tmp_path / "cells.parquet"
    pq.write_table(pa.table({"cell_id": ["c"] * 1000, "x_centroid": [0.0] * 1000, "y_centroid": [0.0] * 1000}), cells)
    monkeypatch.setattr(promises, "MOST_NAMES", 999)
    with pytest.raises(InputError, match=r"cells\.parquet: promises 1000 rows, more than data sets have"):
        files.read_parquet(cells)


@pytest.fixture
def bomb(monkeypatch):
    """Return a function that writes a small file of so many equal lines; what a table may grow to is a megabyte."""
    monkeypatch.setattr(unpacked, "FREE_BYTES", 1 << 20)

    def write(path, start, line, times):
        path.parent.mkdir(exist_ok=True)
        with gzip.open(path, "wb") as file:
            file.write(start + line * times)
        assert path.stat().st_size < 20_000
        return path

    return write


@pytest.mark.parametrize("line", [b"g,0,0,0,0\n", b"0"], ids=["many lines", "one line without end"])
def test_a_table_that_unpacks_without_end_is_refused(tmp_path, bomb, line):
    path = bomb(tmp_path / "bulk.csv.gz", b"gene,a,b,c,d\n", line, 10_000_000 // len(line))
    refused(path, r"bulk\.csv\.gz: unpacks to more than 500 times its size")


@pytest.mark.parametrize("name", ["barcodes.tsv.gz", "features.tsv.gz"])
def test_so_is_a_file_of_a_folder(tmp_path, bomb, name):
    folder = tmp_path / "mtx"
    write_10x_mtx(folder, counts(6), CELLS, GENES, ensembl(len(GENES)))
    bomb(folder / name, b"", b"%\n", 5_000_000)
    refused(folder, rf"{name}: unpacks to more than 500 times")


@pytest.mark.parametrize("line", [b"%\n", b"%", b"1 1 1\n"])
def test_so_is_a_matrix_of_a_folder(tmp_path, bomb, line):
    folder = tmp_path / "mtx"
    write_10x_mtx(folder, counts(6), CELLS, GENES, ensembl(len(GENES)))
    start = b"%%MatrixMarket matrix coordinate integer general\n" + b"120 6 9\n" * line.startswith(b"1")
    bomb(folder / "matrix.mtx.gz", start, line, 8_000_000 // len(line))
    refused(folder, r"matrix\.mtx\.gz: (unpacks to more than 500 times|cannot be read)")


def test_so_is_a_table_of_cells(tmp_path, bomb):
    path = bomb(tmp_path / "cells.csv.gz", b"a,b\n", b"1,1\n", 2_500_000)
    with pytest.raises(InputError, match="unpacks to more than 500 times"), files.in_words(path, "a table"):
        files.read_table(path)
    with pytest.raises(InputError, match="unpacks to more than 500 times"):
        read_text(path)


def test_a_real_table_may_be_sparse(tmp_path, monkeypatch):
    monkeypatch.setattr(unpacked, "FREE_BYTES", 1 << 10)
    values = np.random.default_rng(0).random((200, 500)) < 0.01
    pd.DataFrame(values.astype(int), index=[f"g{n}" for n in range(200)]).add_prefix("c").to_csv(tmp_path / "a.csv.gz")
    assert read(tmp_path / "a.csv.gz").X.sum() == values.sum()
