import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from cli.test_rank_markers import write_reference
from script_process import run_script as run


@pytest.fixture
def files(tmp_path):
    """A reference, its markers and a bulk of two samples: types 1:1:0 and 1:1:2 by cells."""
    cells = write_reference(tmp_path / "reference.h5ad")
    by_type = [np.flatnonzero(cells.obs["cell_type"] == t) for t in "abc"]
    counts = cells.layers["counts"].toarray()
    rows = [
        sum(counts[rows[:n]].sum(axis=0) for rows, n in zip(by_type, numbers, strict=True))
        for numbers in ((20, 20, 0), (10, 10, 20))
    ]
    bulk = ad.AnnData(sp.csr_matrix(np.array(rows, dtype=np.float32)), obs=pd.DataFrame(index=["s1", "s2"]))
    bulk.var_names = cells.var_names
    bulk.write_h5ad(tmp_path / "bulk.h5ad")
    run("rank_markers.py", "--reference", tmp_path / "reference.h5ad", "--output", tmp_path / "markers.csv")
    return tmp_path


def estimate(files, *options):
    return run(
        "estimate_proportions.py",
        *("--bulk", files / "bulk.h5ad", "--reference", files / "reference.h5ad", "--markers", files / "markers.csv"),
        *("--output", files / "proportions.csv", "--seed", 1, *options),
    )


# logs of sums are no sums of logs: the published way is wrong by a tenth on these clean mixtures
@pytest.mark.parametrize(("method", "within"), [("negative_binomial", 0.08), ("log_nnls", 0.15)])
def test_known_mixtures_come_back(files, method, within):
    done = estimate(files, "--method", method)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(files / "proportions.csv")
    assert list(table.columns) == ["sample", "cell_type", "proportion", "ci_low", "ci_high", "rna_fraction", "residual"]
    found = table.pivot(index="sample", columns="cell_type", values="proportion")
    np.testing.assert_allclose(found, [[0.5, 0.5, 0], [0.25, 0.25, 0.5]], atol=within)
    assert ((table["ci_low"] <= table["proportion"]) & (table["proportion"] <= table["ci_high"])).all()


def test_same_seed_same_bytes(files):
    estimate(files)
    first = (files / "proportions.csv").read_bytes()
    estimate(files)
    assert (files / "proportions.csv").read_bytes() == first


def test_a_table_of_mrna_content_moves_the_cells(files):
    (files / "content.csv").write_text("cell_type,mrna_content\na,1\nb,3\nc,1\n")
    assert estimate(files, "--mrna-content", files / "content.csv").returncode == 0
    first = pd.read_csv(files / "proportions.csv").query("sample == 's1'").set_index("cell_type")["proportion"]
    assert first["a"] / first["b"] == pytest.approx(3, rel=0.15)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("cell_type,content\na,1\n", "ERROR: content.csv: no column mrna_content; it has cell_type, content"),
        ("cell_type,mrna_content\na,1\na,2\n", "ERROR: content.csv: cell_type 'a' appears in more than one row"),
        ("cell_type,mrna_content\na,1\nb,1\n", "ERROR: the table of mRNA content lacks c"),
        ("cell_type,mrna_content\na,1\nb,x\nc,1\n", "the value of b is not a positive number"),
    ],
)
def test_a_wrong_table_is_one_sentence(files, content, sentence):
    (files / "content.csv").write_text(content)
    done = estimate(files, "--mrna-content", files / "content.csv")
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_a_bulk_without_marker_genes_is_one_sentence(files):
    bulk = ad.read_h5ad(files / "bulk.h5ad")
    bulk.var_names = [f"other{i}" for i in range(bulk.n_vars)]
    bulk.write_h5ad(files / "bulk.h5ad")
    done = estimate(files)
    assert done.returncode == 1
    assert "check gene names" in done.stderr
    assert "Traceback" not in done.stderr
