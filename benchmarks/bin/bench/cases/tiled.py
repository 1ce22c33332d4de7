"""Sections of several sizes: copies of the demo's section beside each other, with its bulk and reference."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd


def write(demo: Path, folder: Path, times: Mapping[str, int]) -> Path:
    """Write the inputs; return the samplesheet, with a sample for each section.

    Parameters
    ----------
    demo
        Folder of the demo's inputs.
    folder
        Where to write to.
    times
        Name of each section, which is that of its sample, and how many copies it has.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name in ("bulk.csv", "reference.h5ad"):
        shutil.copy(demo / name, folder / name)
    spots = ad.read_h5ad(demo / "spots.h5ad")
    for name, number in times.items():
        side_by_side(spots, number).write_h5ad(folder / f"{name}.h5ad")
    column = pd.read_csv(folder / "bulk.csv", index_col=0).columns[0]
    rows = {"sample": list(times), "bulk": "bulk.csv", "bulk_column": column, "reference": "reference.h5ad"}
    sheet = pd.DataFrame(rows | {"spatial": [f"{name}.h5ad" for name in times], "platform": "spot"})
    sheet.to_csv(folder / "samplesheet.csv", index=False)
    return folder / "samplesheet.csv"


def side_by_side(spots: ad.AnnData, times: int) -> ad.AnnData:
    """Return a section of several copies of another, one to the right of the other."""
    width = np.ptp(spots.obsm["spatial"][:, 0]) * (1 + 1 / np.sqrt(spots.n_obs))
    copies = []
    for number in range(times):
        copy = spots.copy()
        copy.obs_names = [f"{name}_{number}" for name in spots.obs_names]
        copy.obsm["spatial"][:, 0] += number * width
        copies.append(copy)
    return ad.concat(copies, uns_merge="same")
