"""The section decides who chooses the cells of a type: by genes that the scores do not see."""

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.numerics.scaling import log_normalize
from bulk2space.spots import scorer_choice
from bulk2space.spots.assign import Placement
from bulk2space.spots.marker_space import Sides, marker_expression
from bulk2space.spots.scorers import Cosine
from bulk2space.spots.settings import Settings
from bulk2space.spots.unseen_genes import GROUPS, Judge, Whole, divided, mean_and_error

MARKERS, OTHERS, CELLS, SPOTS, SIZE = 60, 200, 120, 80, 4
NAMES = [f"m{gene}" for gene in range(MARKERS)] + [f"o{gene}" for gene in range(OTHERS)]


def table(counts):
    made = ad.AnnData(log_normalize(sp.csr_matrix(counts.astype(np.float32))), var=pd.DataFrame(index=NAMES))
    made.layers["counts"] = sp.csr_matrix(counts)
    return made


def both(state, rng, *, in_others=True):
    """Return cells of two types, each in one of two states, and spots of further cells that share a state.

    Without ``in_others``, a state changes the markers alone.
    """
    types, states = np.repeat([0, 1], CELLS // 2), np.tile([0, 1], CELLS // 2)
    base, programs = rng.gamma(1, 3, (2, len(NAMES))), np.exp(state * rng.standard_normal((2, len(NAMES))))
    programs[:, MARKERS:] **= in_others
    of_spots = programs[np.arange(SPOTS) % 2] * base.sum(axis=0) * SIZE / 2
    cells, spots = table(rng.poisson(base[types] * programs[states])), table(rng.poisson(of_spots))
    markers = NAMES[:MARKERS]
    sides = Sides(
        marker_expression(cells, NAMES, markers, counts=True)._replace(types=types),
        marker_expression(spots, NAMES, markers, counts=True), counts=True,
    )  # fmt: skip
    return sides, Whole(cells, spots, np.arange(SPOTS), NAMES, markers), np.tile([2, 2], (SPOTS, 1))


def chosen(state, monkeypatch, **how):
    """Let a section choose: cosine similarity takes the place of the forest, which takes seconds."""
    monkeypatch.setattr(scorer_choice, "TRIED", ("cosine",))
    monkeypatch.setattr(scorer_choice, "FOREST", "cosine")
    rng = np.random.default_rng(3)
    settings = Settings(sample="s", seed=0, composition="section", scorer="auto", max_cell_reuse=20, threads=1)
    return scorer_choice.choose(*both(state, rng, **how), settings, rng)


def test_a_scorer_that_finds_states_is_taken(monkeypatch):
    name, gains = chosen(0.8, monkeypatch)
    assert name == "cosine"
    assert gains["cosine"] > 0.02


def remark_of(caplog):
    (remark,) = [record.remark for record in caplog.records if hasattr(record, "remark")]
    return remark


def test_where_the_genes_cannot_tell_the_forest_stays_and_the_remark_says_so(monkeypatch, caplog):
    with caplog.at_level("INFO"):
        name, gains = chosen(0.8, monkeypatch, in_others=False)
    assert name == "cosine"
    assert abs(gains["cosine"]) < 0.02
    assert remark_of(caplog).code == "cells_of_a_type_uncertain"
    assert remark_of(caplog).figures["gains"] == gains


def test_a_gain_within_the_noise_is_uncertain(monkeypatch, caplog):
    monkeypatch.setattr(scorer_choice, "NOISE", 1e9)
    with caplog.at_level("INFO"):
        name, gains = chosen(0.8, monkeypatch)
    assert name == "cosine"
    assert gains["cosine"] > 0.02
    assert remark_of(caplog).code == "cells_of_a_type_uncertain"


def test_without_states_no_cell_is_better_than_a_random_one(monkeypatch, caplog):
    with caplog.at_level("INFO"):
        _, gains = chosen(0.0, monkeypatch)
    assert abs(gains["cosine"]) < 0.02
    assert remark_of(caplog).code == "cells_of_a_type_uncertain"


class Worst(Cosine):
    """Prefers the cells that are least like a spot."""

    def score(self, spots, cells, pairs):
        return 1 - super().score(spots, cells, pairs)


def test_a_forest_that_is_clearly_worse_than_chance_steps_aside_and_the_remark_says_so(monkeypatch, caplog):
    monkeypatch.setitem(scorer_choice.SCORERS, "cosine", Worst)
    with caplog.at_level("INFO"):
        name, gains = chosen(0.8, monkeypatch)
    assert name == "random"
    assert gains["cosine"] < -0.02
    assert "drawn at random" in caplog.text
    assert remark_of(caplog).code == "random_cells_of_a_type"
    assert remark_of(caplog).figures["gains"] == gains


def test_all_other_genes_judge_and_all_markers_score():
    rng = np.random.default_rng(0)
    scoring, judging = divided(both(0, rng)[1], rng)
    assert list(scoring) == list(range(MARKERS))
    assert sorted(judging) == sorted(NAMES[MARKERS:])


def test_half_of_the_markers_judge_where_a_panel_has_hardly_other_genes():
    rng = np.random.default_rng(0)
    whole = both(0, rng)[1]._replace(shared=NAMES[: MARKERS + 10])
    scoring, judging = divided(whole, rng)
    assert len(scoring) == MARKERS // 2
    assert set(judging) == set(whole.shared) - {NAMES[place] for place in scoring}


def test_the_judge_compares_the_sum_of_placed_cells_with_the_spot_in_the_genes_that_judge():
    rng = np.random.default_rng(0)
    _, whole, _ = both(0.5, rng)
    judging = np.array(NAMES[MARKERS:])
    judge = Judge(whole, np.array([3, 5]), judging, counts=True)
    found = judge.fit(Placement(np.array([0, 0, 1]), np.array([7, 9, 7]), np.zeros(3)))
    assert found.shape == (1 + GROUPS, 2)
    cells, spots = (part.layers["counts"].toarray() for part in (whole.cells, whole.section))

    def logs(counts):
        return np.log1p(1e4 * counts[MARKERS:] / counts.sum())

    assert found[0, 0] == pytest.approx(np.corrcoef(logs(cells[[7, 9]].sum(axis=0)), logs(spots[3]))[0, 1], abs=1e-4)
    kept = np.arange(OTHERS) % GROUPS != 2
    without = np.corrcoef(logs(cells[7])[kept], logs(spots[5])[kept])[0, 1]
    assert found[3, 1] == pytest.approx(without, abs=1e-4)


def test_a_gain_that_rests_on_one_group_of_genes_has_a_large_error():
    steady = np.tile(0.02, (1 + GROUPS, SPOTS))
    resting = steady.copy()
    resting[1] = 0.0
    assert mean_and_error(steady) == pytest.approx((0.02, 0.0), abs=1e-12)
    gain, error = mean_and_error(resting)
    assert gain == pytest.approx(0.02)
    assert error == pytest.approx(0.02 * (GROUPS - 1) / GROUPS)


def test_the_error_of_independent_spots_falls_with_their_number():
    rng = np.random.default_rng(0)
    few, many = (np.tile(rng.standard_normal(number), (1 + GROUPS, 1)) for number in (100, 10_000))
    assert mean_and_error(few)[1] == pytest.approx(0.1, rel=0.2)
    assert mean_and_error(many)[1] == pytest.approx(0.01, rel=0.1)
