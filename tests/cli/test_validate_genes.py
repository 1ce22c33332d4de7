import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.numerics.scaling import log_normalize
from script_process import run_script


def run(folder, *options, section="section.h5ad"):
    given = ["--sample", "one", "--cells", folder / "cells.h5ad", "--section", folder / section]
    given += ["--reference", folder / "cells.h5ad", "--output", folder / "genes.csv"]
    return run_script("validate_genes.py", *given, *options)


@pytest.fixture
def folder(tmp_path):
    """Cells of 40 genes in two types, a section of the first 20; its last gene is nowhere."""
    rng = np.random.default_rng(0)
    levels = rng.uniform(0.5, 9, (2, 40))
    for name, number, genes in (("cells", 120, 40), ("section", 90, 20)):
        types = rng.integers(2, size=number)
        counts = rng.poisson(levels[types][:, :genes]).astype(float)
        if name == "section":
            counts[:, -1] = 0
        made = ad.AnnData(log_normalize(sp.csr_matrix(counts)))
        made.var_names = [f"g{i}" for i in range(genes)]
        made.obs["cell_type"] = np.array(["a", "b"])[types]
        made.write_h5ad(tmp_path / f"{name}.h5ad")
    return tmp_path


@pytest.mark.parametrize("mapper", ["weighted", "combat"])
def test_every_varying_gene_has_a_line_in_both_schemes(folder, mapper):
    done = run(folder, "--mapper", mapper)
    assert done.returncode == 0, done.stderr
    table = pd.read_csv(folder / "genes.csv")
    assert list(table.columns) == ["gene", "scheme", "pcc", "shuffled_pcc"]
    assert list(table["gene"]) == [f"g{i}" for i in range(19)] * 2
    assert list(table["scheme"].unique()) == ["leave_one_out", "five_fold"]
    means = table[["pcc", "shuffled_pcc"]].mean()
    assert means["pcc"] > 0.15
    assert abs(means["shuffled_pcc"]) < 0.1
    assert "1 of 20 genes do not vary in the section: they have no row" in done.stderr


def test_a_second_run_is_the_same_and_another_seed_is_not(folder):
    tables = []
    for seed in (0, 0, 1):
        assert run(folder, "--seed", seed).returncode == 0
        tables.append((folder / "genes.csv").read_bytes())
    assert tables[0] == tables[1] != tables[2]


def test_a_section_of_equal_cells_ends_with_one_sentence(folder):
    section = ad.read_h5ad(folder / "section.h5ad")
    section.X = sp.csr_matrix(np.ones(section.shape))
    section.write_h5ad(folder / "equal.h5ad")
    done = run(folder, section="equal.h5ad")
    assert done.returncode == 1
    assert "ERROR: equal.h5ad: no gene varies between cells" in done.stderr


def test_one_shared_gene_ends_with_one_sentence(folder):
    section = ad.read_h5ad(folder / "section.h5ad")
    section.var_names = ["g0", *(f"z{i}" for i in range(19))]
    section.write_h5ad(folder / "foreign.h5ad")
    done = run(folder, section="foreign.h5ad")
    assert done.returncode == 1
    assert (
        "ERROR: foreign.h5ad: 1 genes are shared with cells.h5ad, but holding genes out needs two or more"
        in done.stderr
    )
    assert "Traceback" not in done.stderr
