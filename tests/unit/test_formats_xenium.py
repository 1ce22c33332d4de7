import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import xenium
from bulk2space.inputs.formats.folders import recognise
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import counts
from logged import sentences, severities
from vendor_inputs import ensembl, names, write_10x_mtx, write_xenium

CELLS, SYMBOLS, IDS = names("aaaa-", 6), names("Gene", 8), ensembl(8)
VALUES = counts(6, genes=8)
PLACES = np.array([[1, 7], [2, 6], [3, 5], [4, 4], [5, 3], [6, 2.5]])
PARTS = (VALUES, CELLS, SYMBOLS, IDS, PLACES)
H5 = "cell_feature_matrix.h5"
TABLES = ["cells.parquet", "cells.csv.gz", "cells.csv"]


def same(section, cells=CELLS):
    assert np.array_equal(section.X.toarray(), VALUES)
    assert list(section.obs_names) == list(cells)
    assert list(section.var_names) == SYMBOLS
    assert list(section.var["gene_id"]) == IDS
    assert np.array_equal(section.obsm["spatial"], PLACES)
    assert section.obs["transcript_counts"].tolist() == VALUES.sum(axis=1).tolist()
    assert section.obs.columns.tolist() == ["transcript_counts", "cell_area"]
    assert section.uns["coordinate_unit"] == "micrometer"
    assert "spot_diameter" not in section.uns


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("matrix", ["h5", "mtx"])
@pytest.mark.parametrize("table", TABLES)
def test_every_layout_is_read(tmp_path, table, matrix, flat, caplog):
    folder = write_xenium(tmp_path, *PARTS, table=table, matrix=matrix, flat=flat)
    section = xenium.read(folder)
    same(section)
    assert section.uns["matrix"] == ("cell_feature_matrix.h5" if matrix == "h5" else "matrix.mtx.gz")
    assert sentences(caplog) == []
    assert recognise(folder) == "xenium"


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("cells", [[1, 2, 3, 4, 5, 6], [b"1", b"2", b"3", b"4", b"5", b"6"], ["NA", *names("x", 5)]])
def test_ids_may_be_numbers_or_bytes(tmp_path, cells, table):
    folder = write_xenium(tmp_path, VALUES, cells, SYMBOLS, IDS, PLACES, table=table)
    same(xenium.read(folder), ["NA", *names("x", 5)] if cells[0] == "NA" else list("123456"))


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(6)), table=st.sampled_from(["cells.parquet", "cells.csv"]))
def test_order_of_cells_changes_nothing(order, table):
    with tempfile.TemporaryDirectory() as folder:
        path = write_xenium(Path(folder), *PARTS, table=table) / table
        if table == "cells.parquet":
            pd.read_parquet(path).iloc[list(order)].to_parquet(path)
        else:
            pd.read_csv(path).iloc[list(order)].to_csv(path, index=False)
        same(xenium.read(Path(folder)))


def test_bytes_in_other_columns_become_text(tmp_path):
    path = write_xenium(tmp_path, *PARTS) / "cells.parquet"
    pd.read_parquet(path).assign(method=[b"nucleus", None] * 3).to_parquet(path)
    assert xenium.read(tmp_path).obs["method"].tolist() == ["nucleus", None] * 3


def test_controls_are_left_out_and_said(tmp_path, caplog):
    types = ["Gene Expression"] * 5 + ["Negative Control Probe", "Negative Control Probe", "Unassigned Codeword"]
    section = xenium.read(write_xenium(tmp_path, *PARTS, types))
    assert list(section.var_names) == SYMBOLS[:5]
    assert sentences(caplog) == [
        "cell_feature_matrix.h5: 3 features that are not genes (Negative Control Probe, Unassigned Codeword) "
        "are left out"
    ]


def cells(change):
    def write(folder):
        path = folder / "cells.parquet"
        change(pd.read_parquet(path)).to_parquet(path)

    return write


def test_cells_that_are_not_in_the_matrix_are_said(tmp_path, caplog):
    folder = write_xenium(tmp_path, *PARTS)
    cells(lambda table: pd.concat([table.assign(cell_id="z-" + table["cell_id"]), table]))(folder)
    section = xenium.read(folder)
    same(section)
    assert sentences(caplog) == [
        "cells.parquet: 6 cells that are not in cell_feature_matrix.h5, such as 'z-aaaa-1', are left out"
    ]
    assert severities(caplog) == {"cells_not_in_matrix": "note"}


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (
            lambda folder: (folder / H5).unlink(),
            "bundle: has no cell_feature_matrix.h5 and no folder of that",
        ),
        (
            lambda folder: (folder / "cells.parquet").unlink(),
            "bundle: has no cells.parquet or cells.csv; give the whole Xenium folder",
        ),
        (lambda folder: (folder / "cells.parquet").write_bytes(b"no"), "cells.parquet: cannot be read as a table of"),
        (
            cells(lambda table: table.iloc[1:]),
            "cells.parquet: 1 of 6 cells of cell_feature_matrix.h5 have no position, such as 'aaaa-1'; give the file",
        ),
        (
            cells(lambda table: pd.concat([table, table])),
            "cells.parquet: 6 cells appear more than once, such as 'aaaa-1'",
        ),
        (
            cells(lambda table: table.drop(columns=["x_centroid", "y_centroid"])),
            "cells.parquet: no column x_centroid and no column y_centroid; it has 'cell_id', 'transcript_counts', ",
        ),
        (
            cells(lambda table: table.rename(columns={"cell_id": "id"})),
            "cells.parquet: no column cell_id; it has 'id', ",
        ),
        (
            cells(lambda table: table.assign(x_centroid=np.nan)),
            "cells.parquet: 6 cells have no number in x_centroid or y_centroid, such as 'aaaa-1'; correct them",
        ),
    ],
)
def test_bad_folder_is_one_sentence(tmp_path, spoil, sentence):
    folder = write_xenium(tmp_path / "bundle", *PARTS)
    spoil(folder)
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        xenium.read(folder)


def test_truncated_csv_is_one_sentence(tmp_path):
    path = write_xenium(tmp_path, *PARTS, table="cells.csv.gz") / "cells.csv.gz"
    path.write_bytes(path.read_bytes()[:-12])
    with pytest.raises(InputError, match=r"^cells.csv.gz: cannot be read as a table of cells [^\n]*$"):
        xenium.read(tmp_path)


def test_a_table_of_cells_beside_a_10x_matrix_makes_no_xenium_folder(tmp_path):
    write_10x_mtx(tmp_path, np.ones((2, 3), dtype=int), ["c1", "c2"], ["A", "B", "C"], ["1", "2", "3"])
    (tmp_path / "cells.csv").write_text("Cell,Cell_type\nc1,A\nc2,B\n")
    assert recognise(tmp_path) == "mtx"
