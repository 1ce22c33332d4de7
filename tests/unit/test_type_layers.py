"""The file of expression by type: any name of a type, values written in blocks, one type read at a time."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract import type_layers
from bulk2space.contract.keys import Layers, Uns, Varm
from bulk2space.contract.type_layers import GenesOfTypes, add_to_varm, read_type, rounded, write_types

TYPES = ["NK/T", "NK%2FT", "mean B", "."]


@pytest.fixture
def values():
    return np.random.default_rng(0).gamma(1, 3, (2, len(TYPES), 5, 700))  # mean and sd, types × samples × genes


@pytest.fixture(params=[(700,), (100, 300, 650, 700), (256, 512, 700)])
def path(tmp_path, values, request):
    names = [f"s{number}" for number in range(5)], [f"g{number}" for number in range(700)]
    adata = ad.AnnData(
        sp.csr_matrix((5, 700), dtype=np.float32),
        obs=pd.DataFrame(index=names[0]),
        var=pd.DataFrame(index=names[1]),
        uns={Uns.CELL_TYPES: np.array(TYPES, dtype=object)},
    )
    starts = (0, *request.param[:-1])
    blocks = [
        GenesOfTypes(slice(*ends), *values[..., slice(*ends)]) for ends in zip(starts, request.param, strict=True)
    ]
    write_types(adata, blocks, tmp_path / "expression.h5ad")
    add_to_varm(tmp_path / "expression.h5ad", {Varm.RESOLVABLE: values[0, :, 0].T > 3})
    return tmp_path / "expression.h5ad"


def test_each_type_comes_back_whatever_its_name(path, values):
    for number, name in enumerate(TYPES):
        found = read_type(path, name)
        np.testing.assert_allclose(found.mean, values[0, number], rtol=2.0**-12)
        np.testing.assert_allclose(found.sd, values[1, number], rtol=2.0**-12)
        assert list(found.mean.index) == [f"s{place}" for place in range(5)]
        np.testing.assert_array_equal(found.resolvable, values[0, number, 0] > 3)
        assert found.resolvable.index[1] == "g1"


def test_the_file_is_one_of_anndata(path, values):
    whole = ad.read_h5ad(path)
    assert set(whole.layers) == {name(each) for each in TYPES for name in (Layers.mean, Layers.sd)}
    np.testing.assert_allclose(whole.layers[Layers.mean("NK/T")], values[0, 0], rtol=2.0**-12)
    assert whole.layers[Layers.sd(".")].dtype == np.float32


def test_an_unknown_type_is_named_with_those_that_are_there(path):
    with pytest.raises(KeyError, match=r"has no cell type 'B'; it has NK/T, "):
        read_type(path, "B")


def test_names_of_layers_have_no_slash_and_differ():
    keys = [name(each) for each in TYPES for name in (Layers.mean, Layers.sd)]
    assert len(set(keys)) == len(keys)
    assert not any("/" in key for key in keys)


def test_blocks_end_where_chunks_end(values):
    blocks = [GenesOfTypes(slice(n, n + 50), *values[..., n : n + 50]) for n in range(0, 700, 50)]
    ends = [block.genes.stop for block in type_layers.in_chunks(blocks)]
    assert [end % type_layers.GENES_PER_CHUNK for end in ends[:-1]] == [0] * (len(ends) - 1)
    assert ends[-1] == 700


def test_rounding_keeps_zero_and_order():
    given = np.array([0.0, 1e-8, 1.0, 1.0001, 3.3333333, 1e6])
    found = rounded(given)
    assert found[0] == 0
    assert (np.diff(found) >= 0).all()
    np.testing.assert_allclose(found, given, rtol=2.0**-12)
