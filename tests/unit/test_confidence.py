"""Confidence of placed cells: what is expected, what is simulated, what is learned, what the report says."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.page import confidence as page
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.spot_choice import Choice
from bulk2space.composition.spots import learned, of_spots
from bulk2space.contract.verdicts import GOOD, POOR
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder
from bulk2space.report import chapter_notes
from bulk2space.spots import confidence, simulated_spots
from bulk2space.spots.available import available_proportions
from bulk2space.spots.quotas import Quotas

TYPES, GENES, SIZE = 4, 80, 10
NAMES = [f"g{n}" for n in range(GENES)]


METHOD = "negative_binomial"


def table(counts, **obs):
    counts = sp.csr_matrix(counts, dtype=np.float32)
    return ad.AnnData(
        log_normalize(counts), obs=pd.DataFrame(obs, index=[f"o{n}" for n in range(counts.shape[0])]),
        var=pd.DataFrame(index=NAMES), layers={"counts": counts},
    )  # fmt: skip


@pytest.fixture(scope="module")
def world():
    """Return the reference, its profile, rates of the types and a function that makes sections of known cells."""
    rng = np.random.default_rng(0)
    rates = rng.gamma(0.5, 6, (TYPES, GENES))
    rates[1] = rates[0] * np.exp(0.5 * rng.standard_normal(GENES))  # two types that resemble each other
    codes = np.repeat(np.arange(TYPES), 60)
    reference = table(
        rng.poisson(rates[codes] * rng.gamma(4, 1 / 4, (len(codes), GENES))), cell_type=np.array(list("ABCD"))[codes]
    )

    def section(rates, spots=120, seed=1):
        rng = np.random.default_rng(seed)
        cells = np.array([rng.multinomial(SIZE, share) for share in rng.dirichlet(np.full(TYPES, 0.6), spots)])
        kind = np.repeat(np.tile(np.arange(TYPES), spots), cells.ravel())
        single = rng.poisson(rates[kind] * rng.gamma(4, 1 / 4, (len(kind), GENES)) * 0.3)
        return table(single.reshape(spots, SIZE, GENES).sum(axis=1)), cells

    return reference, reference_profile(reference, NAMES), rates, section


def resolved(section, world):
    """Return the quotas of a section."""
    reference, profile, *_ = world
    profile, noise = learned(reference, profile)
    size = np.full(section.n_obs, SIZE)
    rng = np.random.default_rng(0)
    fit = of_spots(section, noise, profile, size, method="negative_binomial", rng=rng)
    cells = largest_remainder(fit.proportion, size)
    return Quotas(
        profile.types,
        cells,
        size > 0,
        fit.is_fitted,
        fit.proportion,
        fit.rna_fraction,
        np.ones(section.n_obs),
        fit.deviation,
        fit.residual,
        fit.proportion.mean(axis=0),
        0.0,
        Choice(("standard",), 0.0, {}),
    )


def probabilities(section, quotas, world, *, seed=0, method="negative_binomial"):
    rng = np.random.default_rng(seed)
    return confidence.probabilities(section, world[0], world[1], quotas, method, None, rng)


def test_the_expected_right_part_is_the_mean_over_the_true_number():
    mean, deviation, cells = np.array([2.3, 0.4, 5.0]), np.array([1.2, 0.8, 0.0]), np.array([2, 1, 5])
    drawn = np.random.default_rng(0).normal(mean, np.maximum(deviation, 0.05), (200_000, 3))
    expected = np.minimum(cells, drawn).mean(axis=0)
    np.testing.assert_allclose(confidence.expected_right(mean, deviation, cells), expected, atol=0.01)


def test_a_spots_confidence_is_the_mean_over_its_cells():
    found = confidence.of_spot(np.array([[0.9, 0.3], [0.0, 0.0]]), np.array([[3, 1], [0, 0]]))
    assert found[0] == pytest.approx(0.75)
    assert np.isnan(found[1])


def test_a_spot_that_could_not_be_fitted_is_as_sure_as_another_spot_in_its_place(world):
    spots, truth = world[3](world[2])
    counts = spots.layers["counts"].toarray()
    counts[:40] = 0
    unfitted = table(counts)
    quotas = resolved(unfitted, world)
    mean = quotas.proportion[40:].mean(axis=0)
    cells = quotas.cells.copy()
    cells[:40] = largest_remainder(mean[None], np.array([SIZE]))
    quotas = quotas._replace(cells=cells, proportion=np.where(quotas.fitted[:, None], quotas.proportion, mean))
    found = confidence.of_spot(probabilities(unfitted, quotas, world), cells)[:40]
    right = np.minimum(cells, truth).sum(axis=1)[:40] / SIZE
    assert found.mean() == pytest.approx(right.mean(), abs=0.06)


def test_a_cell_in_the_place_of_a_type_without_cells_is_wrong(world):
    spots, truth = world[3](world[2])
    fit = resolved(spots, world)
    proportion, placeable = available_proportions(fit.proportion, fit.types, np.array([0, 1, 2]), fit.filled)
    cells = largest_remainder(proportion, truth.sum(axis=1))
    quotas = fit._replace(proportion=proportion, placeable=placeable, cells=cells)
    found = confidence.of_spot(probabilities(spots, quotas, world), cells)
    right = np.minimum(cells, truth).sum(axis=1) / SIZE
    assert right.mean() < 0.8
    assert found.mean() == pytest.approx(right.mean(), abs=0.06)
    assert np.corrcoef(found, right)[0, 1] > 0.8


def test_features_rise_with_certainty_and_stand_for_placed_types_alone():
    proportion, cells = np.array([[0.5, 0.5, 0.0]] * 2), np.array([[5, 5, 0]] * 2)
    found = confidence.features(proportion, np.array([[0.02] * 3, [0.2] * 3]), cells)
    assert found.shape == (4, 4)
    assert (found[:2, :2] > found[2:, :2]).all()


def test_what_is_learned_is_the_frequency_over_all_draws():
    rng = np.random.default_rng(0)
    feature, draw = rng.standard_normal((6000, 1)), rng.integers(0, 4, 6000)
    true = 1 / (1 + np.exp(-(feature[:, 0] + np.array([-1.5, 0, 0.5, 1])[draw])))
    right = rng.binomial(3, true)
    learned = confidence.Learned(feature, np.zeros(6000, dtype=int), draw, np.full(6000, 3), right, carried=1)
    low, high = (learned.probability(np.array([[x]]), np.array([0]))[0] for x in (-1.0, 1.0))
    near = np.abs(feature[:, 0] - 1) < 0.2
    assert high == pytest.approx(right[near].mean() / 3, abs=0.03)
    assert low < high - 0.3


def test_where_every_cell_is_right_the_probability_is_one():
    none, ones = np.zeros(5, int), np.ones(5, int)
    learned = confidence.Learned(np.ones((5, 2)), none, none, ones, ones, carried=0.5)
    np.testing.assert_array_equal(learned.probability(np.zeros((3, 2)), np.array([0, 0, 7])), 1)


def test_probabilities_of_another_platform_are_drawn_towards_the_mean():
    rng = np.random.default_rng(0)
    feature, none, cells = rng.standard_normal((900, 1)), np.zeros(900, dtype=int), np.full(900, 3)
    right = rng.binomial(3, 1 / (1 + np.exp(-feature[:, 0])))
    far = np.array([[-4.0], [0.0], [4.0]])
    full, half, none_carried = (
        confidence.Learned(feature, none, none, cells, right, carried=part).probability(far, none[:3])
        for part in (1, 0.5, 0)
    )
    mean = right.sum() / cells.sum()
    np.testing.assert_allclose(half, (full + mean) / 2)
    np.testing.assert_allclose(none_carried, mean)
    assert full[0] < 0.1 and full[2] > 0.9


def test_less_carries_over_the_more_the_platforms_differ():
    assert confidence.carried(0.0) == 1
    assert confidence.carried(confidence.HALF_CARRIED) == pytest.approx(0.5)
    assert confidence.carried(0.2) == pytest.approx(0.96, abs=0.005)  # as docs/usage.md says
    assert confidence.carried(1.5) < 0.5


def test_halves_share_no_cell_but_that_of_a_type_with_one(world):
    reference, *_ = world
    few = reference[np.r_[0:60, 60, 120:180]].copy()  # of type B one cell
    profile = reference_profile(few, NAMES)
    half = simulated_spots.halves(few, profile, None, np.random.default_rng(0))
    assert half.profile.types == profile.types
    assert np.bincount(half.codes).tolist() == [30, 1, 30]
    total = np.asarray(few.layers["counts"].sum(axis=0)).ravel()
    known = np.expm1(few[few.obs["cell_type"] == "B"].X.toarray())[0]
    centre = half.profile.means.mean(
        axis=0
    )  # its means are steadied: nothing of them is further from the others' means
    assert np.corrcoef(half.profile.means[1] - centre, known - centre)[0, 1] > 0.7
    assert half.values.sum() < total.sum()


def test_the_users_mrna_content_scales_the_cells(world):
    reference, *_ = world
    plain, scaled = (
        simulated_spots.halves(
            reference, reference_profile(reference, NAMES, mrna_content=content), content, np.random.default_rng(0)
        )
        for content in (None, {"A": 10.0, "B": 1.0, "C": 1.0, "D": 1.0})
    )
    sums = [np.bincount(half.codes, np.asarray(half.values.sum(axis=1)).ravel()) for half in (plain, scaled)]
    ratio = (sums[1] / sums[1][1]) / (sums[0] / sums[0][1])
    content = reference_profile(reference, NAMES).mrna_content
    assert ratio[0] == pytest.approx(10 * content[1] / content[0], rel=1e-6)


def test_the_platform_is_the_ratio_of_section_and_fit(world):
    _, profile, rates, section = world
    factor = np.where(np.arange(GENES) % 4 == 0, 4.0, 1.0)
    spots, cells = section(rates * factor)
    quotas = resolved(spots, world)
    rna = cells * profile.mrna_content
    exact = quotas._replace(rna_fraction=rna / rna.sum(axis=1, keepdims=True))
    found = simulated_spots.platform(spots, profile, exact)
    known = profile.means.mean(axis=0) > 20
    off = found.log_ratio - np.log(factor)
    assert np.std(off[known]) < 0.15
    same, _ = section(rates)
    assert found.spread > 2 * simulated_spots.platform(same, profile, resolved(same, world)).spread


def test_spots_without_a_nucleus_are_no_difference_between_platforms(world):
    _, profile, rates, section = world
    spots, _ = section(rates)
    whole = resolved(spots, world)
    other = spots.copy()
    other.X = sp.csr_matrix(np.vstack([spots.X[:60].toarray(), np.tile(np.log1p(profile.means[0]), (60, 1))]))
    with_cells = np.arange(120) < 60
    rna = np.where(with_cells[:, None], whole.rna_fraction, 0)
    found = simulated_spots.platform(other, profile, whole._replace(filled=with_cells, rna_fraction=rna))
    alone = whole._replace(filled=with_cells[:60], rna_fraction=whole.rna_fraction[:60])
    assert found.spread == pytest.approx(simulated_spots.platform(spots[:60], profile, alone).spread, rel=0.01)


def test_without_spread_types_keep_their_genes(world):
    platform = simulated_spots.Platform(np.linspace(-1, 1, GENES), 0.0)
    found = simulated_spots.factors(world[1], platform, np.random.default_rng(0))
    np.testing.assert_allclose(found, np.tile(np.exp(platform.log_ratio), (TYPES, 1)))


def test_simulated_spots_are_like_those_of_the_section(world):
    reference, profile, rates, section = world
    spots, _ = section(rates)
    quotas = resolved(spots, world)
    rng = np.random.default_rng(0)
    half = simulated_spots.halves(reference, profile, None, rng)
    drawn = simulated_spots.draw(spots, quotas, half, simulated_spots.platform(spots, profile, quotas), 100, rng)
    assert (drawn.cells.sum(axis=1) == SIZE).all()
    np.testing.assert_allclose(drawn.cells.mean(axis=0) / SIZE, quotas.proportion.mean(axis=0), atol=0.06)
    deep = [np.asarray(one.layers["counts"].sum(axis=1)).mean() for one in (drawn.spots, spots)]
    assert deep[0] == pytest.approx(deep[1], rel=0.05)


def test_probabilities_agree_with_the_truth_and_repeat(world):
    spots, cells = world[3](world[2])
    quotas = resolved(spots, world)
    found = probabilities(spots, quotas, world)
    np.testing.assert_array_equal(found, probabilities(spots, quotas, world))
    placed = quotas.cells > 0
    assert (found[~placed] == 0).all()
    right = np.minimum(quotas.cells, cells)
    assert (found * quotas.cells).sum() / quotas.cells.sum() == pytest.approx(
        right.sum() / quotas.cells.sum(), abs=0.05
    )
    error = 1 - right.sum(axis=1) / SIZE
    assert np.corrcoef(confidence.of_spot(found, quotas.cells), error)[0, 1] < -0.3


def test_another_platform_lowers_the_probabilities_and_is_named(world, caplog):
    rng = np.random.default_rng(3)
    own, _ = world[3](world[2])
    other, _ = world[3](world[2] * np.exp(rng.standard_normal(GENES)))
    means = [
        (probabilities(spots, quotas, world) * quotas.cells).sum() / quotas.cells.sum()
        for spots in (own, other)
        for quotas in [resolved(spots, world)]
    ]
    assert means[1] < means[0] - 0.03
    assert [record.remark.code for record in caplog.records if hasattr(record, "remark")] == ["foreign_platform"]


def test_sections_without_counts_or_of_few_spots_have_probabilities(world):
    spots, _ = world[3](world[2], spots=6)
    del spots.layers["counts"]
    quotas = resolved(spots, world)
    found = probabilities(spots, quotas, world)
    placed = quotas.cells > 0
    assert ((found[placed] > 0) & (found[placed] <= 1)).all()
    assert (probabilities(spots, quotas, world, method="log_nnls")[placed] > 0).all()


def test_no_cell_has_no_probability(world):
    spots, _ = world[3](world[2], spots=4)
    quotas = resolved(spots, world)
    none = quotas._replace(cells=np.zeros_like(quotas.cells), filled=np.zeros(4, dtype=bool))
    assert not probabilities(spots, none, world).any()


def test_the_report_says_how_many_cells_are_right_and_when_not_to_believe_it():
    spots = pd.DataFrame({"spot": ["a", "a", "b", "c"], "n_cells": [3, 1, 6, 0], "confidence": [0.9, 0.9, 0.4, np.nan]})
    verdict = pd.DataFrame({"input": ["bulk", "section"], "cell_type": "", "verdict": [POOR, GOOD]})
    said = chapter_notes.confidence(spots, verdict)
    assert said.startswith(
        "Of the placed cells, 60% are expected to be of a type that their spot holds. In 1 of 2 spots"
    )
    poor = chapter_notes.confidence(spots, verdict.assign(verdict=[GOOD, POOR]))
    assert poor.startswith("The verdict on this section is poor: do not rely on this chapter.")
    assert chapter_notes.confidence(None, verdict) == ""


def test_the_page_names_the_groups_that_are_worse_than_before():
    group = {"role": ["judging", "tuning"], "cells": "two laboratories", "depth": "deep"}
    table = pd.DataFrame(group | {"ECE before": [0.084, 0.2], "ECE": [0.163, 0.1]})
    assert page.worse(table) == "two laboratories, deep, judging: 0.163 (`fit`: 0.084)"
    assert page.worse(table[1:]) == "none"
