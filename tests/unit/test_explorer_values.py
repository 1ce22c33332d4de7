"""What an explorer page holds, beside the files that it is made of."""

import base64
import gzip
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.stored import Stored
from bulk2space.report.explorer import of_spots
from bulk2space.report.explorer.content import Content
from bulk2space.report.explorer.measured import Measured

TYPES = ["A", "B", "C"]


def unpacked(text: str, dtype: type) -> np.ndarray:
    return np.frombuffer(gzip.decompress(base64.b64decode(text)), dtype)


def content_of(proportions: list[list[float]]) -> Content:
    content = Content(about={"types": [{"name": name} for name in TYPES]})
    expected = SimpleNamespace(obsm={"proportions": np.array(proportions)}, uns={"cell_types": TYPES})
    of_spots._add_proportions(content, expected)
    return content


def test_the_most_frequent_type_is_that_of_the_file_also_where_rounded_proportions_are_equal():
    content = content_of([[0.3330, 0.3336, 0.3334], [0.0, 0.0, 0.0], [0.5, 0.5, 0.0]])
    types = unpacked(content.arrays["spots types"], np.uint16)
    assert [TYPES[code] if code < len(TYPES) else "none" for code in types] == ["B", "none", "A"]


def test_proportions_are_rounded_to_less_than_the_page_shows():
    given = np.random.default_rng(0).dirichlet(np.ones(3), 50)
    content = content_of(given)
    found = unpacked(content.arrays["spots proportions"], np.uint16).reshape(3, 50).T / content.about["parts"]
    assert np.abs(found - given).max() < 0.0005


@pytest.mark.parametrize("volume", [50.0, 5_000.0])
def test_the_scale_of_a_gene_ends_at_its_largest_value_also_where_cells_are_normalised_by_volume(tmp_path, volume):
    counts = sp.csr_matrix(np.array([[1, 9], [4, 6], [0, 20]], dtype=np.float32))
    logs = (counts * (1000 / volume)).log1p()
    section = ad.AnnData(logs, var=pd.DataFrame(index=["G1", "G2"]), layers={"counts": counts})
    write_h5ad(section, tmp_path / "section.h5ad")
    with Stored(tmp_path / "section.h5ad") as stored:
        said, _arrays = Measured(stored, ["G1", "G2"]).of("G1", 0)
    assert said["measured"] == pytest.approx(np.log1p(1e4 * 4 / 10))
