"""The model of a section's spots: what each of its terms is for, on simulated cells and spots."""

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.composition import spot_model
from bulk2space.composition.cell_noise import cell_noise
from bulk2space.numerics import device

TYPES, GENES = 4, 120


@pytest.fixture(scope="module")
def reference():
    """Return linear cells × genes, types of the cells, and means; two types are alike but for a few genes."""
    rng = np.random.default_rng(0)
    profiles = rng.gamma(0.7, 30, (TYPES, GENES))
    profiles[1] = profiles[0] * np.exp(0.8 * (np.arange(GENES) < 20) * rng.standard_normal(GENES))
    codes = np.repeat(np.arange(TYPES), 150)
    return cells_of(profiles, codes, rng), codes, profiles


def cells_of(profiles, codes, rng, depth=0.3):
    rates = profiles[codes] * rng.gamma(4, 1 / 4, (len(codes), GENES))
    return rng.poisson(rates * depth) / depth


def fit(values, means, noise, size, depth):
    measured = spot_model.Measured(sp.csr_matrix(values), size, depth)
    return spot_model.fit(measured, means, noise, np.random.default_rng(0))


def fitted(values, cells, codes, number=10, counts=np.inf):
    means = np.array([cells[codes == code].mean(axis=0) for code in range(TYPES)])
    noise = cell_noise(sp.csr_matrix(cells), codes, means)
    size, depth = np.full(len(values), float(number)), np.broadcast_to(counts, len(values))
    x, factors, _ = fit(values, means, noise, size, depth)
    return shares(x), factors


def shares(x):
    return x / x.sum(axis=1, keepdims=True)


def spots_of(cells, codes, shares, rng, number=10):
    kinds = np.array([rng.choice(TYPES, number, p=share) for share in shares])
    chosen = np.array([[rng.choice(np.flatnonzero(codes == kind)) for kind in row] for row in kinds])
    truth = np.array([np.bincount(row, minlength=TYPES) for row in kinds]) / number
    return cells[chosen].mean(axis=1), truth


def error(found, truth):
    return np.sqrt(np.mean((found - truth) ** 2))


def test_compositions_are_recovered(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(1)
    values, truth = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 60), rng)
    found, _ = fitted(values, cells, codes)
    assert error(found, truth) < 0.06
    assert (found >= 0).all()


def test_deviations_are_larger_for_types_that_resemble_each_other_and_with_less_counts(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(7)
    values, _ = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 60), rng)
    means = np.array([cells[codes == code].mean(axis=0) for code in range(TYPES)])
    noise, ten = cell_noise(sp.csr_matrix(cells), codes, means), np.full(60, 10.0)

    def deviation(values, number, counts):
        return fit(values, means, noise, ten[:number], counts[:number]).deviation

    deep = deviation(values, 60, np.full(60, np.inf))
    assert deep[:, :2].mean() > 1.5 * deep[:, 2:].mean()
    scale = 100 / values.sum(axis=1, keepdims=True)
    shallow = deviation(rng.poisson(values * scale) / scale, 60, np.full(60, 100.0))
    assert shallow.mean() > 1.5 * deep.mean()
    few = deviation(values[:4], 4, np.full(4, np.inf))
    assert (few > 0).all()


def test_a_factor_of_genes_is_found_and_does_not_move_compositions(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(2)
    values, truth = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 80), rng)
    factor = np.where(rng.random(GENES) < 0.2, 6.0, 1.0)  # one gene in five is caught six times as often
    found, factors = fitted(values * factor, cells, codes)
    expressed = cells.mean(axis=0) > 2
    assert np.corrcoef(factors[expressed], np.log(factor[expressed]))[0, 1] > 0.9
    assert error(found, truth) < 0.08


def test_few_spots_have_neither_factors_nor_a_prior(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(3)
    values, truth = spots_of(cells, codes, rng.dirichlet(np.ones(TYPES), 5), rng)
    found, factors = fitted(values, cells, codes, counts=100)
    assert (factors == 0).all()
    alone, _ = fitted(values[:1], cells, codes, counts=100)
    np.testing.assert_allclose(found[0], alone[0], atol=1e-9)  # a spot knows nothing of the others
    assert error(found, truth) < 0.12


def test_the_other_spots_help_where_counts_are_few(reference):
    cells, codes, profiles = reference
    rng = np.random.default_rng(4)
    shares = np.tile([0.6, 0.05, 0.25, 0.1], (150, 1))  # all spots alike, each seen through few counts
    values = rng.poisson(shares @ profiles * 0.02) / 0.02
    together, _ = fitted(values, cells, codes)
    alone = np.vstack([fitted(values[start : start + 5], cells, codes)[0] for start in range(0, 150, 5)])
    assert error(together, shares) < 0.5 * error(alone, shares)


def test_gene_factors_do_not_drift_where_counts_are_few(reference):
    """Noise at a spot's own fit rises with its counts; of forty counts a spot, factors would follow the fits down."""
    cells, codes, profiles = reference
    rng = np.random.default_rng(8)
    shares = rng.dirichlet(np.full(TYPES, 0.5), 1500)
    rates = shares @ profiles
    counts = rng.poisson(40 * rates / rates.sum(axis=1, keepdims=True))
    held = counts.sum(axis=1)
    values = counts / np.maximum(held, 1)[:, None] * rates.sum(axis=1, keepdims=True)
    known, factors = fitted(values, cells, codes, counts=held)
    taken_as_deep, drifted = fitted(values, cells, codes)
    assert np.abs(factors).mean() < 0.3 * np.abs(drifted).mean()
    off = [np.abs(found.mean(axis=0) - shares.mean(axis=0)).sum() for found in (known, taken_as_deep)]
    assert off[0] < 0.3 * off[1]


def test_many_counts_leave_a_fit_as_it_is(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(9)
    values, _ = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 60), rng)
    np.testing.assert_allclose(fitted(values, cells, codes, counts=1e9)[0], fitted(values, cells, codes)[0], atol=1e-4)


def test_a_state_within_a_type_is_not_taken_for_another_type():
    """The state moves genes that the types differ in, too; only the direction itself tells the two apart."""
    rng = np.random.default_rng(5)
    profiles = rng.gamma(2, 15, (TYPES, GENES))
    state = 0.5 * rng.standard_normal(GENES)
    codes = np.repeat(np.arange(TYPES), 200)
    rates = profiles[codes] * np.exp(rng.standard_normal(len(codes))[:, None] * state)
    cells = rng.poisson(rates).astype(float)
    means = np.array([cells[codes == code].mean(axis=0) for code in range(TYPES)])
    noise = cell_noise(sp.csr_matrix(cells), codes, means)
    axis = np.abs(noise.programs.T @ (state * cells.mean(axis=0))).max() / (
        np.linalg.norm(state * cells.mean(axis=0)) * np.linalg.norm(noise.programs, axis=0).max()
    )
    assert axis > 0.5  # programs have the scale of each gene, the state that of its mean
    shares = rng.dirichlet(np.ones(TYPES), 100)
    values = rng.poisson(shares @ profiles * np.exp(rng.standard_normal((100, 1)) * state)).astype(float)
    ten, deep = np.full(100, 10.0), np.full(100, np.inf)
    with_programs, *_ = fit(values, means, noise, ten, deep)
    blind = noise._replace(programs=noise.programs[:, :0], strength=noise.strength[:0])
    without, *_ = fit(values, means, blind, ten, deep)
    errors = [error(x / x.sum(axis=1, keepdims=True), shares) for x in (with_programs, without)]
    assert errors[0] < 0.9 * errors[1]


def test_blocks_of_spots_give_the_same_fit(reference, monkeypatch):
    cells, codes, _ = reference
    rng = np.random.default_rng(6)
    values, _ = spots_of(cells, codes, rng.dirichlet(np.ones(TYPES), 30), rng)
    whole = fitted(values, cells, codes)
    shallow = fitted(values, cells, codes, counts=200.0)
    monkeypatch.setattr(device, "ROWS_AT_ONCE", 7)
    parts = fitted(values, cells, codes)
    np.testing.assert_allclose(fitted(values, cells, codes, counts=200.0)[0], shallow[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(whole[0], parts[0], rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(whole[1], parts[1], rtol=1e-6, atol=1e-9)


def test_blocks_of_a_known_section_give_the_fit_of_all_spots_together(reference):
    """Tolerance: 0.01 of a proportion, a tenth of its error."""
    cells, codes, _ = reference
    rng = np.random.default_rng(11)
    values, _ = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 400), rng)
    means = np.array([cells[codes == code].mean(axis=0) for code in range(TYPES)])
    noise = cell_noise(sp.csr_matrix(cells), codes, means)
    measured = spot_model.Measured(sp.csr_matrix(values), np.full(400, 10.0), np.full(400, 500.0))
    shared, together = spot_model.learn(measured, means, noise)
    blocks = [spot_model.fit_block(measured.at(slice(n, n + 150)), means, noise, shared) for n in (0, 150, 300)]
    alone = spot_model.fit_block(measured.at(np.array([207])), means, noise, shared)
    np.testing.assert_allclose(shares(alone.coefficients)[0], shares(blocks[1].coefficients)[57], atol=1e-6)
    found = np.vstack([block.coefficients for block in blocks])
    np.testing.assert_allclose(shares(found), shares(together.coefficients), atol=0.01)
    np.testing.assert_allclose(np.vstack([block.deviation for block in blocks]), together.deviation, rtol=0.05)


def test_a_large_section_learns_from_some_of_its_spots(reference, monkeypatch):
    cells, codes, _ = reference
    rng = np.random.default_rng(12)
    values, truth = spots_of(cells, codes, rng.dirichlet(np.full(TYPES, 0.5), 400), rng)
    all_learned_from, _ = fitted(values, cells, codes)
    monkeypatch.setattr(spot_model, "MOST_LEARNED_FROM", 200)
    half_learned_from, _ = fitted(values, cells, codes)
    assert not np.array_equal(half_learned_from, all_learned_from)
    assert error(half_learned_from, truth) < 1.05 * error(all_learned_from, truth)


def test_a_type_of_one_cell_and_a_gene_of_no_count_do_no_harm(reference):
    cells, codes, _ = reference
    rng = np.random.default_rng(7)
    values, _ = spots_of(cells, codes, rng.dirichlet(np.ones(TYPES), 20), rng)
    few = np.r_[np.flatnonzero(codes == 0)[:1], np.flatnonzero(codes > 0)]
    cells, values = cells.copy(), values.copy()
    cells[:, :3] = values[:, :3] = 0
    found, factors = fitted(values, cells[few], codes[few])
    assert np.isfinite(found).all()
    assert np.isfinite(factors).all()
