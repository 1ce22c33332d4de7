"""What scanpy and squidpy keep of a section in uns['spatial']."""

import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.sheet.spot_cells import spot_cells
from door_run import plan_of
from inputs import PUBLISHED_ROW, counts, write_h5ad, write_published, write_sheet
from logged import sentences

PLACES = np.array([[n % 4, n // 4] for n in range(12)], dtype=float) * 100
FACTORS = {"spot_diameter_fullres": 55.0, "tissue_hires_scalef": 0.5, "tissue_lowres_scalef": 0.1}
LOWRES = np.full((25, 35, 3), 0.5)
GRID = {"array_row": range(12), "array_col": range(12)}


def write(folder, entry, *, places=PLACES, **obs):
    uns = {"spatial": entry}
    return write_h5ad(folder / "s.h5ad", counts(12), obs=obs, obsm={"spatial": places}, uns=uns)


def uns_of(folder, entry, **parts):
    return door.section(write(folder, entry, **parts), None, platform="spot").uns


def test_scale_and_image_are_kept(tmp_path):
    known = uns_of(tmp_path, {"L": {"scalefactors": FACTORS, "images": {"lowres": LOWRES}}}, **GRID)
    assert known["spot_diameter"] == 55
    assert known["spot_micrometers"] == 55
    assert known["coordinate_unit"] == "pixel"
    assert known["image"].shape == (25, 35, 3)
    assert known["image"].dtype == np.uint8
    assert np.unique(known["image"]).tolist() == [128]
    assert known["image_scale"] == 0.1


@pytest.mark.parametrize("scale", [0.3, 0.01])
def test_a_diameter_in_another_unit_than_the_places_is_left_out(tmp_path, caplog, scale):
    entry = {"L": {"scalefactors": FACTORS}}
    known = uns_of(tmp_path, entry, places=PLACES * scale, **GRID)
    assert "spot_diameter" not in known
    assert known["coordinate_unit"] == ""
    assert known["spot_micrometers"] == 55
    assert sentences(caplog)[0].startswith(f"s.h5ad: its spots lie {100 * scale:g} apart, and would overlap with the ")
    bins = FACTORS | {"spot_diameter_fullres": 100.0, "bin_size_um": 8}
    assert uns_of(tmp_path, {"L": {"scalefactors": bins}}, **GRID)["spot_diameter"] == 100


def test_a_large_image_is_made_small(tmp_path):
    hires = np.zeros((1500, 2000, 4), np.uint8)
    known = uns_of(tmp_path, {"L": {"scalefactors": FACTORS, "images": {"hires": hires}}})
    assert known["image"].shape == (750, 1000, 3)
    assert known["image_scale"] == 0.25
    assert "spot_micrometers" not in known


def test_an_image_that_lies_elsewhere_is_left_out(tmp_path, caplog):
    entry = {"L": {"scalefactors": FACTORS, "images": {"lowres": LOWRES}}}
    assert "image" not in uns_of(tmp_path, entry, places=PLACES * 50)
    assert sentences(caplog) == [
        "s.h5ad: its image of the tissue does not fit its coordinates, and is left out of the report"
    ]


@pytest.mark.parametrize(("outside", "inside"), [(0, 1), (0.0, 1.0), (False, True), ("0", "1"), ("FALSE", "TRUE")])
def test_spots_of_a_raw_matrix_outside_the_tissue_hold_no_cells(tmp_path, caplog, outside, inside):
    values = [outside, inside] * 6
    section = door.section(write(tmp_path, {"L": {}}, in_tissue=values), None, platform="spot")
    assert section.n_obs == 6
    assert (
        "s.h5ad: 6 of 12 spots lie outside the tissue (in_tissue is 0), such as 'c1'; they are left out"
        in sentences(caplog)
    )
    assert door.section(tmp_path / "s.h5ad", None, platform="image").n_obs == 12
    with pytest.raises(InputError, match=r"^s.h5ad: none of its 12 spots lies in the tissue \(in_tissue is 0\); corr"):
        door.section(write(tmp_path, {"L": {}}, in_tissue=[outside] * 12), None, platform="spot")


@pytest.mark.parametrize(
    "entry",
    [
        "a word",
        np.arange(3),
        {"is_single": True},
        {"L": "a word"},
        {"L": {}},
        {"L": {"scalefactors": "none", "images": {"lowres": LOWRES}}},
        {"L": {"scalefactors": {}, "images": {"lowres": LOWRES}}},
        {"L": {"scalefactors": {"tissue_lowres_scalef": 1.0}, "images": {"lowres": "a word"}}},
        {"L": {"scalefactors": {"tissue_lowres_scalef": 1.0}, "images": {"lowres": np.zeros(4)}}},
        {"L": {"images": {"lowres": LOWRES}}},
    ],
)
def test_odd_entries_are_ignored(tmp_path, entry):
    known = uns_of(tmp_path, entry)
    assert not {"spatial", "image", "spot_diameter", "spot_micrometers"} & set(known)
    assert known["coordinate_unit"] == ""


def test_a_scale_factor_that_is_no_number_is_refused(tmp_path):
    with pytest.raises(
        InputError, match=r"^s.h5ad: the scale factor spot_diameter_fullres is 'wide', which is not a n"
    ):
        uns_of(tmp_path, {"L": {"scalefactors": {"spot_diameter_fullres": "wide"}}})


def test_a_reference_or_bulk_keeps_nothing_of_a_section(tmp_path):
    entry = {"L": {"scalefactors": FACTORS, "images": {"lowres": LOWRES}}}
    bulk = door.bulk(write(tmp_path, entry))
    assert set(bulk.uns) == {"matrix", "units"}
    assert not bulk.obsm


@pytest.mark.parametrize(
    ("given", "parameter", "micrometers", "number", "reason"),
    [
        ("", None, 55.0, 10, "for spots of 55 µm"),
        ("", None, 100.0, 33, "for spots of 100 µm"),
        ("", None, 16.0, 1, "for spots of 16 µm"),
        ("", None, 8.0, 1, "for spots of 8 µm"),
        ("auto", None, 27.5, 2, "for spots of 27.5 µm"),
        ("", None, None, 10, "as the size of the spots is not known"),
        ("", 4, 55.0, 4, "by --cells_per_spot"),
        ("7", 4, 8.0, 7, "as the samplesheet says"),
    ],
)
def test_cells_follow_the_area_unless_given(given, parameter, micrometers, number, reason):
    assert spot_cells(given, parameter, micrometers) == (number, reason)


@pytest.mark.parametrize(
    ("bin_size", "options", "cells", "words"),
    [
        (None, (), 120, "10 cells per spot (for spots of 55 µm)"),
        (8, (), 18, "1 cell per spot (for spots of 8 µm)"),
        (8, ("--cells-per-spot", "3"), 36, "3 cells per spot (by --cells_per_spot)"),
    ],
)
def test_the_plan_says_how_many_cells_a_spot_holds(tmp_path, bin_size, options, cells, words):
    write_published(tmp_path)
    factors = FACTORS | ({"bin_size_um": bin_size} if bin_size else {})
    write(tmp_path, {"L": {"scalefactors": factors}}, **GRID)
    row = PUBLISHED_ROW | {"spatial": "s.h5ad", "spatial_meta": ""}
    plan = plan_of(write_sheet(tmp_path, row), *options)
    assert plan["problems"] == []
    assert plan["samples"][0]["n_cells"] == cells
    assert f"section s.h5ad, {words}, {cells} cells to generate" in plan["summary"][-2]
