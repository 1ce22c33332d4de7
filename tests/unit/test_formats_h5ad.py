"""h5ad files as others write them, and damaged ones."""

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.formats import h5ad
from inputs import GENES, counts, write_h5ad
from logged import sentences, severities

PLACES = {"spatial": np.arange(8.0).reshape(4, 2)}


def test_features_that_are_not_genes_are_left_out_and_counted(tmp_path, caplog):
    path = write_h5ad(tmp_path / "s.h5ad", counts(4), obsm=PLACES)
    adata = ad.read_h5ad(path)
    adata.var["feature_types"] = ["Gene Expression"] * 118 + ["Antibody Capture"] * 2
    adata.write_h5ad(path)
    assert list(door.section(path, None, platform="spot").var_names) == sorted(GENES[:118])
    assert sentences(caplog) == ["s.h5ad: 2 features that are not genes (Antibody Capture) are left out"]
    assert severities(caplog) == {"other_features_left_out": "note"}


def test_bytes_are_text():
    obs = pd.DataFrame({"kind": [b"A", b"B"], "n": [1, 2]}, index=[b"x", b"y"])
    obs["group"] = pd.Categorical([b"g", b"h"])
    read = h5ad.with_text(obs)
    assert list(read.index) == ["x", "y"]
    assert list(read["kind"]) == ["A", "B"]
    assert list(read["group"]) == ["g", "h"]
    assert list(read["n"]) == [1, 2]


def test_truth_values_are_numbers(tmp_path):
    adata = ad.AnnData(sp.csr_matrix(counts(4) > 0), obs=pd.DataFrame(index=list("abcd")), obsm=PLACES)
    adata.var_names = GENES
    adata.write_h5ad(tmp_path / "s.h5ad")
    assert h5ad.read(tmp_path / "s.h5ad").X.dtype == np.float32


@pytest.mark.parametrize("wrong", [2_000_000_000, -1, np.nan])
@pytest.mark.parametrize("place", ["X", "layers/counts", "obsm/spatial"])
def test_places_outside_a_sparse_matrix_are_refused(tmp_path, place, wrong):
    values = sp.csr_matrix(counts(4).astype(float))
    layers = {"counts": values} if place == "layers/counts" else {}
    obsm = {"spatial": sp.csr_matrix(PLACES["spatial"])}
    path = write_h5ad(tmp_path / "s.h5ad", counts(4), layers=layers, obsm=obsm)
    with h5py.File(path, "r+") as file:
        indices = file[f"{place}/indices"][:].astype(type(wrong))
        indices[1] = wrong
        del file[f"{place}/indices"]
        file[f"{place}/indices"] = indices
    with pytest.raises(
        InputError, match=r"^s.h5ad: cannot be read as AnnData \([^\n]*\); check that the file is complete$"
    ):
        door.section(path, None, platform="spot")


@pytest.mark.parametrize("part", ["obs", "X"])
def test_a_file_without_a_part_is_refused(tmp_path, part):
    path = write_h5ad(tmp_path / "s.h5ad", counts(4), obsm=PLACES)
    with h5py.File(path, "r+") as file:
        del file[part]
    with pytest.raises(InputError, match=r"^s.h5ad: [^\n]*$"):
        door.section(path, None, platform="spot")


@pytest.mark.parametrize("ending", ["h5ad", "zarr"])
def test_complex_numbers_are_no_expression(tmp_path, ending):
    adata = ad.AnnData(sp.csr_matrix(counts(4).astype(complex)), obs=pd.DataFrame(index=list("abcd")), obsm=PLACES)
    adata.var_names = GENES
    path = tmp_path / f"s.{ending}"
    (adata.write_zarr if ending == "zarr" else adata.write_h5ad)(path)
    with pytest.raises(InputError, match=rf"s.{ending}: its values are of the type complex128; give real numbers"):
        door.section(path, None, platform="spot")
