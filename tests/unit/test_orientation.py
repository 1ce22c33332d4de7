import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.inputs.orientation import turned

CELLS, GENES = ["c1", "c2", "c3"], ["Actb", "Gapdh"]
UPRIGHT = ad.AnnData(
    np.arange(6.0).reshape(3, 2), obs=pd.DataFrame(index=CELLS), var=pd.DataFrame(index=GENES), uns={"matrix": "table"}
)


def lying() -> ad.AnnData:
    return ad.AnnData(UPRIGHT.X.T.copy(), obs=pd.DataFrame(index=GENES), var=pd.DataFrame(index=CELLS))


def upright(**known) -> ad.AnnData:
    import scipy.sparse as sp

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


def test_what_stands_right_or_shares_nothing_stays():
    for known in ({"genes": pd.Index(GENES)}, {"observations": pd.Index(CELLS)}, {"genes": pd.Index(["x"])}, {}):
        adata, said = turned(UPRIGHT, **known)
        assert adata is UPRIGHT
        assert not said
