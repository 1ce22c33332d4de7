"""Shares of spots after the fit: neighbours, the bulk, and how far the two are apart."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition import cells_per_spot, raking, smoothing
from bulk2space.composition.fitted_section import FittedSection
from bulk2space.composition.spot_choice import Choice
from bulk2space.composition.spots import SpotFractions
from bulk2space.contract import nuclei
from bulk2space.contract.problems import InputError


def shares(n=40, types=4, seed=0):
    return np.random.default_rng(seed).dirichlet(np.ones(types), n)


def around(estimate, inner):
    """Return the ends of the intervals whose inner parts end at the given values."""
    return estimate + (np.array(inner) - estimate) / raking.INNER_PART_OF_INTERVAL


def test_a_section_within_the_bulks_intervals_stays_as_it_is():
    section, estimate = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.45, 0.33, 0.22, 0.0])
    low, high = around(estimate, [0.3, 0.2, 0.15, 0]), around(estimate, [0.5, 0.4, 0.25, 0.15])
    np.testing.assert_allclose(raking.within(section, estimate, low, high), section)


def test_a_type_outside_comes_to_the_nearer_end_of_the_intervals_inner_part():
    section, estimate = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.5, 0.3])
    found = raking.within(section, estimate, around(estimate, [0.15, 0.3, 0.2]), around(estimate, [0.3, 0.65, 0.4]))
    # the first and the last are held at the ends of their inner parts; the other has what remains
    np.testing.assert_allclose(found, [0.3, 0.5, 0.2])
    free = raking.within(section, estimate, around(estimate, [0.15, 0.3, 0.15]), around(estimate, [0.3, 0.65, 0.45]))
    np.testing.assert_allclose(free, [0.3, 0.7 * 0.3 / 0.4, 0.7 * 0.1 / 0.4])  # the others keep their ratio


@pytest.mark.parametrize("seed", range(5))
def test_nearest_proportions_sum_to_one_within_all_intervals(seed):
    rng = np.random.default_rng(seed)
    section, estimate = rng.dirichlet(np.full(7, 0.3), 2)
    low, high = estimate * rng.random(7), estimate + (1 - estimate) * rng.random(7) ** 3
    found = raking.within(section, estimate, low, high)
    assert found.sum() == pytest.approx(1)
    least, most = (estimate + raking.INNER_PART_OF_INTERVAL * (end - estimate) for end in (low, high))
    assert (found >= least - 1e-9).all()
    assert (found <= most + 1e-9).all()
    at_low, at_high = found < least + 1e-9, found > most - 1e-9
    factors = found / section
    free = factors[~at_low & ~at_high]
    if len(free):
        np.testing.assert_allclose(free, free[0])
    assert factors[at_high].max(initial=0) <= np.r_[free, factors[at_low]].min(initial=np.inf) + 1e-9
    assert factors[at_low].min(initial=np.inf) >= np.r_[free, factors[at_high]].max(initial=0) - 1e-9


def test_a_bulk_without_doubt_is_followed():
    section, estimate = np.array([0.6, 0.3, 0.1]), np.array([0.2, 0.5, 0.3])
    np.testing.assert_allclose(raking.within(section, estimate, estimate, estimate), estimate)
    np.testing.assert_allclose(raking.within(np.zeros(3), estimate, estimate / 2, estimate * 2), estimate)


def test_a_type_that_the_section_lacks_gets_its_lower_bound():
    found = raking.within(np.array([0.0, 0.5, 0.5]), np.full(3, 1 / 3), np.full(3, 0.1), np.full(3, 0.9))
    least = 1 / 3 + raking.INNER_PART_OF_INTERVAL * (0.1 - 1 / 3)
    np.testing.assert_allclose(found, [least, 0.5, 0.5])


def test_raked_shares_have_the_wanted_proportions_by_cells():
    rng = np.random.default_rng(1)
    cells, target = rng.integers(1, 20, 40), np.array([0.5, 0.2, 0.2, 0.1])
    result = raking.raked(shares(), cells, target)
    np.testing.assert_allclose(cells @ result.shares / cells.sum(), target, atol=1e-8)
    np.testing.assert_allclose(result.shares.sum(axis=1), 1)
    assert len(result.unreached) == 0


def test_raking_keeps_odds_between_spots():
    """One factor a type: the odds ratio of two types between two spots is what it was."""
    before = shares()
    after = raking.raked(before, np.full(40, 10), np.array([0.6, 0.2, 0.1, 0.1])).shares
    odds = [(s[3, 0] / s[3, 1]) / (s[7, 0] / s[7, 1]) for s in (before, after)]
    assert odds[0] == pytest.approx(odds[1])


def test_raking_to_what_the_section_has_changes_nothing():
    before, cells = shares(), np.full(40, 10)
    result = raking.raked(before, cells, cells @ before / cells.sum())
    np.testing.assert_allclose(result.shares, before, atol=1e-7)


def test_types_that_one_of_both_lacks():
    before = shares()
    before[:, 0] = 0  # no spot has the first, the bulk has none of the last
    before[5] = [0, 0, 0, 1]
    before[6] = 0  # an empty spot
    before /= np.maximum(before.sum(axis=1, keepdims=True), 1e-12)
    cells = np.where(np.arange(40) == 6, 0, 10)
    result = raking.raked(before, cells, np.array([0.25, 0.5, 0.25, 0.0]))
    assert list(result.unreached) == [0]
    assert (result.shares[:, 3] == 0).all()
    np.testing.assert_allclose(cells @ result.shares / cells.sum(), [0, 2 / 3, 1 / 3, 0], atol=1e-8)
    assert (result.shares[6] == 0).all()
    assert result.shares[5].sum() == pytest.approx(1)


def test_smoothing_moves_a_spot_towards_its_neighbours_only():
    spatial = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2).astype(float)
    before = np.zeros((36, 2))
    before[:, 0] = 1
    before[14] = [0, 1]
    filled = np.ones(36, dtype=bool)
    after = smoothing.smoothed(before, spatial, filled, 0.5)
    np.testing.assert_allclose(after.sum(axis=1), 1)
    assert after[14, 1] == pytest.approx(0.5)
    assert after[15, 1] == pytest.approx(0.5 / 6)
    assert after[35, 1] == 0
    np.testing.assert_array_equal(smoothing.smoothed(before, spatial, filled, 0.0), before)


def test_smoothing_stays_within_a_piece_of_tissue():
    spatial = np.stack(np.meshgrid(np.arange(6), np.arange(6)), axis=-1).reshape(-1, 2).astype(float)
    spatial = np.vstack([spatial, [[200, 0], [201, 0], [300, 300]]])
    before = np.tile([1.0, 0.0], (39, 1))
    before[36:] = [[0, 1], [0.5, 0.5], [0, 1]]
    after = smoothing.smoothed(before, spatial, np.ones(39, dtype=bool), 0.5)
    np.testing.assert_allclose(after[36:], [[0.25, 0.75], [0.25, 0.75], [0, 1]])
    np.testing.assert_array_equal(after[:36], before[:36])


def test_distance_is_the_share_that_has_to_change():
    assert raking.distance(np.array([0.5, 0.5, 0]), np.array([0.2, 0.5, 0.3])) == pytest.approx(0.3)


def section(totals, **obs):
    counts = sp.csr_matrix(np.asarray(totals, dtype=np.float32)[:, None])
    adata = ad.AnnData(counts, obs=pd.DataFrame(obs, index=[f"s{n}" for n in range(len(totals))]))
    adata.layers["counts"] = counts
    return adata


def test_spots_without_counts_in_marker_genes_leave_the_whole_at_one():
    proportion = np.array([[0.25, 0.75], [0.0, 0.0]])
    fit = SpotFractions(proportion, proportion, np.zeros(2), np.zeros((2, 2)))
    fitted = FittedSection(
        pd.Index(["s1", "s2"]), [], ["a", "b"], np.array([8, 8]), False, fit, Choice(("standard",), 0.0, {}), 1.0, {}
    )
    assert fitted.of_whole.to_dict() == {"a": 0.25, "b": 0.75}


def test_cells_follow_counts_with_an_exact_total():
    totals = np.array([0, 100, 1, 300, 600])
    found = cells_per_spot.by_counts(section(totals), totals > 0, 10)
    assert found.sum() == 40
    assert found[0] == 0
    assert found[2] == 1  # one cell at least
    np.testing.assert_allclose(found[[3, 4]] / found[1], [3, 6], rtol=0.2)


def test_spots_of_cells_with_more_mrna_hold_fewer():
    totals = np.array([100.0, 100.0])
    found = cells_per_spot.by_counts(section(totals), totals > 0, 10, np.array([1.0, 3.0]))
    np.testing.assert_array_equal(found, [15, 5])


def test_nuclei_are_taken_as_they_are(caplog):
    obs = section([5, 5, 0], n_nuclei=[3, 0, 4]).obs
    counted = nuclei.nuclei(obs)
    np.testing.assert_array_equal(cells_per_spot.by_nuclei(counted, np.array([True, True, False])), [3, 0, 0])
    assert "1 spots with counts have no nucleus" in caplog.text


@pytest.mark.parametrize(
    ("values", "said"), [([1, 2.5], "'2.5' nuclei"), ([1, -1], "'-1' nuclei"), ([0, 0], "no spot")]
)
def test_bad_nuclei_are_a_sentence(values, said):
    with pytest.raises(InputError, match=said):
        nuclei.nuclei(section([1, 1], n_nuclei=values).obs)


def test_no_column_of_nuclei_is_none():
    assert nuclei.nuclei(section([1, 1]).obs) is None
