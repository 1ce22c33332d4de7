"""Many files in one sheet, each read once; and folders, of which a task sees what it needs and notices what changes."""

import os

import numpy as np
import pytest
from conftest import run, tasks
from inputs import GENES, PUBLISHED_ROW, counts, pd, write_h5ad, write_published, write_sheet, write_table
from vendor_inputs import write_10x_h5, write_spaceranger, write_spatialdata

IDS = [f"ENSG{number:011d}" for number in range(len(GENES))]
SPOTS = [f"AAAC{number}-1" for number in range(9)]
PLACES = np.array([(x, y) for x in range(3) for y in range(3)]) * 100.0


def stub(folder, *arguments) -> dict[str, str]:
    result = run("-stub-run", "-resume", "--input", folder / "samplesheet.csv", *arguments, cwd=folder)
    assert result.returncode == 0, result.stdout
    return tasks(folder)


def test_every_file_is_read_once_and_every_reference_trained_once(tmp_path):
    """Two bulks × two references × two sections: 8 samples."""
    write_published(tmp_path)
    write_table(tmp_path / "bulk2.csv", counts(2, seed=8) * 50, ["one", "two"])
    write_table(tmp_path / "sc2.csv", counts(18, seed=9), [f"cell{number}" for number in range(1, 19)])
    write_table(tmp_path / "st2.csv", counts(5, seed=7) * 10, [f"spot{number}" for number in range(1, 6)])
    rows = [
        PUBLISHED_ROW
        | {"sample": f"s{len(bulk)}{len(reference)}{len(spatial)}"}
        | {"bulk": bulk, "reference": reference, "spatial": spatial}
        for bulk in ("bulk.csv", "bulk2.csv")
        for reference in ("sc_data.csv", "sc2.csv")
        for spatial in ("st_data.csv", "st2.csv")
    ]
    write_sheet(tmp_path, *rows)
    found = pd.Series([name.split(" ")[0] for name in stub(tmp_path)]).value_counts().to_dict()
    assert found == {
        "CHECK_SAMPLESHEET": 1,
        "NORMALIZE_BULK": 2,
        "NORMALIZE_REFERENCE": 2,
        "NORMALIZE_SECTION": 2,
        "PLAN_SAMPLES": 1,
        "RANK_MARKERS": 2,
        "TRAIN_VAE": 2,
        "ESTIMATE_PROPORTIONS": 4,
        "ESTIMATE_EXPRESSION": 4,
        "JUDGE_FIT": 8,
        "GENERATE_CELLS": 8,
        "FIT_SPOTS": 8,
        "MAP_SPOTS": 8,
        "DESCRIBE_SECTION": 8,
        "PLOT_SAMPLE": 8,
        "EXPLORE_SECTION": 8,
        "MULTIQC": 1,
    }


def test_sections_of_one_file_are_inputs_of_their_own(tmp_path):
    write_published(tmp_path)
    labels = {"library_id": ["it's A"] * 9 + ["B $x"] * 9}
    write_h5ad(tmp_path / "s.h5ad", counts(18), obs=labels, obsm={"spatial": np.vstack([PLACES, PLACES])})
    row = PUBLISHED_ROW | {"spatial": "s.h5ad", "spatial_meta": ""}
    write_sheet(tmp_path, row | {"section": "it's A"}, row | {"sample": "t", "section": "B $x", "cells_per_spot": "3"})
    result = run("--check_only", "--input", tmp_path / "samplesheet.csv", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert {"NORMALIZE_SECTION (s_it_s_A)", "NORMALIZE_SECTION (s_B__x)"} <= set(tasks(tmp_path))
    for name in ("it's A", "B $x"):
        assert f"s.h5ad: section '{name}' (obs['library_id']) is read, 9 of 18 spots" in result.stdout
    assert (
        "section s.h5ad, it's A, 10 cells per spot (as the size of the spots is not known), 90 cells" in result.stdout
    )
    assert "section s.h5ad, B $x, 3 cells per spot (as the samplesheet says), 27 cells to generate" in result.stdout


@pytest.fixture(scope="module")
def vendors(tmp_path_factory):
    """Return a folder with a 10x reference, a Space Ranger run and a SpatialData store, once run."""
    folder = tmp_path_factory.mktemp("vendors")
    write_published(folder)
    cells = [f"cell{number}" for number in range(1, 19)]
    write_10x_h5(folder / "cells.h5", counts(18, seed=2), cells, GENES, IDS)
    outs = folder / "slice 1" / "outs"
    write_spaceranger(outs, counts(9, seed=3) * 10, SPOTS, GENES, IDS, PLACES)
    (outs / "possorted_genome_bam.bam").write_bytes(b"reads")
    write_spatialdata(folder / "s.zarr", counts(9, seed=3) * 10, SPOTS, GENES, PLACES)
    row = PUBLISHED_ROW | {"reference": "cells.h5", "spatial_meta": ""}
    write_sheet(
        folder, row | {"sample": "visium", "spatial": "slice 1/outs"}, row | {"sample": "store", "spatial": "s.zarr"}
    )
    stub(folder)
    return folder


def rerun(folder) -> set[str]:
    return {name for name, status in stub(folder).items() if status == "COMPLETED"}


def test_folders_are_read(vendors):
    assert {"NORMALIZE_SECTION (slice_1)", "NORMALIZE_SECTION (s)", "MAP_SPOTS (visium)"} <= set(tasks(vendors))
    assert not rerun(vendors)


def test_what_is_not_needed_does_not_count(vendors):
    (vendors / "slice 1/outs/possorted_genome_bam.bam").write_bytes(b"other reads")
    assert not rerun(vendors)


def test_a_changed_file_of_a_folder_reads_it_again(vendors):
    (vendors / "slice 1/outs/spatial/scalefactors_json.json").write_text('{"spot_diameter_fullres": 33.0}')
    done = rerun(vendors)
    assert "NORMALIZE_SECTION (slice_1)" in done
    assert "MAP_SPOTS (visium)" in done
    assert not {"NORMALIZE_SECTION (s)", "NORMALIZE_REFERENCE (cells)", "MAP_SPOTS (store)"} & done


def test_a_changed_file_deep_in_a_store_reads_it_again(vendors):
    deep = max((path for path in (vendors / "s.zarr").rglob("*") if path.is_file()), key=lambda path: len(path.parts))
    os.utime(deep, (1, 1))
    done = rerun(vendors)
    assert "NORMALIZE_SECTION (s)" in done
    assert "NORMALIZE_SECTION (slice_1)" not in done
