"""CosMx, MERSCOPE and STARmap PLUS: folders of tables with one row or column a cell."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.formats import cell_tables
from bulk2space.inputs.formats.folders import recognise
from bulk2space.inputs.formats.reader import read
from inputs import counts
from logged import sentences, severities
from vendor_inputs import names, write_cosmx, write_merscope, write_starmap

SYMBOLS = names("Gene", 8)
VALUES = counts(6, genes=8)
PLACES = np.array([[100, 7], [200, 6], [300, 5], [400, 4], [500, 3], [600, 2.5]])
FIELDS = [(1, 1), (1, 2), (2, 1), (2, 2), (2, 3), (11, 1)]
HUGE = [f"11088342476461192440022163991631425346{number}" for number in range(6)]  # beyond 64 bits


def same(section, cells, unit):
    assert np.array_equal(section.X.toarray(), VALUES)
    assert list(section.obs_names) == list(cells)
    assert list(section.var_names) == SYMBOLS
    assert np.array_equal(section.obsm["spatial"], PLACES)
    assert section.uns.get("coordinate_unit") == unit


@pytest.mark.parametrize("suffix", ["", ".gz"])
@pytest.mark.parametrize("prefix", ["", "Lung5_Rep1_"])
def test_cosmx_is_read(tmp_path, prefix, suffix, caplog):
    folder = write_cosmx(tmp_path, VALUES, FIELDS, SYMBOLS, PLACES, prefix=prefix, suffix=suffix)
    assert recognise(folder) == "cosmx"
    section = read(folder)
    same(section, [f"{fov}_{number}" for fov, number in FIELDS], "pixel")
    assert section.obs["Area"].tolist() == [100, 101, 102, 103, 104, 105]
    outside = VALUES[[0, 2, 5]].sum()
    assert sentences(caplog) == [
        f"{prefix}exprMat_file.csv{suffix}: 3 rows hold the transcripts outside cells (cell_ID 0), {outside} in all; "
        f"they are left out"
    ]
    assert severities(caplog) == {"outside_cells_left_out": "note"}


def in_table(name, change):
    def write(folder):
        (path,) = folder.glob(f"*{name}")
        change(pd.read_csv(path, dtype=str, keep_default_na=False)).to_csv(path, index=False)

    return write


def test_cosmx_takes_names_from_the_column_cell(tmp_path):
    folder = write_cosmx(tmp_path, VALUES, FIELDS, SYMBOLS, PLACES)
    named = lambda table: table.assign(cell="c_1_" + table["fov"] + "_" + table["cell_ID"])  # noqa: E731
    cells = [f"c_1_{fov}_{number}" for fov, number in FIELDS]
    in_table("metadata_file.csv", named)(folder)
    same(read(folder), cells, "pixel")
    in_table("exprMat_file.csv", named)(folder)
    same(read(folder), cells, "pixel")
    in_table("exprMat_file.csv", lambda table: table.drop(columns=["fov", "cell_ID"]))(folder)
    same(read(folder), cells, "pixel")


@pytest.mark.parametrize("columns", [("cell", ""), ("", "EntityID"), ("cell", "X"), ("cell", "cell"), ("", "")])
def test_merscope_is_read(tmp_path, columns, caplog):
    folder = write_merscope(tmp_path, VALUES, HUGE, SYMBOLS, PLACES, prefix="ovary_", names=columns)
    assert recognise(folder) == "merscope"
    section = read(folder)
    same(section, HUGE, "micrometer")
    assert section.obs["volume"].tolist() == pytest.approx(np.linspace(100, 900, 6))
    assert section.obs.columns.tolist() == ["fov", "volume"]
    assert sentences(caplog) == []


def test_merscope_takes_the_column_that_has_the_names(tmp_path):
    folder = write_merscope(tmp_path, VALUES, HUGE, SYMBOLS, PLACES)
    path = folder / "cell_metadata.csv"
    table = pd.read_csv(path, dtype=str).rename(columns={"Unnamed: 0": "EntityID"})
    table.insert(0, "", range(len(table)))
    table.to_csv(path, index=False)
    same(read(folder), HUGE, "micrometer")


def test_r_writes_row_names_without_a_header(tmp_path):
    folder = write_merscope(tmp_path, VALUES, HUGE, SYMBOLS, PLACES)
    for path in folder.iterdir():
        header, _end, rows = path.read_text().partition("\n")
        path.write_text("\n".join([",".join(header.split(",")[1:]), rows]))
    same(read(folder), HUGE, "micrometer")


@pytest.mark.parametrize("kinds", [False, True])
def test_starmap_is_read(tmp_path, kinds, caplog):
    cells = names("well05_", 6)
    folder = write_starmap(tmp_path, VALUES, cells, SYMBOLS, PLACES, kinds=kinds)
    assert recognise(folder) == "starmap"
    section = read(folder)
    same(section, cells, None)
    assert section.obs["Main_molecular_cell_type"].tolist() == ["A"] * 6
    assert sentences(caplog) == [
        "well05_spatial.csv: the cells' depth in the section (column Z) is left out; places are X and Y"
    ]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("write", [write_cosmx, write_merscope, write_starmap])
def test_ends_of_lines_and_byte_order_marks_change_nothing(tmp_path, write, end):
    cells = FIELDS if write is write_cosmx else HUGE
    folder = write(tmp_path, VALUES, cells, SYMBOLS, PLACES)
    expected = read(folder)
    for path in folder.iterdir():
        path.write_bytes(path.read_text().replace("\n", end).encode("utf-8-sig"))
    again = read(folder)
    assert np.array_equal(again.X.toarray(), expected.X.toarray())
    assert again.obs.equals(expected.obs)
    assert np.array_equal(again.obsm["spatial"], expected.obsm["spatial"])


def test_blocks_of_a_large_table_are_put_together(tmp_path, monkeypatch):
    monkeypatch.setattr(cell_tables, "BLOCK_BYTES", 200)
    values, cells = counts(60, genes=8), [(1, number) for number in range(1, 61)]
    section = read(write_cosmx(tmp_path, values, cells, SYMBOLS, np.ones((60, 2))))
    assert np.array_equal(section.X.toarray(), values)


@pytest.mark.parametrize("write", [write_cosmx, write_merscope, write_starmap])
def test_cells_without_position_and_positions_without_cell_are_said(tmp_path, write, caplog):
    cells = FIELDS if write is write_cosmx else HUGE
    folder = write(tmp_path, VALUES, cells, SYMBOLS, PLACES)
    first, last = ("1_1", "11_1") if write is write_cosmx else (HUGE[0], HUGE[-1])
    (path,) = [*folder.glob("*metadata*"), *folder.glob("*_spatial.csv")]
    lines = path.read_text().splitlines()
    kept = [line.replace(HUGE[0], "99") for line in lines if last not in line and not line.startswith("11,1,")]
    kept = [line.replace("1,1,100,", "1,99,100,") for line in kept]
    path.write_text("\n".join(kept))
    section = read(folder)
    assert np.array_equal(section.X.toarray(), VALUES[1:5])
    assert np.array_equal(section.obsm["spatial"], PLACES[1:5])
    lost = f"2 of 6 cells of {section.uns['matrix']} have no position, such as '{first}'; they are left out"
    stranger = "99" if write is not write_cosmx else "1_99"
    left_out = f"1 cells that are not in {section.uns['matrix']}, such as '{stranger}', are left out"
    assert {f"{path.name}: {lost}", f"{path.name}: {left_out}"} <= set(sentences(caplog))
    assert severities(caplog)["cells_without_position"] == "warning"


@pytest.mark.parametrize("write", [write_cosmx, write_merscope, write_starmap])
def test_section_passes_the_door_and_is_written(tmp_path, write):
    cells = FIELDS if write is write_cosmx else HUGE
    section = door.section(write(tmp_path / "s", VALUES, cells, SYMBOLS, PLACES), None, platform="image")
    write_h5ad(section, tmp_path / "s.h5ad")
    again = ad.read_h5ad(tmp_path / "s.h5ad")
    assert np.array_equal(again.layers["counts"].toarray(), VALUES)
    assert np.array_equal(again.obsm["spatial"], PLACES)
    assert set(read(tmp_path / "s").obs) <= set(again.obs)
    assert again.uns["units"].get("normalised") == ("by cell volume" if write is write_merscope else None)


def without(column):
    return lambda table: table.drop(columns=column)


def gone(name):
    return lambda folder: next(folder.glob(f"*{name}")).unlink()


def cut(name, text):
    return lambda folder: next(folder.glob(f"*{name}")).write_text(text)


EXPRESSION, METADATA = "Lung5_exprMat_file.csv", "Lung5_metadata_file.csv"
GENES, CELLS = "cell_by_gene.csv", "cell_metadata.csv"
RAW, SPATIAL = "well05raw_expression_pd.csv", "well05_spatial.csv"


@pytest.mark.parametrize(
    ("write", "spoil", "sentence"),
    [
        (write_cosmx, gone(METADATA), "s: has no metadata_file.csv; give the whole folder of CosMx flat files"),
        (write_cosmx, in_table(EXPRESSION, without("fov")), f"{EXPRESSION}: no column fov; it has 'cell_ID'"),
        (write_cosmx, in_table(METADATA, without("cell_ID")), f"{METADATA}: no column cell_ID; it has 'fov',"),
        (write_cosmx, in_table(METADATA, without("CenterX_global_px")), f"{METADATA}: no column CenterX_global_px;"),
        (
            write_cosmx,
            in_table(METADATA, lambda table: table.assign(CenterX_global_px="left")),
            f"{METADATA}: 6 cells have no number in CenterX_global_px or CenterY_global_px, such as '1_1'; correct",
        ),
        (
            write_cosmx,
            in_table(EXPRESSION, lambda table: table.replace({"Gene3": {table["Gene3"][0]: "many"}})),
            f"{EXPRESSION}: the column 'Gene3' holds 'many', which is not a number; correct it",
        ),
        (
            write_cosmx,
            in_table(EXPRESSION, lambda table: table.assign(Gene3=["", *table["Gene3"][1:]])),
            f"{EXPRESSION}: the cell '1 0' has no number for Gene3; correct the file",
        ),
        (
            write_cosmx,
            in_table(EXPRESSION, lambda table: pd.concat([table, table[3:4]])),
            f"{EXPRESSION}: 1 cells appear more than once, such as '1_1'; keep one row of each",
        ),
        (
            write_cosmx,
            in_table(METADATA, lambda table: pd.concat([table, table[:2]])),
            f"{METADATA}: 2 cells appear more than once, such as '11_1'; keep one row of each",
        ),
        (
            write_cosmx,
            cut(EXPRESSION, "fov,cell_ID,A\n1,1,4\n1,"),
            f"{EXPRESSION}: cannot be read as a table of counts",
        ),
        (write_cosmx, cut(EXPRESSION, "fov,cell_ID,A\n"), f"{EXPRESSION}: has no rows of cells; check that the file"),
        (write_cosmx, cut(EXPRESSION, "fov,cell_ID\n1,1\n"), f"{EXPRESSION}: has no column of a gene; it has 'fov',"),
        (
            write_cosmx,
            cut(EXPRESSION, "fov,cell_ID,A\n1,1\n"),
            f"{EXPRESSION}: its header has 3 columns, its first row",
        ),
        (write_cosmx, cut(EXPRESSION, "fov,cell_ID,A,A\n1,1,2,3\n"), f"{EXPRESSION}: the column 'A' appears more than"),
        (
            lambda folder, *parts: write_cosmx(write_cosmx(folder, *parts), *parts, prefix="Lung6_"),
            lambda folder: None,
            f"s: has 2 files of the kind *exprMat_file.csv, '{EXPRESSION}', 'Lung6_exprMat_file.csv'; give a folder",
        ),
        (write_merscope, gone(CELLS), "s: has no cell_metadata.csv; give the whole MERSCOPE folder"),
        (write_merscope, in_table(CELLS, without("center_x")), f"{CELLS}: no column center_x; it has"),
        (
            write_merscope,
            in_table(CELLS, lambda table: table.assign(**{"Unnamed: 0": range(6)})),
            f"{CELLS}: 6 of 6 cells of {GENES} have no position, such as '{HUGE[0]}'; give the file that",
        ),
        (
            write_merscope,
            in_table(GENES, lambda table: table.assign(cell=table["cell"].str[:-1])),
            f"{GENES}: 5 cells appear more than once, such as '{HUGE[0][:-1]}'; keep one row of each",
        ),
        (
            write_merscope,
            cut(CELLS, "cell,center_x\n1,2,3,4\n"),
            f"{CELLS}: its header has 2 columns, its first row has 4",
        ),
        (write_starmap, gone(SPATIAL), "s: has no spatial.csv; give both STARmap PLUS tables in one folder"),
        (write_starmap, in_table(SPATIAL, without("Y")), f"{SPATIAL}: no column Y; it has 'NAME', 'X', 'Z'"),
        (
            write_starmap,
            in_table(SPATIAL, lambda table: table.replace({"X": {"100.0": "far"}})),
            f"{SPATIAL}: 1 cells have no number in X or Y, such as '{HUGE[0]}'; correct them",
        ),
        (write_starmap, cut(RAW, "GENE,a,b\nA,1,x\nB,1,2\n"), f"{RAW}: the value of 'A' in 'b' is 'x', which is not"),
    ],
)
def test_bad_folder_is_one_sentence(tmp_path, write, spoil, sentence):
    cells = HUGE if write in (write_merscope, write_starmap) else FIELDS
    folder = write(tmp_path / "s", VALUES, cells, SYMBOLS, PLACES)
    spoil(folder)
    with pytest.raises(InputError) as refusal:
        read(folder)
    assert str(refusal.value).startswith(sentence)
    assert "\n" not in str(refusal.value)


def test_a_folder_of_cells_given_as_spots_is_questioned(tmp_path, caplog):
    folder = write_cosmx(tmp_path, VALUES, FIELDS, SYMBOLS, PLACES)
    door.section(folder, None, platform="image")
    assert "cells_given_as_spots" not in severities(caplog)
    door.section(folder, None, platform="spot")
    assert severities(caplog)["cells_given_as_spots"] == "warning"
