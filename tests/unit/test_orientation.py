import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.inputs.orientation import turned

CELLS, GENES = ["c1", "c2", "c3"], ["Actb", "Gapdh"]
UPRIGHT = ad.AnnData(
    np.arange(6.0).reshape(3, 2), obs=pd.DataFrame(index=CELLS), var=pd.DataFrame(index=GENES), uns={"matrix": "table"}
)


def lying() -> ad.AnnData:
    return ad.AnnData(UPRIGHT.X.T.copy(), obs=pd.DataFrame(index=GENES), var=pd.DataFrame(index=CELLS))


def upright(**known) -> ad.AnnData:
    adata = lying()
    adata.X = sp.csr_matrix(adata.X)
    return turned(adata, **known)


def test_genes_of_the_reference_say_which_side_is_which():
    adata, said = upright(genes=pd.Index(["ACTB", "GAPDH", "CD3E"]))
    assert list(adata.obs_names) == CELLS
    assert list(adata.var_names) == GENES
    assert np.array_equal(adata.X.toarray(), UPRIGHT.X)
    assert "turned round" in said


def test_names_of_the_metadata_say_which_side_is_which():
    adata, said = upright(observations=pd.Index(["c3", "c1", "x"]))
    assert list(adata.obs_names) == CELLS
    assert said


def test_a_name_or_two_by_chance_do_not_turn_a_table():
    sorted_cells = ad.AnnData(np.ones((4, 90)), obs=pd.DataFrame(index=["CD4", "CD14", "bulk", "rest"]))
    adata, said = turned(sorted_cells, genes=pd.Index(["Cd4", "CD19", "Actb"]))
    assert adata is sorted_cells
    assert not said


def test_names_as_r_rewrites_them_say_which_side_is_which():
    lying_cells = ad.AnnData(
        UPRIGHT.X.T.copy(), obs=pd.DataFrame(index=GENES), var=pd.DataFrame(index=["A-1", "B-1", "C"])
    )
    lying_cells.X = sp.csr_matrix(lying_cells.X)
    adata, _said = turned(lying_cells, observations=pd.Index(["B.1", "A.1", "C"]))
    assert list(adata.obs_names) == ["A-1", "B-1", "C"]


def test_what_stands_right_or_shares_nothing_stays():
    for known in ({"genes": pd.Index(GENES)}, {"observations": pd.Index(CELLS)}, {"genes": pd.Index(["x"])}, {}):
        adata, said = turned(UPRIGHT, **known)
        assert adata is UPRIGHT
        assert not said
