import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from cli.test_rank_markers import run, write_reference
from cli.test_train_vae import train


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("generate")
    cells = write_reference(folder / "reference.h5ad")
    assert train(folder, "--epochs", 2).returncode == 0
    bulk = ad.AnnData(sp.csr_matrix(np.ones((2, 40), dtype=np.float32)), obs=pd.DataFrame(index=["x", "y"]))
    bulk.var_names = [*reversed(cells.var_names[:35]), "n1", "n2", "n3", "n4", "n5"]
    bulk.write_h5ad(folder / "bulk.h5ad")
    table = pd.DataFrame({"sample": np.repeat(["x", "y"], 3), "cell_type": ["a", "b", "c"] * 2})
    table["proportion"] = [0.5, 0.25, 0.25, 0.35, 0.65, 0.0]
    table["ci_low"], table["ci_high"], table["rna_fraction"] = 0.0, table["proportion"], table["proportion"]
    table["residual"] = 9.0
    table.to_csv(folder / "bulk.csv", index=False)
    return folder


def generate(folder, *options, column="y", cells=50):
    return run(
        "generate_cells.py",
        *("--reference", folder / "reference.h5ad", "--bulk", folder / "bulk.h5ad", "--bulk-column", column),
        *("--proportions", folder / "bulk.csv", "--vae", folder / "vae.pt", "--sample", "s.1", "--cells", cells),
        *("--output", folder / "cells.h5ad", "--table", folder / "table.csv", *options),
    )


def test_cells_follow_the_proportions_of_their_column(files):
    done = generate(files)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(files / "table.csv")
    columns = ["sample", "cell_type", "proportion", "ci_low", "ci_high", "rna_fraction", "n_cells"]
    assert list(table.columns) == columns
    assert set(table["sample"]) == {"s.1"}
    assert list(table["n_cells"]) == [17, 33, 0]  # of 17.5 and 32.5: the larger share comes first
    cells = ad.read_h5ad(files / "cells.h5ad")
    assert cells.shape == (50, 35)
    assert list(cells.var_names) == [f"g{i}" for i in range(35)]
    assert cells.obs["cell_type"].value_counts().to_dict() == {"a": 17, "b": 33, "c": 0}
    assert cells.obs_names[0] == "s.1_1"
    assert cells.uns["bulk2space"]["sample"] == "s.1"
    assert "1 of 1 have a residual above 6.0 times the counts' noise" in cells.uns["notes"][0]  # the report shows it
    # the types' own genes are theirs in the new cells too
    means = pd.DataFrame(cells.layers["counts"].toarray()).groupby(cells.obs["cell_type"].to_numpy(str)).mean()
    assert means.loc["a", :9].mean() > 3 * means.loc["b", :9].mean()
    assert means.loc["b", 10:19].mean() > 3 * means.loc["a", 10:19].mean()


def test_the_seed_decides(files):
    def drawn(seed):
        assert generate(files, "--seed", seed).returncode == 0
        return ad.read_h5ad(files / "cells.h5ad").X.toarray()

    first = drawn(1)
    np.testing.assert_array_equal(first, drawn(1))
    assert (first != drawn(2)).any()


@pytest.mark.parametrize(
    ("column", "cells", "sentence"),
    [("z", 50, "ERROR: bulk.csv: has no sample z"), ("x", 0, "ERROR: --cells 0: is not a positive number")],
)
def test_bad_input_is_one_sentence(files, column, cells, sentence):
    done = generate(files, column=column, cells=cells)
    assert done.returncode == 1
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr
