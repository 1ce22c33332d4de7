import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import bulk_model, count_model, markers


def bulk(rng, shares, sd=0.0, n_genes=300):
    """Return samples × genes, made of types × genes, with log-normal errors of each gene in all samples alike."""
    means = rng.gamma(0.5, 100.0, (np.shape(shares)[1], n_genes))
    return sp.csr_matrix(np.asarray(shares) @ means * np.exp(rng.normal(0, sd, n_genes))), means


def shares_of(coefficients):
    return coefficients / coefficients.sum(axis=1, keepdims=True)


SHARES = np.tile([0.5, 0.3, 0.2], (4, 1))


def test_the_dispersion_grows_with_the_distance_between_the_laboratories():
    chosen = []
    for sd in (0.1, 0.6, 1.5):
        expression, means = bulk(np.random.default_rng(0), SHARES, sd)
        counts = np.random.default_rng(1).poisson(expression.toarray())
        chosen.append(bulk_model.fit(sp.csr_matrix(counts), means).dispersion)
    assert chosen == sorted(chosen)
    assert chosen[0] < 0.1 < chosen[1] < chosen[2]


def test_genes_that_do_not_fit_lose_their_weight():
    """A twentieth of the genes, of all types alike, is fifty times as strong in the tissue as in single cells."""
    rng = np.random.default_rng(2)
    expression, means = bulk(rng, SHARES, 0.2)
    values = expression.toarray()
    values[:, rng.choice(300, 15, replace=False)] *= 50
    found = shares_of(bulk_model.fit(sp.csr_matrix(values), means).coefficients)
    np.testing.assert_allclose(found, SHARES, atol=0.06)


def test_zeros_of_a_gene_that_present_types_express_say_that_it_was_not_measured():
    rng = np.random.default_rng(3)
    expression, means = bulk(rng, SHARES, 0.1)
    lost = np.argsort(-means[0])[:40]  # of the first type
    values = expression.toarray()
    values[:, lost] = 0
    fit = bulk_model.fit(sp.csr_matrix(values), means)
    assert set(np.flatnonzero(fit.measured == 0)) <= set(lost)
    assert (fit.measured[lost] == 0).mean() > 0.9
    np.testing.assert_allclose(shares_of(fit.coefficients), SHARES, atol=0.05)


def test_zeros_of_the_markers_of_an_absent_type_still_count():
    rng = np.random.default_rng(4)
    means = rng.gamma(0.5, 20.0, (3, 300))
    means[:, :60] = 0
    means[2, :60] = 200.0  # markers of the third type, which is absent
    expression = sp.csr_matrix(np.array([[0.6, 0.4, 0.0]]) @ means)
    fit = bulk_model.fit(expression, means)
    assert fit.measured.all()
    assert fit.coefficients[0, 2] == 0


def test_genes_of_weight_zero_take_no_part():
    expression, means = bulk(np.random.default_rng(5), SHARES, 0.3)
    weights = np.ones(300)
    weights[200:] = 0
    values = expression.toarray()
    values[:, 200:] = 7e5
    found = count_model.fit(sp.csr_matrix(values), means, gene_weights=weights)[0]
    alone = count_model.fit(expression[:, :200], means[:, :200], start=None)[0]
    np.testing.assert_allclose(shares_of(found), shares_of(alone), atol=0.02)


@pytest.mark.parametrize("score", [1.0, 0.0])
def test_beyond_the_first_markers_only_significant_ones_count(score):
    n = 3 * markers.FEWEST_MARKERS
    table = pd.DataFrame(
        {
            "cell_type": "a",
            "gene": [f"g{i}" for i in range(n)],
            "rank": range(1, n + 1),
            "score": score,
            "log2fc": 1.0,
            "pvalue_adj": [0.5] * (n - 10) + [1e-6] * 10,
        }
    )
    kept = markers.significant(table, list(table["gene"]))
    if score:  # of the type without any score nothing was tested
        assert list(kept["rank"]) == [*range(1, markers.FEWEST_MARKERS + 1), *range(n - 9, n + 1)]
    else:
        assert len(kept) == n
