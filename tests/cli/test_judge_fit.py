import json

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.verdicts import CONTRADICTION, GOOD_AGREEMENT
from script_process import run_script as run

TYPES = ["a", "b", "c"]
GENES = [f"G{n}" for n in range(120)]


def reference(seed: int) -> ad.AnnData:
    """Return 90 cells of three types, each with 40 genes of its own."""
    rng = np.random.default_rng(seed)
    own = np.repeat(np.arange(3), 40)
    levels = rng.gamma(1.5, 4, 120)
    labels = np.repeat(np.arange(3), 30)
    counts = sp.csr_matrix(rng.poisson(np.where(own == labels[:, None], levels, 0.1)).astype(np.float32))
    cells = ad.AnnData(
        counts, obs=pd.DataFrame({"cell_type": np.array(TYPES)[labels]}, index=[f"c{n}" for n in range(90)])
    )
    cells.var_names = GENES
    return cells


def write(path, adata: ad.AnnData) -> None:
    """Write an h5ad as NORMALIZE does."""
    adata = adata.copy()
    adata.layers["counts"] = adata.X.copy()
    totals = np.asarray(adata.X.sum(axis=1)).ravel()
    adata.X = sp.csr_matrix(sp.diags_array(1e4 / totals) @ adata.X).log1p().astype(np.float32)
    adata.write_h5ad(path)


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A bulk and a section made of the reference's cells, and another reference with other genes for its types."""
    folder = tmp_path_factory.mktemp("judged")
    rng = np.random.default_rng(1)
    right, wrong = reference(0), reference(0)
    wrong.X = wrong.X[:, rng.permutation(120)]  # the same values under other names: another tissue
    bulk = ad.AnnData(sp.csr_matrix(right.X[:60].sum(axis=0)), obs=pd.DataFrame(index=["it's one"]))
    bulk.var_names = GENES
    bulk.write_h5ad(folder / "bulk.h5ad")
    for name, weights in (("section", [5, 5, 0.05]), ("other", [0.5, 0.1, 1])):  # proportions like the bulk's, or not
        members = rng.dirichlet(weights, 80)[:, np.repeat(np.arange(3), 30)]
        spots = ad.AnnData(sp.csr_matrix(rng.poisson(members @ right.X.toarray()).astype(np.float32)))
        spots.obs_names, spots.var_names = [f"s{n}" for n in range(80)], GENES
        spots.obsm["spatial"] = rng.random((80, 2))
        write(folder / f"{name}.h5ad", spots)
    for name, cells in (("right", right), ("wrong", wrong)):
        write(folder / f"{name}.h5ad", cells)
        run("rank_markers.py", "--reference", folder / f"{name}.h5ad", "--output", folder / f"{name}.markers.csv")
        estimates = ("--bulk", folder / "bulk.h5ad", "--reference", folder / f"{name}.h5ad", "--seed", 1)
        estimates += ("--markers", folder / f"{name}.markers.csv", "--output", folder / f"{name}.estimates.csv")
        assert run("estimate_proportions.py", *estimates).returncode == 0
    return folder


def judge(files, name: str, *options, samples=("s",)) -> pd.DataFrame:
    """Judge the bulk's only column under each of the names; return the verdict on the first."""
    (files / "samples.json").write_text(json.dumps([{"id": each, "bulk_column": "it's one"} for each in samples]))
    (files / name).mkdir(exist_ok=True)
    done = run(
        "judge_fit.py", "--samples", files / "samples.json", "--bulk", files / "bulk.h5ad",
        "--estimates", files / f"{name}.estimates.csv", "--reference", files / f"{name}.h5ad",
        "--markers", files / f"{name}.markers.csv", "--output", files / name, *options,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return pd.read_csv(files / name / f"{samples[0]}.verdict.csv", keep_default_na=False)


def test_the_right_reference_is_good_for_bulk_and_section(files):
    table = judge(files, "right", "--section", files / "section.h5ad")
    whole = table[table["cell_type"] == ""]
    assert whole["input"].tolist() == ["bulk", "section"]
    assert whole["verdict"].tolist() == ["good", "good"]
    of_types = table[table["cell_type"] != ""].set_index(["input", "cell_type"])["verdict"]
    assert of_types["bulk", "a"] == of_types["bulk", "b"] == "good"
    assert of_types["bulk", "c"] == ""
    assert (files / "right" / "s.poor.txt").read_text() == ""
    assert (pd.to_numeric(whole["contradiction"]) < CONTRADICTION).all()
    estimated = pd.read_csv(files / "right.estimates.csv").set_index("cell_type")
    own = table[(table["input"] == "bulk") & (table["cell_type"] != "")].set_index("cell_type")
    for column in ("proportion", "ci_low", "ci_high"):
        np.testing.assert_allclose(pd.to_numeric(own[column]), estimated[column], rtol=1e-4, atol=1e-6)


def test_a_section_of_another_composition_leaves_both_doubtful(files):
    table = judge(files, "right", "--section", files / "other.h5ad")
    whole = table[table["cell_type"] == ""]
    assert whole["verdict"].tolist() == ["doubtful", "doubtful"]
    assert (pd.to_numeric(whole["agreement"]) > GOOD_AGREEMENT).all(), "each alone would be good"
    assert (pd.to_numeric(whole["contradiction"]) > CONTRADICTION).all()


def test_another_tissues_reference_is_poor_and_said(files):
    table = judge(files, "wrong", "--section", files / "section.h5ad")
    assert table.loc[table["cell_type"] == "", "verdict"].tolist() == ["poor", "poor"]
    said = (files / "wrong" / "s.poor.txt").read_text()
    assert said.startswith("s: the reference does not explain the bulk and the section")


def test_without_a_section_the_bulk_alone_is_judged(files):
    table = judge(files, "right")
    assert set(table["input"]) == {"bulk"}
    assert (table["contradiction"] == "").all()


def test_each_sample_of_a_task_has_its_verdict_and_its_sentence(files):
    first = judge(files, "wrong", samples=("s", "t"))
    second = pd.read_csv(files / "wrong" / "t.verdict.csv", keep_default_na=False)
    assert set(second["sample"]) == {"t"}
    pd.testing.assert_frame_equal(first.drop(columns="sample"), second.drop(columns="sample"))
    assert (files / "wrong" / "t.poor.txt").read_text().startswith("t: the reference does not explain the bulk")
