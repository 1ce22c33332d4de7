import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.images import predicted
from bulk2space.images.expected import as_drawn


@pytest.mark.parametrize("block", [7, 1000])
def test_prediction_is_weights_times_expression_over_block_borders(monkeypatch, tmp_path, block):
    monkeypatch.setattr(predicted, "CELLS_AT_ONCE", block)
    neighbors = sp.random(40, 30, density=0.2, random_state=0, format="csr")
    expression = sp.random(30, 50, density=0.3, random_state=1, format="csr")
    obs, var = (pd.DataFrame(index=[f"{name}{i}" for i in range(n)]) for name, n in (("c", 40), ("g", 50)))
    spatial = ad.AnnData(None, obs=obs, var=var, obsm={"neighbors": neighbors})
    names = np.array([f"n{i}" for i in range(30)])
    predicted.write_predicted(spatial, as_drawn(expression, names), tmp_path / "spatial.h5ad")
    read = ad.read_h5ad(tmp_path / "spatial.h5ad")
    assert read.X.format == "csr"
    assert read.X.dtype == np.float32
    assert read.X.has_sorted_indices
    np.testing.assert_allclose(read.X.toarray(), neighbors.toarray() @ expression.toarray(), rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(
        ad.read_h5ad(tmp_path / "spatial.h5ad", backed="r").X[5].toarray(), read.X[5].toarray()
    )
