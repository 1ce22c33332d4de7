import json
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats.folders import recognise
from bulk2space.inputs.formats.reader import has_metadata, read
from inputs import GENES, counts, write_h5ad
from logged import sentences, severities
from vendor_inputs import ad, names, write_h5mu

VALUES = counts(6)
CELLS = names("c", 6)


def annotated(values=VALUES, genes=GENES, **obs) -> ad.AnnData:
    adata = ad.AnnData(sp.csr_matrix(values, dtype=np.float32), pd.DataFrame(obs, index=CELLS))
    adata.var_names = genes
    return adata


def same(found, values=VALUES):
    assert np.array_equal(found.X.toarray(), values)
    assert list(found.obs_names) == CELLS
    assert list(found.var_names) == GENES


@pytest.mark.parametrize("version", [2, 3])
@pytest.mark.parametrize("matrix", ["X", "layers['counts']", "raw.X"])
def test_store_is_read_as_an_h5ad_is(tmp_path, version, matrix):
    adata = annotated(cell_type=list("ababab"))
    adata.obsm["spatial"] = np.arange(12.0).reshape(6, 2)
    if matrix == "raw.X":
        adata.raw = adata.copy()
    if matrix == "layers['counts']":
        adata.layers["counts"] = adata.X.copy()
    if matrix != "X":
        adata.X = adata.X.log1p()
    with ad.settings.override(zarr_write_format=version):
        adata.write_zarr(tmp_path / "a.zarr")
    adata.write_h5ad(tmp_path / "a.h5ad")
    found, expected = read(tmp_path / "a.zarr"), read(tmp_path / "a.h5ad")
    same(found)
    assert found.uns == expected.uns == {"matrix": matrix}
    assert found.obs.equals(expected.obs)
    assert np.array_equal(found.obsm["spatial"], adata.obsm["spatial"])
    assert recognise(tmp_path / "a.zarr") == "anndata"
    assert has_metadata(tmp_path / "a.zarr")


@pytest.mark.parametrize("modality", ["rna", "RNA", "gex"])
def test_modality_of_rna_is_read(tmp_path, modality):
    proteins = annotated(VALUES[:, :3], ["CD3", "CD4", "CD8"])
    path = write_h5mu(tmp_path / "m.h5mu", {"prot": proteins, modality: annotated()}, pd.DataFrame(index=CELLS))
    same(read(path))
    assert has_metadata(path)


def test_labels_of_all_modalities_are_joined_by_name(tmp_path, caplog):
    shared = pd.DataFrame(
        {"rna:cell_type": list("fedcba"), "donor": [1, 2, 3, 4, 5, 6], "prot:clone": "x", "batch": "other"},
        index=CELLS[::-1],
    )
    cells = annotated(batch=["own"] * 6)
    found = read(write_h5mu(tmp_path / "m.h5mu", {"rna": cells, "prot": annotated()}, shared))
    assert found.obs["cell_type"].tolist() == list("abcdef")
    assert found.obs["donor"].tolist() == [6, 5, 4, 3, 2, 1]
    assert found.obs["batch"].tolist() == ["own"] * 6
    assert "prot:clone" in found.obs
    assert sentences(caplog) == ["m.h5mu: obs and the modality 'rna' differ in 'batch'; the modality's values are used"]
    assert severities(caplog) == {"metadata_differ": "note"}


def test_cells_of_other_modalities_alone_change_nothing(tmp_path):
    shared = pd.DataFrame({"cell_type": list("abcdefg")}, index=[*CELLS, "protein_only"])
    found = read(write_h5mu(tmp_path / "m.h5mu", {"rna": annotated()}, shared))
    same(found)
    assert found.obs["cell_type"].tolist() == list("abcdef")


def damaged(change):
    def damage(path):
        with h5py.File(path, "r+") as file:
            change(file)

    return damage


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            damaged(lambda file: file.move("mod/rna", "mod/atac")),
            "m.h5mu: has the modalities 'atac', 'prot' and none called 'rna'; name the one of RNA 'rna'",
        ),
        (damaged(lambda file: file.pop("mod")), "m.h5mu: cannot be read as h5mu"),
        (damaged(lambda file: file["mod/rna/X"].pop("indptr")), "m.h5mu: cannot be read as h5mu"),
        (damaged(lambda file: file.pop("mod/rna/X")), "m.h5mu: has neither X nor layers['counts']; store"),
        (damaged(lambda file: file.pop("obs")), "m.h5mu: cannot be read as h5mu"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "m.h5mu: cannot be read as h5mu"),
        (lambda path: path.write_text("cells"), "m.h5mu: cannot be read as h5mu"),
    ],
)
def test_bad_h5mu_is_one_sentence(tmp_path, spoil, sentence):
    path = write_h5mu(tmp_path / "m.h5mu", {"rna": annotated(), "prot": annotated()}, pd.DataFrame(index=CELLS))
    spoil(path)
    with pytest.raises(InputError) as refusal:
        read(path)
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


def test_names_that_appear_twice_in_an_h5mu_are_refused(tmp_path):
    shared = pd.DataFrame({"a": range(6)}, index=[*CELLS[:5], "c1"])
    path = write_h5mu(tmp_path / "m.h5mu", {"rna": annotated()}, shared)
    with pytest.raises(InputError, match=r"^m.h5mu: names in obs appear more than once; make them unique$"):
        read(path)


def damaged_store(path, part):
    """Remove a part of a store as an incomplete copy lacks it; arrays keep their description."""
    (path / "zarr.json").write_text(
        json.dumps(json.loads((path / "zarr.json").read_text()) | {"consolidated_metadata": None})
    )
    if (path / part / "c").is_dir():
        shutil.rmtree(path / part / "c")
    elif (path / part).is_dir():
        shutil.rmtree(path / part)
    else:
        (path / part).unlink()


@pytest.mark.parametrize(
    ("part", "sentence"),
    [
        ("X/indptr", "has only 0 of 1 parts of the array X/indptr; copy the whole store"),
        ("X/data", "has only 0 of 1 parts of the array X/data; copy the whole store"),
        ("X/indices/zarr.json", "cannot be read as an AnnData store"),
        ("obs", "cannot be read as an AnnData store"),
        ("var/_index/zarr.json", "cannot be read as an AnnData store"),
    ],
)
def test_bad_store_is_one_sentence(tmp_path, part, sentence):
    path = tmp_path / "a.zarr"
    with ad.settings.override(zarr_write_format=3):
        annotated().write_zarr(path)
    same(read(path))
    damaged_store(path, part)
    with pytest.raises(InputError, match=rf"^a.zarr: {sentence}[^\n]*$"):
        read(path)


def test_a_cut_part_of_a_store_is_refused_before_blosc_reads_beyond_it(tmp_path):
    path = tmp_path / "a.zarr"
    with ad.settings.override(zarr_write_format=2):
        annotated().write_zarr(path)
    same(read(path))
    part = path / "X" / "data" / "0"
    part.write_bytes(part.read_bytes()[:-3])
    with pytest.raises(InputError, match=r"^a.zarr: the file data/0 is cut; copy the whole store$"):
        read(path)


def test_an_h5ad_keeps_what_it_had(tmp_path):
    same(read(write_h5ad(tmp_path / "a.h5ad", VALUES)))
