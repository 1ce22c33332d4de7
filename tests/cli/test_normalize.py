import subprocess
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from inputs import counts, write_published

SCRIPT = Path(__file__).parents[2] / "bin" / "normalize.py"


def normalize(*arguments) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, SCRIPT, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    return write_published(tmp_path_factory.mktemp("published"))


def test_reference_is_written(published, tmp_path):
    output = tmp_path / "reference.h5ad"
    done = normalize("reference", "--matrix", published["sc_data"], "--meta", published["sc_meta"], "--output", output)
    assert done.returncode == 0, done.stderr
    reference = ad.read_h5ad(output)
    assert np.array_equal(reference.layers["counts"].toarray(), counts(12, seed=2))
    assert reference.uns["units"]["input"] == "counts"
    assert "12 × 120 genes" in done.stderr


def test_section_is_written(published, tmp_path):
    output = tmp_path / "section.h5ad"
    arguments = ["--matrix", published["st_data"], "--meta", published["st_meta"], "--output", output]
    done = normalize("section", "--platform", "spot", *arguments)
    assert done.returncode == 0, done.stderr
    section = ad.read_h5ad(output)
    assert section.uns["platform"] == "spot"
    assert list(section.obs_names) == [f"spot{n}" for n in range(1, 6)]


def test_bad_input_ends_with_one_sentence(tmp_path):
    table = tmp_path / "bulk.csv"
    table.write_text("gene,one\nA,-3\n")
    done = normalize("bulk", "--matrix", table, "--output", tmp_path / "bulk.h5ad")
    assert done.returncode == 1
    assert "ERROR: bulk.csv: the value of gene 'A' in 'one' is negative" in done.stderr
    assert "Traceback" not in done.stderr
