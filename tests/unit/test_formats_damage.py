"""Files of vendors' folders, damaged at random, end in a section or in one sentence."""

import random

import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from inputs import counts
from vendor_inputs import (
    SCALE,
    ad,
    ensembl,
    names,
    sp,
    write_cosmx,
    write_merscope,
    write_segmented,
    write_spaceranger,
    write_starmap,
    write_xenium,
)

TRIES = 40
CELLS, SYMBOLS, IDS = names("cell", 9), names("Gene", 12), ensembl(12)
VALUES = counts(9, genes=12)
PLACES = np.arange(18.0).reshape(9, 2) * 100
FACTORS = SCALE | {"tissue_lowres_scalef": 0.1}
IMAGES = {"lowres": np.zeros((30, 40, 3), np.uint8)}
LEFT_ALONE = (".h5",)
"""Damaged inside, such a file can keep its library busy for ever; test_formats_tenx.py has what is caught."""


def write_store(path):
    section = ad.AnnData(sp.csr_matrix(VALUES, dtype=np.float32), obsm={"spatial": PLACES})
    section.obs_names, section.var_names = CELLS, SYMBOLS
    with ad.settings.override(zarr_write_format=3):
        section.write_zarr(path)


WRITERS = {
    "cosmx": lambda path: write_cosmx(path, VALUES, [(1, cell) for cell in range(1, 10)], SYMBOLS, PLACES),
    "merscope": lambda path: write_merscope(path, VALUES, CELLS, SYMBOLS, PLACES),
    "starmap": lambda path: write_starmap(path, VALUES, CELLS, SYMBOLS, PLACES),
    "segmented": lambda path: write_segmented(
        path, VALUES, range(9), SYMBOLS, IDS, PLACES, matrix="mtx", images=IMAGES
    ),
    "spaceranger": lambda path: write_spaceranger(
        path, VALUES, CELLS, SYMBOLS, IDS, PLACES, matrix="mtx", scale=FACTORS, images=IMAGES
    ),
    "bins": lambda path: write_spaceranger(path, VALUES, CELLS, SYMBOLS, IDS, PLACES, positions="parquet"),
    "xenium": lambda path: write_xenium(path, VALUES, CELLS, SYMBOLS, IDS, PLACES, table="cells.csv.gz"),
    "anndata.zarr": write_store,
}


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a file's content cut, or with bytes changed, lost, repeated, zeroed or put in."""
    start = chance.randrange(len(content) + 1)
    end = min(len(content), start + chance.randrange(1, 30))
    part = content[start:end]
    flipped = bytes(chance.randrange(256) for _byte in part)
    text = chance.choice([b"x", b",", b"\n", b'"', b"\t", b"-1", b"1e999", b"\xff", b"NaN", b"{"])
    return chance.choice(
        [
            content[:start],
            content[:start] + flipped + content[end:],
            content[:start] + content[end:],
            content[:end] + part + content[end:],
            content[:start] + bytes(len(part)) + content[end:],
            content[:start] + text + content[start:],
            b"",
        ]
    )


@pytest.mark.parametrize("kind", WRITERS)
def test_damaged_folder_is_a_section_or_one_sentence(tmp_path, kind):
    folder, chance, outcomes = tmp_path / kind, random.Random(0), set()
    WRITERS[kind](folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path.suffix not in LEFT_ALONE)
    for _try in range(TRIES):
        path = chance.choice(files)
        content = path.read_bytes()
        path.write_bytes(damaged(content, chance))
        try:
            outcomes.add(door.section(folder, None, platform="image").n_obs)
        except InputError as refusal:
            assert "\n" not in str(refusal)
            outcomes.add("refused")
        path.write_bytes(content)
    assert "refused" in outcomes
    assert door.section(folder, None, platform="image").n_obs == 9
