import gzip
import json
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.formats import spaceranger
from bulk2space.inputs.formats.folders import recognise
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import counts
from logged import sentences, severities
from vendor_inputs import SCALE, ensembl, names, write_spaceranger

SPOTS, SYMBOLS, IDS = names("AAAC-", 6), names("Gene", 8), ensembl(8)
VALUES = counts(6, genes=8)
PLACES = np.array([[100, 7], [200, 6], [300, 5], [400, 4], [500, 3], [600, 2.5]])
PARTS = (VALUES, SPOTS, SYMBOLS, IDS, PLACES)
H5, POSITIONS = "filtered_feature_bc_matrix.h5", "spatial/tissue_positions.csv"
SCALE_FACTORS = "spatial/scalefactors_json.json"


def same(section, expected_places=PLACES):
    assert np.array_equal(section.X.toarray(), VALUES)
    assert list(section.obs_names) == SPOTS
    assert list(section.var_names) == SYMBOLS
    assert list(section.var["gene_id"]) == IDS
    assert np.array_equal(section.obsm["spatial"], expected_places)
    assert section.obs.columns.tolist() == ["in_tissue", "array_row", "array_col"]
    assert section.obs["array_col"].tolist() == [10, 11, 12, 13, 14, 15]
    assert section.uns["coordinate_unit"] == "pixel"


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("matrix", ["h5", "mtx"])
@pytest.mark.parametrize("positions", ["new", "old", "parquet"])
def test_every_layout_is_read(tmp_path, positions, matrix, flat, caplog):
    folder = write_spaceranger(tmp_path, *PARTS, positions=positions, matrix=matrix, flat=flat)
    section = spaceranger.read(folder)
    same(section)
    assert section.uns["spot_diameter"] == 88.5
    assert section.uns["spot_micrometers"] == 55
    assert "image" not in section.uns
    assert section.uns["matrix"] == ("filtered_feature_bc_matrix.h5" if matrix == "h5" else "matrix.mtx.gz")
    assert sentences(caplog) == []
    assert recognise(folder) == "spaceranger"


@pytest.mark.parametrize("old_name", [False, True])
def test_the_header_counts_and_not_the_name(tmp_path, old_name):
    path = write_spaceranger(tmp_path, *PARTS, positions="old" if old_name else "new") / "spatial"
    path = next(path.glob("*.csv"))
    table = pd.read_csv(path, header=None if old_name else 0)
    table.columns = spaceranger.COLUMNS
    path.unlink()
    table.to_csv(path.with_name("tissue_positions_list.csv"), index=False)
    same(spaceranger.read(tmp_path))


@settings(max_examples=20, deadline=None)
@given(order=st.permutations(range(7)), positions=st.sampled_from(["new", "old", "parquet"]))
def test_order_of_positions_changes_nothing(order, positions):
    with tempfile.TemporaryDirectory() as folder:
        path = write_spaceranger(Path(folder), *PARTS, positions=positions) / "spatial"
        if positions == "parquet":
            path /= "tissue_positions.parquet"
            pd.read_parquet(path).iloc[list(order)].to_parquet(path)
        else:
            path = next(path.glob("*.csv"))
            header = 0 if positions == "new" else None
            pd.read_csv(path, header=header).iloc[list(order)].to_csv(path, index=False, header=positions == "new")
        same(spaceranger.read(Path(folder)))


def test_spots_outside_the_tissue_are_left_out_and_said(tmp_path, caplog):
    folder = write_spaceranger(tmp_path, *PARTS, in_tissue=[1, 0, 1, 1, 0, 1])
    assert list(door.section(folder, None, platform="spot").obs_names) == [SPOTS[n] for n in (0, 2, 3, 5)]
    sentence = (
        f"{folder.name}: 2 of 6 spots lie outside the tissue (in_tissue is 0), such as 'AAAC-2'; they are left out"
    )
    assert sentence in sentences(caplog)
    assert severities(caplog)["spots_outside_tissue"] == "warning"


@pytest.mark.parametrize("scale", [None, {key: SCALE[key] for key in SCALE if key != "spot_diameter_fullres"}])
def test_diameter_may_be_missing(tmp_path, scale, caplog):
    section = spaceranger.read(write_spaceranger(tmp_path / "outs", *PARTS, scale=scale))
    same(section)
    assert "spot_diameter" not in section.uns
    assert sentences(caplog) == [
        "outs: no spot_diameter_fullres in spatial/scalefactors_json.json; "
        "the spots' diameter is derived from their distances"
    ]
    assert severities(caplog) == {"spot_diameter_unknown": "note"}


def test_features_that_are_not_genes_are_said(tmp_path, caplog):
    types = ["Gene Expression"] * 7 + ["Antibody Capture"]
    section = spaceranger.read(write_spaceranger(tmp_path, *PARTS, types))
    assert section.n_vars == 7
    assert sentences(caplog) == [
        "filtered_feature_bc_matrix.h5: 1 features that are not genes (Antibody Capture) are left out"
    ]


def test_folder_of_all_bins_is_refused(tmp_path):
    write_spaceranger(tmp_path / "outs" / "binned_outputs" / "square_008um", *PARTS, positions="parquet")
    assert recognise(tmp_path / "outs" / "binned_outputs" / "square_008um") == "spaceranger"
    same(spaceranger.read(tmp_path / "outs" / "binned_outputs" / "square_008um"))
    sentence = "outs: is Visium HD's folder of several outputs; give one of them: binned_outputs/square_008um"
    with pytest.raises(InputError, match=f"^{sentence}$"):
        recognise(tmp_path / "outs")
    (tmp_path / "outs" / "segmented_outputs").mkdir()
    with pytest.raises(InputError, match=f"^{sentence} or segmented_outputs$"):
        recognise(tmp_path / "outs")
    with pytest.raises(
        InputError, match=r"^binned_outputs: is Visium HD's folder of .*; give one of them: square_008um$"
    ):
        recognise(tmp_path / "outs" / "binned_outputs")


def positions(change):
    def write(folder):
        path = folder / "spatial" / "tissue_positions.csv"
        change(pd.read_csv(path, dtype=object)).to_csv(path, index=False)

    return write


def rewritten(name, content):
    return lambda folder: (folder / name).write_bytes(content)


def gone(name):
    return lambda folder: (folder / name).unlink()


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (gone(H5), "outs: has no filtered_feature_bc_matrix.h5 and no folder of that name; give"),
        (lambda folder: shutil.rmtree(folder / "spatial"), "outs: has no spatial/tissue_positions.csv; give"),
        (rewritten(H5, b"no"), "filtered_feature_bc_matrix.h5: cannot be read as a 10x HDF5 file"),
        (rewritten(POSITIONS, b""), "tissue_positions.csv: cannot be read as a table of positions"),
        (rewritten(POSITIONS, b"\xff\xfe\n"), "tissue_positions.csv: cannot be read as a table of"),
        (rewritten(POSITIONS, b"AAAC-1,1,0,0\n"), "tissue_positions.csv: cannot be read as a table of"),
        (
            rewritten(POSITIONS, b"barcode,a\n1,2,3\n1,2,3,4\n"),
            "tissue_positions.csv: cannot be read as",
        ),
        (rewritten(SCALE_FACTORS, b"{"), "scalefactors_json.json: cannot be read as a table of scale factors"),
        (rewritten(SCALE_FACTORS, b"[]"), "scalefactors_json.json: cannot be read as a table of scale factors"),
        (
            rewritten(SCALE_FACTORS, json.dumps({"spot_diameter_fullres": "wide"}).encode()),
            "scalefactors_json.json: the scale factor spot_diameter_fullres is 'wide', which is not a number above 0;",
        ),
        (
            positions(lambda table: table.iloc[2:]),
            "tissue_positions.csv: 2 of 6 spots of filtered_feature_bc_matrix.h5 have no position, such as 'AAAC-1'; "
            "give the file that belongs to the matrix",
        ),
        (
            positions(lambda table: pd.concat([table, table.iloc[[1, 2]]])),
            "tissue_positions.csv: 2 spots appear more than once, such as 'AAAC-2'; keep one row of each",
        ),
        (
            positions(lambda table: table.drop(columns="array_col")),
            "tissue_positions.csv: no column array_col; it has 'barcode', 'in_tissue', 'array_row' …: give the file",
        ),
        (
            positions(lambda table: table.replace({"pxl_col_in_fullres": {"100.0": "left"}})),
            "tissue_positions.csv: 1 spots have no number in pxl_col_in_fullres or pxl_row_in_fullres, such as 'AAAC-1",
        ),
        (
            positions(lambda table: table.replace({"pxl_row_in_fullres": {"6.0": ""}})),
            "tissue_positions.csv: 1 spots have no number in pxl_col_in_fullres or pxl_row_in_fullres, such as 'AAAC-2",
        ),
    ],
)
def test_bad_folder_is_one_sentence(tmp_path, spoil, sentence):
    folder = write_spaceranger(tmp_path / "outs", *PARTS)
    spoil(folder)
    with pytest.raises(InputError, match=rf"^{sentence}[^\n]*$"):
        spaceranger.read(folder)


def test_broken_parquet_is_one_sentence(tmp_path):
    path = write_spaceranger(tmp_path, *PARTS, positions="parquet") / "spatial" / "tissue_positions.parquet"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(InputError, match=r"^tissue_positions.parquet: cannot be read as a table of positions [^\n]*$"):
        spaceranger.read(tmp_path)


def test_real_size_of_bins_comes_from_their_file(tmp_path):
    scale = SCALE | {"bin_size_um": 16.0, "microns_per_pixel": 0.25}
    section = spaceranger.read(write_spaceranger(tmp_path, *PARTS, positions="parquet", scale=scale))
    same(section)
    assert section.uns["spot_micrometers"] == 16


LOW = np.zeros((3, 4, 3), np.uint8)
LOW[0, 1] = (250, 20, 30)
HIGH = np.full((1200, 2400, 3), 90, np.uint8)
SCALES = SCALE | {"tissue_lowres_scalef": 0.01, "tissue_hires_scalef": 0.05}


@pytest.mark.parametrize("flat", [False, True])
def test_image_of_the_tissue_comes_along(tmp_path, flat, caplog):
    images = {"lowres": LOW, "hires": HIGH}
    section = spaceranger.read(write_spaceranger(tmp_path, *PARTS, flat=flat, scale=SCALES, images=images))
    assert np.array_equal(section.uns["image"], LOW)
    assert section.uns["image"].dtype == np.uint8
    assert section.uns["image_scale"] == 0.01
    assert sentences(caplog) == []


def test_large_image_is_used_where_there_is_no_small_one(tmp_path):
    section = spaceranger.read(write_spaceranger(tmp_path, *PARTS, scale=SCALES, images={"hires": HIGH}))
    assert section.uns["image"].shape == (500, 1000, 3)
    assert section.uns["image_scale"] == pytest.approx(0.05 * 1000 / 2400)


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (rewritten("spatial/tissue_lowres_image.png", b"no"), "tissue_lowres_image.png: is no image; check that"),
        (
            lambda folder: (folder / SCALE_FACTORS).write_text(json.dumps(SCALE)),
            "scalefactors_json.json: has no tissue_lowres_scalef, the scale of tissue_lowres_image.png",
        ),
    ],
)
def test_image_that_cannot_be_used_is_said(tmp_path, spoil, reason, caplog):
    folder = write_spaceranger(tmp_path, *PARTS, scale=SCALES, images={"lowres": LOW})
    spoil(folder)
    section = spaceranger.read(folder)
    same(section)
    assert "image" not in section.uns
    (said,) = sentences(caplog)
    assert said.startswith(reason)
    assert said.endswith("; the report shows no image of the tissue")
    assert severities(caplog) == {"image_left_out": "warning"}


def test_names_with_the_prefix_of_an_archive_are_read(tmp_path):
    folder = write_spaceranger(tmp_path, *PARTS, positions="old", flat=True, scale=SCALES, images={"lowres": LOW})
    for path in [*folder.iterdir()]:
        content, suffix = path.read_bytes(), ""
        if path.suffix != ".h5":
            content, suffix = gzip.compress(content), ".gz"
        path.with_name(f"GSM1_{path.name}{suffix}").write_bytes(content)
        path.unlink()
    assert recognise(folder) == "spaceranger"
    section = spaceranger.read(folder)
    same(section)
    assert section.uns["spot_diameter"] == 88.5
    assert section.uns["image_scale"] == 0.01


def test_a_folder_of_spots_given_as_image_is_questioned(tmp_path, caplog):
    door.section(write_spaceranger(tmp_path, *PARTS), None, platform="image")
    assert severities(caplog)["spots_given_as_image"] == "warning"
