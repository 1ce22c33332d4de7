import anndata as ad
import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.images import validate
from bulk2space.images.choice import WEIGHTED
from bulk2space.images.mappers import COMBAT
from bulk2space.numerics.scaling import log_normalize


def made(n, rng, levels):
    """Cells of two types; the first 20 of 24 genes follow the type, gene 23 is nowhere."""
    types = rng.choice([0, 1], n)
    counts = rng.poisson(levels[types])
    adata = ad.AnnData(log_normalize(sp.csr_matrix(counts)))
    adata.obs_names = [f"n{i}" for i in range(n)]
    adata.obs["cell_type"] = np.array(["a", "b"])[types]
    adata.var_names = [f"g{i}" for i in range(24)]
    return adata


@pytest.fixture(scope="module")
def pair():
    rng = np.random.default_rng(0)
    levels = np.where(np.arange(24) < 20, rng.uniform(1, 9, (2, 24)), 4.0)
    levels[:, 23] = 0
    levels[:, 0] = 1, 20
    return made(150, rng, levels), made(120, rng, levels)


@pytest.fixture(scope="module", params=[WEIGHTED, COMBAT])
def both(request, pair):
    return validate.recovery(*pair, pair[0], request.param, np.random.default_rng(1))


@pytest.mark.parametrize("scheme", [validate.LEAVE_ONE_OUT, validate.FIVE_FOLD])
def test_genes_of_types_come_back_and_others_do_not(both, scheme):
    table = both[both["scheme"] == scheme]
    assert list(table.columns) == ["gene", "scheme", "pcc", "shuffled_pcc"]
    assert list(table["gene"]) == [f"g{i}" for i in range(23)]  # gene 23 does not vary
    pcc = table.set_index("gene")["pcc"]
    assert pcc["g0"] > 0.6
    assert abs(pcc["g21"]) < 0.35
    assert abs(table["shuffled_pcc"].mean()) < 0.06
    assert abs(table["shuffled_pcc"]).max() < 0.35


def test_every_gene_is_held_out_once():
    parts = validate.folds(np.arange(23), np.random.default_rng(0))
    assert len(parts) == 5
    assert sorted(np.concatenate(parts)) == list(range(23))


def test_correlation_is_pearsons():
    rng = np.random.default_rng(0)
    one, other = rng.random((30, 3)), rng.random((30, 3))
    one[:, 2] = 1
    found = validate.correlations(one, other)
    assert found[0] == pytest.approx(np.corrcoef(one[:, 0], other[:, 0])[0, 1])
    assert found[2] == 0
