"""The pipeline on real data sets, which lie beside the project where there are any."""

import subprocess
from pathlib import Path

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
