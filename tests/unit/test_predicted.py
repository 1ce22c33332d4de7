import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scanpy as sc
import scipy.sparse as sp
from bulk2space.contract.io import read_genes
from bulk2space.images import predicted
from bulk2space.images.expected import as_drawn
from commands_of_docs import python_of


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


def test_a_large_section_has_what_its_predictions_are_made_of(monkeypatch, tmp_path):
    neighbors = sp.random(40, 30, density=0.2, random_state=0, format="csr")
    expression = sp.random(30, 50, density=0.3, random_state=1, format="csr")
    names = {name: [f"{name}{i}" for i in range(n)] for name, n in (("c", 40), ("g", 50))}
    obs, var = pd.DataFrame({"cell_type": "a"}, index=names["c"]), pd.DataFrame(index=names["g"])
    obsm = {"neighbors": neighbors, "spatial": np.zeros((40, 2))}
    for most, path in ((40, "written.h5ad"), (39, "made.h5ad")):
        monkeypatch.setattr(predicted, "MOST_CELLS", most)
        spatial = ad.AnnData(None, obs=obs, var=var, obsm=dict(obsm))
        predicted.write_predicted(spatial, as_drawn(expression, np.array(names["g"][:30])), tmp_path / path)
    written, made = (ad.read_h5ad(tmp_path / path) for path in ("written.h5ad", "made.h5ad"))
    assert "neighbor_expression" not in written.varm
    assert made.X is None
    gene = made.varm["neighbor_expression"][made.var_names.get_loc("g7")].toarray()[0]
    line = made.obsm["neighbors"] @ (made.uns["neighbor_sources"] @ gene)
    np.testing.assert_allclose(line, written[:, "g7"].X.toarray().ravel(), rtol=1e-5, atol=1e-7)
    genes = ["g7", "g0", "g49"]
    read = [read_genes(ad.read_h5ad(tmp_path / path, backed="r"), genes) for path in ("written.h5ad", "made.h5ad")]
    assert list(read[1].var_names) == genes
    np.testing.assert_allclose(read[1].X.toarray(), read[0].X.toarray(), rtol=1e-5, atol=1e-7)

    made.obsm["X_spatial"], made.uns["cell_type_colors"] = made.obsm["spatial"], ["#0072B2"]
    known = {"spatial": made, "genes": genes, "anndata": ad, "scanpy": sc}
    exec(python_of("output.md", "Large sections of imaged cells")[-1], known)
    np.testing.assert_allclose(known["named"].X.toarray(), read[0].X.toarray(), rtol=1e-5, atol=1e-7)
    assert known["named"].obsm["X_pca"].shape == (40, 2)
