"""Folders of cells: the workflow hands their needed files to the door, and every file that a name fits."""

import numpy as np
import pytest
from conftest import run
from inputs import GENES, PUBLISHED_ROW, counts, write_published, write_sheet
from vendor_inputs import ensembl, names, write_cosmx, write_merscope, write_segmented, write_starmap

PLACES = np.arange(18.0).reshape(9, 2) * 100
FIELDS = [(1, cell) for cell in range(1, 10)]
VALUES = counts(9, seed=4)

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path):
    """Return a folder with a section of each kind."""
    write_published(tmp_path)
    write_cosmx(tmp_path / "cosmx", VALUES, FIELDS, GENES, PLACES, suffix=".gz")
    write_merscope(tmp_path / "merscope", VALUES, names("10", 9), GENES, PLACES, prefix="ovary_")
    write_starmap(tmp_path / "starmap", VALUES, names("well_", 9), GENES, PLACES)
    write_segmented(tmp_path / "hd" / "segmented_outputs", VALUES, range(9), GENES, ensembl(120), PLACES, matrix="mtx")
    return tmp_path


def check(folder, *sections):
    row = PUBLISHED_ROW | {"spatial_meta": "", "platform": "image"}
    write_sheet(folder, *(row | {"sample": f"s{place}", "spatial": name} for place, name in enumerate(sections)))
    return run("--input", "samplesheet.csv", "--check_only", cwd=folder)


def test_needed_files_are_staged(folder):
    result = check(folder, "cosmx", "merscope", "starmap", "hd/segmented_outputs")
    assert result.returncode == 0, result.stdout
    for section in ("cosmx", "merscope", "starmap", "hd/segmented_outputs"):
        assert f"section {section}: 9 cells × 120 genes, unit counts" in result.stdout


def test_folders_of_several_sections_reach_the_door(folder):
    write_cosmx(folder / "cosmx", VALUES, FIELDS, GENES, PLACES, prefix="Lung6_", suffix=".gz")
    result = check(folder, "cosmx", "hd")
    assert result.returncode != 0
    assert "'Lung5_exprMat_file.csv.gz', 'Lung6_exprMat_file.csv.gz'; give a folder with one section" in result.stdout
    assert "hd: is Visium HD's folder of several outputs; give one of them: segmented_outputs" in result.stdout
