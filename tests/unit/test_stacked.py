"""Several sections in one file: refused, or one of them read."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.places.stacked import refuse_overlapping
from door_run import plan_of
from door_run import sentences as problems
from inputs import PUBLISHED_ROW, counts, write_h5ad, write_published, write_sheet, write_table
from logged import sentences

SPOTS = 24
GRID = np.array([[n % 4, n // 4] for n in range(SPOTS // 2)], dtype=float) * 100
PLACES = np.vstack([GRID, GRID])
HALF = ["A"] * (SPOTS // 2) + ["B"] * (SPOTS // 2)


def library(diameter: float) -> dict:
    return {"scalefactors": {"spot_diameter_fullres": diameter}}


def stacked(folder, *, name=None, libraries=None, places=PLACES, **obs):
    uns = {} if libraries is None else {"spatial": libraries}
    path = write_h5ad(folder / "s.h5ad", counts(SPOTS), obs=obs, obsm={"spatial": places}, uns=uns)
    return door.section(path, None, platform="spot", name=name)


TWO = {"A": library(50), "B": library(60)}


@pytest.mark.parametrize(
    ("obs", "libraries"),
    [
        ({"library_id": HALF}, None),
        ({"slide": HALF}, TWO),
        ({"patient": HALF}, TWO),
        ({"library_id": [1.0, 2.0] * 12}, None),
    ],
)
def test_sections_are_named_and_the_remedy_given(tmp_path, obs, libraries):
    column, names = next(iter(obs)), "'1', '2'" if 1.0 in next(iter(obs.values())) else "'A', 'B'"
    with pytest.raises(InputError) as refused:
        stacked(tmp_path, libraries=libraries, **obs)
    assert str(refused.value) == (
        f"s.h5ad: holds 2 sections (obs['{column}']), {names}; name one of them in the samplesheet's column section"
    )


@pytest.mark.parametrize(("name", "diameter"), [("A", 50), ("B", 60)])
def test_one_section_is_picked_with_its_own_spots(tmp_path, caplog, name, diameter):
    section = stacked(tmp_path, name=name, libraries=TWO, library_id=HALF)
    assert sorted(section.obs_names) == sorted(f"c{n + 1}" for n in range(SPOTS) if HALF[n] == name)
    assert section.uns["spot_diameter"] == diameter
    assert section.uns["coordinate_unit"] == "pixel"
    assert "spatial" not in section.uns
    assert sentences(caplog) == [f"s.h5ad: section '{name}' (obs['library_id']) is read, 12 of 24 spots"]


def test_only_the_places_of_the_picked_section_are_checked(tmp_path):
    places = PLACES.copy()
    places[20] = np.nan
    assert stacked(tmp_path, name="A", places=places, library_id=HALF).n_obs == 12
    with pytest.raises(InputError, match=r"^s.h5ad: 1 spots have no coordinates, such as 'c21'"):
        stacked(tmp_path, name="B", places=places, library_id=HALF)


def test_unknown_sections_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"^s.h5ad: holds no section 'C'; its sections are 'A', 'B': correct the"):
        stacked(tmp_path, name="C", library_id=HALF, patient=["C"] * SPOTS)
    with pytest.raises(
        InputError, match=r"^s.h5ad: holds no section 'C'; no column of obs has that name, such as libr"
    ):
        stacked(tmp_path, name="C", kind=HALF)


def test_libraries_without_a_column_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"^s.h5ad: uns\['spatial'\] has 2 sections, 'A', 'B', but obs does not say "):
        stacked(tmp_path, libraries=TWO, kind=["x"] * SPOTS)


def test_one_section_of_a_cut_file_keeps_its_own_scale(tmp_path):
    spread = np.vstack([GRID, GRID + 1000])
    section = stacked(tmp_path, libraries=TWO, library_id=["B"] * SPOTS, places=spread)
    assert section.n_obs == SPOTS
    assert section.uns["spot_diameter"] == 60
    assert (
        stacked(tmp_path, libraries={"L": library(7)}, library_id=HALF[:1] * SPOTS, places=spread).uns["spot_diameter"]
        == 7
    )
    assert stacked(tmp_path, name="L", libraries={"L": library(7)}, places=spread).uns["spot_diameter"] == 7


def test_other_columns_do_not_make_sections(tmp_path):
    spread = np.vstack([GRID, GRID + 1000])
    kept = stacked(tmp_path, libraries={"L": library(7)}, places=spread, slide=HALF, cell_type=HALF)
    assert kept.n_obs == SPOTS


def test_sections_that_lie_on_one_another_are_refused(tmp_path):
    sentence = (
        r"^s.h5ad: holds 2 sections \(obs\['{}'\]\), 'A', 'B', whose spots lie among each other; name one of them"
    )
    with pytest.raises(InputError, match=sentence.format("origin")):
        stacked(tmp_path, kind=["x", "y", "z"] * 8, origin=HALF)
    with pytest.raises(InputError, match=sentence.format("batch")):
        stacked(tmp_path, batch=HALF, places=np.vstack([GRID, GRID * 1.02 + [17, 31]]))
    with pytest.raises(InputError, match=r"^s.h5ad: 24 of 24 spots lie exactly on another one, as where a file holds "):
        stacked(tmp_path, kind=["x"] * SPOTS)
    assert stacked(tmp_path, name="B", origin=HALF).n_obs == 12


@pytest.mark.parametrize(
    "column", ["Batch", "SampleID", "sample_name", "Animal_ID", "brain_section_label", "orig.ident", "capture_area"]
)
def test_columns_of_sections_are_known_in_any_case_and_by_their_words(tmp_path, column):
    among = np.vstack([GRID, GRID * 1.02 + [17, 31]])
    with pytest.raises(InputError, match=rf"^s.h5ad: holds 2 sections \(obs\['{column}'\]\), 'A', 'B', whose spots l"):
        stacked(tmp_path, places=among, **{column: HALF})
    assert stacked(tmp_path, name="B", places=among, **{column: HALF}).n_obs == 12


def test_sections_may_be_numbers_with_fractions(tmp_path):
    among, bregma = np.vstack([GRID, GRID * 1.02 + [17, 31]]), [-0.04] * 12 + [0.06] * 12
    with pytest.raises(InputError, match=r"^s.h5ad: holds 2 sections \(obs\['Bregma'\]\), '-0.04', '0.06', whose"):
        stacked(tmp_path, places=among, Bregma=bregma)
    assert stacked(tmp_path, name="0.06", places=among, Bregma=bregma).n_obs == 12


@pytest.mark.parametrize("column", ["cell_type", "sample_cluster", "ident", "fov", "n_slices_seen", "leiden"])
def test_columns_of_other_things_tell_no_sections(tmp_path, column):
    among = np.vstack([GRID, GRID * 1.02 + [17, 31]])
    assert stacked(tmp_path, places=among, **{column: HALF}).n_obs == SPOTS


def test_pieces_side_by_side_are_one_section(tmp_path):
    beside = np.vstack([GRID, GRID + np.array([400, 0])])
    assert stacked(tmp_path, sample=HALF, places=beside).n_obs == SPOTS


def nothing(places):
    return pd.DataFrame(index=range(len(places)))


def test_few_coinciding_cells_are_no_second_section():
    rng = np.random.default_rng(0)
    cells = np.rint(rng.uniform(0, 2000, (40_000, 2)))  # as dense as tissue, rounded to a micrometer
    refuse_overlapping(cells, nothing(cells), "s", "cell")
    half_over = np.vstack([cells[:1000], cells[:400], rng.uniform(0, 2000, (600, 2))])
    with pytest.raises(InputError):
        refuse_overlapping(half_over, nothing(half_over), "s", "cell")


def test_sections_may_have_spots_of_the_same_names(tmp_path):
    path = write_h5ad(tmp_path / "s.h5ad", counts(SPOTS), obs={"library_id": HALF}, obsm={"spatial": PLACES})
    twice = ad.read_h5ad(path)
    twice.obs_names = [f"c{n % 12}" for n in range(SPOTS)]
    twice.write_h5ad(path)
    assert door.section(path, None, platform="spot", name="B").n_obs == 12
    with pytest.raises(InputError, match=r"^s.h5ad: holds 2 sections"):
        door.section(path, None, platform="spot")


def test_a_table_tells_the_sections_too(tmp_path):
    names = [f"p{n}" for n in range(SPOTS)]
    matrix, meta = write_table(tmp_path / "s.csv", counts(SPOTS), names), tmp_path / "m.csv"
    table = {"Spot": names, "xcoord": PLACES[:, 0], "ycoord": PLACES[:, 1], "library_id": HALF}
    pd.DataFrame(table).to_csv(meta, index=False)
    with pytest.raises(InputError, match=r"^s.csv: holds 2 sections \(obs\['library_id'\]\), 'A', 'B'"):
        door.section(matrix, meta, platform="spot")
    assert np.array_equal(door.section(matrix, meta, platform="spot", name="B").obsm["spatial"], GRID)


def test_regions_of_a_store_are_sections(tmp_path):
    import spatialdata
    from spatialdata.models import ShapesModel, TableModel

    values, names = counts(6), [f"c{n}" for n in range(6)]
    shapes = {
        region: ShapesModel.parse(GRID[:3], geometry=0, radius=radius, index=pd.Index(ours))
        for region, radius, ours in (("left", 1, names[:3]), ("right", 2, names[3:]))
    }
    obs = pd.DataFrame({"region": pd.Categorical(["left"] * 3 + ["right"] * 3), "instance": names}, index=names)
    table = ad.AnnData(values.astype("float32"), obs=obs, var=pd.DataFrame(index=[f"Gene{n}" for n in range(120)]))
    table = TableModel.parse(table, region=["left", "right"], region_key="region", instance_key="instance")
    spatialdata.SpatialData(tables={"table": table}, shapes=shapes).write(tmp_path / "s.zarr")
    with pytest.raises(InputError, match=r"^s.zarr: holds 2 sections \(obs\['region'\]\), 'left', 'right'"):
        door.section(tmp_path / "s.zarr", None, platform="spot")
    right = door.section(tmp_path / "s.zarr", None, platform="spot", name="right")
    assert list(right.obs_names) == names[3:]
    assert np.array_equal(right.obsm["spatial"], GRID[:3])
    assert "section_column" not in right.uns


def test_rows_name_sections_of_one_file(tmp_path):
    write_published(tmp_path)
    path = write_h5ad(tmp_path / "s.h5ad", counts(SPOTS), obs={"library_id": HALF}, obsm={"spatial": PLACES})
    row = PUBLISHED_ROW | {"spatial": path.name, "spatial_meta": ""}
    plan = plan_of(write_sheet(tmp_path, row | {"section": "A"}, row | {"sample": "t", "section": "B"}))
    assert problems(plan) == []
    assert [sample["section"] for sample in plan["samples"]] == ["s_A", "s_B"]
    assert [found["shape"] for found in plan["inputs"] if found["kind"] == "section"] == [[12, 120], [12, 120]]
    without = row | {"spatial": "", "platform": "", "section": "A"}
    assert problems(plan_of(write_sheet(tmp_path, without))) == [
        "samplesheet.csv, line 2: spatial is empty, but section is given; name a section (folder of Space Ranger, "
        "Visium HD, Xenium, MERSCOPE, CosMx or STARmap PLUS, h5ad, AnnData or SpatialData zarr, csv or tsv); relative "
        "paths start at the samplesheet's folder"
    ]


@pytest.mark.parametrize("form", ["{}-1-{}", "{}_{}", "S{1}_{0}-1"])
def test_the_same_barcodes_among_each_other_are_several_sections(form):
    barcodes = ["".join("ACGT"[n >> 2 * place & 3] for place in range(10)) for n in range(12)]
    names = [form.format(barcode, part) for part in "12" for barcode in barcodes]
    among = np.vstack([GRID, GRID * 1.02 + [17, 31]])
    with pytest.raises(InputError, match=r"^s: the same barcodes appear with '.+', '.+', as in joined sections"):
        refuse_overlapping(among, pd.DataFrame(index=names), "s", "spot")
    refuse_overlapping(np.vstack([GRID, GRID + np.array([400, 0])]), pd.DataFrame(index=names), "s", "spot")
    refuse_overlapping(among, pd.DataFrame(index=[f"{n}_{n % 3}" for n in range(SPOTS)]), "s", "spot")
