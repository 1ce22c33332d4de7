import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.numerics.scaling import log_normalize
from script_process import run_script as run


def write_reference(path, *, counts=True, genes=60, seed=0):
    """Write 90 cells of types a, b, c, whose genes 0-9, 10-19 and 20-29 are high in turn."""
    rng = np.random.default_rng(seed)
    codes = np.arange(90) % 3
    rates = np.ones((3, genes))
    for t in range(3):
        rates[t, 10 * t : 10 * t + 10] = 8
    raw = sp.csr_matrix(rng.poisson(rates[codes]).astype(np.float32))
    cells = ad.AnnData(log_normalize(raw), obs=pd.DataFrame(index=[f"cell{i}" for i in range(90)]))
    cells.var_names = [f"g{i}" for i in range(genes)]
    cells.obs["cell_type"] = pd.Categorical(np.array(["a", "b", "c"])[codes])
    if counts:
        cells.layers["counts"] = raw
    cells.write_h5ad(path)
    return cells


def test_all_genes_of_all_types_are_ranked(tmp_path):
    write_reference(tmp_path / "reference.h5ad")
    done = run("rank_markers.py", "--reference", tmp_path / "reference.h5ad", "--output", tmp_path / "markers.csv")
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(tmp_path / "markers.csv")
    assert list(table.columns) == ["cell_type", "gene", "rank", "score", "log2fc", "pvalue_adj"]
    assert len(table) == 3 * 60
    top = table[table["rank"] <= 10].groupby("cell_type")["gene"].agg(set)
    assert top["b"] == {f"g{i}" for i in range(10, 20)}
    assert "'a': 30" in done.stderr
