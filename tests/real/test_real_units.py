"""Units and genes of the real data sets, as the door finds them."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.inputs import door
from bulk2space.inputs.no_expression import annotation, not_genes
from bulk2space.inputs.unit.recognise import recognise

UNITS = {
    "bulk_celllines_rnamix_celseq2": "counts",
    "sc_pancreas_panc8_small": "linear",  # five technologies, one of them with fractional counts
    "sc_pancreas_xin": "log2",
    "sc_pbmc68k_reduced": "log1p",
    "sc_mob_tepe": "counts",
    "st_mob_rep11": "counts",
}


@pytest.mark.parametrize("name", UNITS)
def test_units_are_recognised(data, name):
    path = data / f"{name}.h5ad"
    if name.startswith("bulk"):
        adata = door.bulk(path)
    elif name.startswith("sc"):
        adata = door.reference(path, None)
    else:
        adata = door.section(path, None, platform="spot")
    assert adata.uns["units"]["input"] == UNITS[name]


def test_counts_come_back_from_rounded_logarithms(data):
    reference = door.reference(data / "sc_pbmc68k_reduced.h5ad", None)
    units = reference.uns["units"]
    assert units["done"] == "counts recovered"
    assert units["largest_deviation"] < 0.25
    counts = reference.layers["counts"].data
    assert np.array_equal(counts, np.rint(counts))


def of_each_cell(counts: sp.csr_matrix, total: float) -> sp.csr_matrix:
    """Return counts scaled to a total of each cell."""
    sums = np.asarray(counts.sum(axis=1)).ravel()
    return sp.csr_matrix(sp.diags_array(total / np.where(sums > 0, sums, 1)) @ counts)


def rounded(matrix: sp.csr_matrix, decimals: int) -> sp.csr_matrix:
    matrix = sp.csr_matrix(matrix, copy=True)
    matrix.data = matrix.data.round(decimals)
    return matrix


def corrected(counts: sp.csr_matrix, proportion: float) -> sp.csr_matrix:
    """Return counts of which a proportion of the genes is corrected for ambient RNA, each by a factor of its own."""
    rng = np.random.default_rng(0)
    factors = np.where(rng.random(counts.shape[1]) < proportion, rng.uniform(0.75, 1, counts.shape[1]), 1)
    return sp.csr_matrix(counts @ sp.diags_array(factors))


STORED = {
    "log1p of 10 000": (lambda counts: rounded(of_each_cell(counts, 1e4).log1p(), 3), "log1p"),
    "the same without two genes in five": (
        lambda counts: rounded(of_each_cell(counts, 1e4).log1p()[:, np.arange(counts.shape[1]) % 5 > 1], 3),
        "log1p",
    ),
    "log2 of a million": (lambda counts: rounded(of_each_cell(counts, 1e6).log1p() / np.log(2), 2), "log2"),
    "log2 of the counts": (lambda counts: rounded(counts.log1p() / np.log(2), 3), "log2"),
    "10 000": (lambda counts: rounded(of_each_cell(counts, 1e4), 3), "tpm"),
    "all genes corrected": (lambda counts: corrected(counts, 1), "linear"),
    "some genes corrected": (lambda counts: corrected(counts, 0.3), "linear"),
}
SETS = ["sc_pbmc3k_10x", "sc_pbmc_hao_small", "sc_mob_tepe", "sc_cerebellum_ref384", "slideseq_cerebellum", "st_pdac_a"]


@pytest.mark.parametrize("how", STORED)
@pytest.mark.parametrize("name", SETS)
def test_counts_are_recognised_however_they_are_stored(data, name, how):
    store, unit = STORED[how]
    counts = sp.csr_matrix(ad.read_h5ad(data / f"{name}.h5ad").X, dtype=float)[:500]
    few = np.flatnonzero(
        counts.max(axis=0).toarray().ravel() <= 20
    )  # the harder case: nothing is too large for logarithms
    for matrix in (counts, counts[:, few]):
        stored = store(matrix)
        stored.eliminate_zeros()
        assert recognise(sp.csr_matrix(stored, dtype=np.float32)).unit == unit


def test_no_gene_of_a_real_set_is_taken_for_annotation(data):
    genes = {gene for path in data.rglob("*.h5ad") for gene in ad.read_h5ad(path, backed="r").var_names}
    assert len(genes) > 50_000
    raw = ad.AnnData(sp.csr_matrix((2, len(genes))), var=pd.DataFrame(index=sorted(genes)))
    assert annotation.without(raw, "all", genes=None, observations=()) is raw
    left_out = set(raw.var_names) - set(not_genes.without(raw, "all").var_names)
    assert {gene[:5] for gene in left_out} == {"ERCC-"}
