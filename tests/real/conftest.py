"""The pipeline on real data sets, which lie beside the project where there are any."""

import subprocess
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest

PROJECT = Path(__file__).parents[2]
DATA = PROJECT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the folder of real data sets; without it these tests have nothing to run on."""
    if not DATA.is_dir():
        pytest.skip("no folder ../shared/data with the real data sets beside the project")
    return DATA


@pytest.fixture(scope="session")
def run_pipeline():
    """Return a function that runs the pipeline on a samplesheet in a folder and gives back the results' folder."""

    def run(folder: Path, *options: str) -> Path:
        command = [PROJECT / "tools" / "nextflow", "run", PROJECT, "-profile", "local", "--input", "samplesheet.csv"]
        command += ["--outdir", "results", *options]
        done = subprocess.run(list(map(str, command)), cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return folder / "results"

    return run


@pytest.fixture(scope="session")
def resolve_own_sum(data, run_pipeline, tmp_path_factory):
    """Return a function that runs the pipeline on a section of spots, with their sum as the bulk."""

    def run(sample: str, section: str, reference: str, cells_per_spot: int) -> Path:
        folder = tmp_path_factory.mktemp(sample)
        spots = ad.read_h5ad(data / section)
        bulk = pd.DataFrame({sample: np.asarray(spots.X.sum(axis=0)).ravel()}, index=spots.var_names)
        bulk.astype(int).to_csv(folder / "bulk.csv")
        row = {"sample": sample, "bulk": "bulk.csv", "reference": data / reference, "spatial": data / section}
        row |= {"platform": "spot", "cells_per_spot": cells_per_spot}
        pd.DataFrame([row]).to_csv(folder / "samplesheet.csv", index=False)
        return run_pipeline(folder)

    return run
