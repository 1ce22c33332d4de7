"""Metadata of foreign files as the pipeline's own files can hold it."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats.plain import plain_columns, refuse_zeros

ODD = pd.DataFrame(
    {
        "number": [1, 2],
        "truth": [True, False],
        "text": ["a", None],
        "nothing": [None, None],
        "no label": pd.Categorical([None, None]),
        "list": [[1, 2], [3]],
        "date": pd.Timestamp("2020-01-02"),
        "bytes": [b"a", b"b"],
        "mixed": ["a", 1],
        "zero": ["a\0b", "c"],
        "cluster": pd.Categorical([0, 1]),
        "label": pd.Categorical(["x", "y"]),
        "dates as labels": pd.Categorical([pd.Timestamp("2020-01-02")] * 2),
    },
    index=["c1", "c2"],
)


def test_numbers_and_text_stay_and_all_else_becomes_text(tmp_path):
    table = plain_columns(ODD)
    for name in ("number", "truth", "text", "label", "cluster"):
        pd.testing.assert_series_equal(table[name], ODD[name])
    assert table[["nothing", "no label"]].isna().all(axis=None)
    assert table["list"].tolist() == ["[1, 2]", "[3]"]
    assert table["date"].tolist() == ["2020-01-02 00:00:00"] * 2
    assert table["bytes"].tolist() == ["a", "b"]
    assert table["mixed"].tolist() == ["a", "1"]
    assert table["zero"].tolist() == ["ab", "c"]
    assert table["dates as labels"].tolist() == ["2020-01-02 00:00:00"] * 2
    ad.AnnData(np.zeros((2, 1)), obs=table).write_h5ad(tmp_path / "t.h5ad")


def test_names_with_a_zero_byte_are_refused():
    refuse_zeros(pd.Index(["a", "b"]), "t.h5ad")
    with pytest.raises(InputError, match=r"^t.h5ad: the name 'a\ufffd' holds a byte of 0"):
        refuse_zeros(pd.Index(["b", "a\0"]), "t.h5ad")
