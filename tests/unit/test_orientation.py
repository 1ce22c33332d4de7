import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.inputs.orientation import turned
from logged import sentences

CELLS, GENES = ["c1", "c2", "c3"], ["Actb", "Gapdh"]
UPRIGHT = ad.AnnData(
    np.arange(6.0).reshape(3, 2), obs=pd.DataFrame(index=CELLS), var=pd.DataFrame(index=GENES), uns={"matrix": "table"}
)


def lying() -> ad.AnnData:
    return ad.AnnData(UPRIGHT.X.T.copy(), obs=pd.DataFrame(index=GENES), var=pd.DataFrame(index=CELLS))


def upright(**known: pd.Index) -> ad.AnnData:
    adata = lying()
    adata.X = sp.csr_matrix(adata.X)
    return turned(adata, "t.csv", **known)


def test_genes_of_the_reference_say_which_side_is_which(caplog):
    adata = upright(genes=pd.Index(["ACTB", "GAPDH", "CD3E"]))
    assert list(adata.obs_names) == CELLS
    assert list(adata.var_names) == GENES
    assert np.array_equal(adata.X.toarray(), UPRIGHT.X)
    assert [sentence.split(";")[1] for sentence in sentences(caplog)] == [" it is transposed"]


def test_names_of_the_metadata_say_which_side_is_which(caplog):
    adata = upright(observations=pd.Index(["c3", "c1", "x"]))
    assert list(adata.obs_names) == CELLS
    assert len(sentences(caplog)) == 1


def test_a_name_or_two_by_chance_do_not_turn_a_table(caplog):
    sorted_cells = ad.AnnData(np.ones((4, 90)), obs=pd.DataFrame(index=["CD4", "CD14", "bulk", "rest"]))
    adata = turned(sorted_cells, "t.csv", genes=pd.Index(["Cd4", "CD19", "Actb"]))
    assert adata is sorted_cells
    assert sentences(caplog) == []


def test_names_as_r_rewrites_them_say_which_side_is_which():
    lying_cells = ad.AnnData(
        UPRIGHT.X.T.copy(), obs=pd.DataFrame(index=GENES), var=pd.DataFrame(index=["A-1", "B-1", "C"])
    )
    lying_cells.X = sp.csr_matrix(lying_cells.X)
    adata = turned(lying_cells, "t.csv", observations=pd.Index(["B.1", "A.1", "C"]))
    assert list(adata.obs_names) == ["A-1", "B-1", "C"]


def test_a_matrix_that_is_right_or_has_no_name_in_common_stays(caplog):
    for known in ({"genes": pd.Index(GENES)}, {"observations": pd.Index(CELLS)}, {"genes": pd.Index(["x"])}, {}):
        assert turned(UPRIGHT, "t.csv", **known) is UPRIGHT
    assert sentences(caplog) == []
