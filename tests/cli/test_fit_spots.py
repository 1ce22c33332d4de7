import anndata as ad
import numpy as np
import pytest
import scipy.sparse as sp
import torch
from bulk2space.composition.composition_file import read_fitted
from bulk2space.contract.keys import Obs, Obsm
from bulk2space.numerics.scaling import log_normalize
from cli.test_map_spots import sample  # noqa: F401 (a fixture)
from script_process import run_script


def run(folder, output, *options):
    files = [part for name in ("reference", "section") for part in (f"--{name}", folder / f"{name}.h5ad")]
    fixed = ["--bulk", folder / "cells.h5ad", "--markers", folder / "markers.csv", "--markers-per-type", 10]
    fixed += ["--cells-per-spot", 7, "--sample", "one", "--output", output / "composition.h5ad"]
    done = run_script("fit_spots.py", *files, *fixed, *options)
    return done, output / "composition.h5ad"


def test_the_script_writes_what_the_fit_finds(sample, tmp_path):  # noqa: F811
    done, path = run(sample, tmp_path)
    assert done.returncode == 0, done.stderr
    fitted, same = read_fitted(path), read_fitted(sample / "composition.h5ad")
    for part, other in zip(fitted.fit, same.fit, strict=True):
        np.testing.assert_array_equal(part, other)
    assert fitted.choice == same.choice
    assert fitted.parameters == same.parameters
    assert (fitted.genes, fitted.types, fitted.diameter) == (same.genes, ["A", "B", "C"], 40.0)
    truth = ad.read_h5ad(sample / "section.h5ad").obs["truth"].to_numpy()[:-1]
    assert (np.array(fitted.types)[fitted.fit.proportion.argmax(axis=1)[:-1]] == truth).mean() > 0.95
    stored = ad.read_h5ad(path)
    assert stored.X is None
    assert set(stored.obs) == {Obs.N_CELLS, Obs.RESIDUAL}
    assert set(stored.obsm) == {Obsm.PROPORTIONS, Obsm.RNA_FRACTION, Obsm.DEVIATION}


def test_remarks_travel_with_the_fit(sample, tmp_path):  # noqa: F811
    section = ad.read_h5ad(sample / "section.h5ad")
    section.obs["n_nuclei"] = np.arange(30) % 4
    section.write_h5ad(tmp_path / "section.h5ad")
    options = ("--cells-by", "auto", "--spot-diameter", 6)
    done, path = run(sample, tmp_path, *options, "--section", tmp_path / "section.h5ad")
    assert done.returncode == 0, done.stderr
    assert "8 spots with counts have no nucleus" in done.stderr
    assert "section.h5ad: spots lie 100 apart, and --spot_diameter is 6;" in done.stderr
    found = {(remark.code, remark.subject) for remark in read_fitted(path).remarks}
    assert found == {("spots_without_nuclei", "one"), ("spot_diameter_unlikely", "one")}


def test_a_section_of_which_no_spot_can_be_fitted_is_a_sentence(sample, tmp_path):  # noqa: F811
    section = ad.read_h5ad(sample / "section.h5ad")
    section.obs["n_nuclei"] = np.where(section.layers["counts"].sum(axis=1) > 0, 0, 5)
    section.write_h5ad(tmp_path / "no_cell.h5ad")
    markers = section.var_names.isin(read_fitted(sample / "composition.h5ad").genes)
    section.layers["counts"] = section.layers["counts"] @ sp.diags((~markers).astype(np.float32))
    section.X = log_normalize(sp.csr_matrix(section.layers["counts"]))
    section.write_h5ad(tmp_path / "no_marker.h5ad")
    for name, way, sentence in (
        ("no_cell.h5ad", "auto", "no spot with counts holds a cell;"),
        ("no_marker.h5ad", "number", "no spot with cells has a count in one of the 30 marker genes of the reference;"),
    ):
        done, _ = run(sample, tmp_path, "--cells-by", way, "--section", tmp_path / name)
        assert done.returncode == 1
        assert f"{name}: {sentence}" in done.stderr
        assert "Traceback" not in done.stderr


def test_auto_without_counts_and_nuclei_is_a_sentence(sample, tmp_path):  # noqa: F811
    section = ad.read_h5ad(sample / "section.h5ad")
    del section.layers["counts"]
    bare = tmp_path / "section.h5ad"
    section.write_h5ad(bare)
    done, _ = run(sample, tmp_path, "--cells-by", "auto", "--section", bare)
    assert done.returncode == 1
    said = "section.h5ad: cells_per_spot is auto, but the section has neither counts nor a column of nuclei"
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--cells-per-spot", 0], "--cells-per-spot 0: a spot holds at least one cell"),
        (["--spot-diameter", -1], "--spot-diameter -1.0: a diameter is larger than zero"),
        pytest.param(
            ["--device", "gpu"],
            "--device gpu: PyTorch sees no GPU on this machine, run where there is one or leave out the gpu profile",
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU"),
        ),
    ],
)
def test_bad_options_end_with_one_sentence(sample, tmp_path, options, sentence):  # noqa: F811
    done, path = run(sample, tmp_path, *options)
    assert done.returncode == 1
    assert f"ERROR: {sentence}" in done.stderr
    assert "Traceback" not in done.stderr
    assert not path.exists()
