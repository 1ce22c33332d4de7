"""Small real folders of instruments, as their makers distribute them, through the door as the workflow runs it."""

from pathlib import Path

import numpy as np
import pytest
from bulk2space.inputs.formats.reader import read
from conftest import PROJECT
from door_run import plan_of, sentences
from inputs import TYPES, counts, write_h5ad, write_sheet, write_table

FILES = PROJECT.parent / "shared" / "files"


@pytest.fixture(scope="module")
def files() -> Path:
    """Return the folder of vendors' files; without it these tests have nothing to run on."""
    if not FILES.is_dir():
        pytest.skip("no folder ../shared/files with the vendors' files beside the project")
    return FILES


def plan(folder: Path, section: Path, platform: str, genes: list[str], *options: str) -> dict:
    """Send a real section through the door, with a bulk and a reference of these genes."""
    labels = {"cell_type": [TYPES[cell % 3] for cell in range(30)]}
    write_h5ad(folder / "reference.h5ad", counts(30, genes=len(genes)), genes=genes, obs=labels)
    write_table(folder / "bulk.csv", counts(1, genes=len(genes)) * 30, ["one"], genes=genes)
    row = {"sample": "s", "bulk": "bulk.csv", "reference": "reference.h5ad", "spatial": str(section)}
    return plan_of(write_sheet(folder, row | {"platform": platform}), *options)


SECTIONS = {  # platform, observations in the folder, those with counts that lie in the tissue, unit of coordinates
    "visium_breast": ("spot", 338, 338, "pixel"),
    "visium_hd/binned_outputs/square_016um": ("spot", 675, 675, "pixel"),
    "visium_hd_tiny/binned_outputs/square_008um": ("spot", 2695, 1368, "pixel"),
    "visium_hd/segmented_outputs": ("image", 1440, 1439, "pixel"),
    "vendors_tiny/Xenium_small": ("image", 6, 6, "micrometer"),
    "vendors_tiny/CosMx_small": ("image", 9, 3, "pixel"),
    "vendors_tiny/STARmapPLUS_small": ("image", 9, 1, None),
}


@pytest.mark.parametrize("name", SECTIONS)
def test_section_is_planned(files, tmp_path, name):
    platform, in_folder, used, unit = SECTIONS[name]
    section = read(files / name)
    assert section.n_obs == in_folder
    assert section.uns.get("coordinate_unit") == unit
    assert np.isfinite(section.obsm["spatial"]).all()
    genes = sorted(set(section.var_names))[:300]
    outcome = plan(tmp_path, files / name, platform, genes, "--min-shared-genes", "3")
    assert sentences(outcome) == []
    (planned,) = (one for one in outcome["inputs"] if one["kind"] == "section")
    assert planned["shape"][0] == used
    assert planned["unit"] == "counts"
    assert {joined["shared"] for joined in outcome["joins"]} == {len(genes)}


REFUSED = {
    "visium_hd": "several outputs; give one of them: binned_outputs/square_016um or segmented_outputs",
    "visium_hd_tiny/binned_outputs": "give one of them: square_008um or square_016um",
    "xenium_tiny": "cells.parquet: 30 of 30 cells of cell_feature_matrix.h5 have no position",
    "vendors_tiny": "vendors_tiny: is a folder of an unknown kind, it has CosMx_small/, MERSCOPE_small/,",
    "vendors_tiny/MERSCOPE_small": "all 8 cells are without expression",
    "xenium_tiny/transcripts.parquet": "transcripts.parquet: is a table in columns, which is not read",
}


@pytest.mark.parametrize("name", REFUSED)
def test_others_are_refused_in_one_sentence(files, tmp_path, name):
    outcome = plan(tmp_path, files / name, "image", [f"Gene{number}" for number in range(100)])
    (sentence,) = sentences(outcome)
    assert REFUSED[name] in sentence
