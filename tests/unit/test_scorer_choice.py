"""The section decides who chooses the cells of a type: by marker genes that the scores do not see."""

import numpy as np
import scipy.sparse as sp
from bulk2space.spots import scorer_choice
from bulk2space.spots.marker_space import NO_TYPES, Expression, Sides
from bulk2space.spots.settings import Settings

GENES, CELLS, SPOTS, SIZE = 80, 120, 80, 4


def sides(state, rng):
    """Return cells of two types, each in one of two states, and spots whose cells share a state."""
    types, states = np.repeat([0, 1], CELLS // 2), np.tile([0, 1], CELLS // 2)
    base = rng.gamma(1, 3, (2, GENES))
    programs = np.exp(state * rng.standard_normal((2, GENES)))
    values = rng.poisson(base[types] * programs[states])
    members = np.array(
        [
            [rng.choice(np.flatnonzero((types == kind) & (states == spot % 2))) for kind in (0, 0, 1, 1)]
            for spot in range(SPOTS)
        ]
    )
    spots = rng.poisson(values[members].sum(axis=1))

    def expression(table, types):
        return Expression(sp.csr_matrix(table.astype(np.float32)), table.sum(axis=1).astype(float), types)

    return Sides(expression(values, types), expression(spots, NO_TYPES), counts=True), np.tile([2, 2], (SPOTS, 1))


def chosen(state, monkeypatch):
    monkeypatch.setattr(scorer_choice, "TRIED", ("cosine",))  # the forest takes seconds
    rng = np.random.default_rng(3)
    settings = Settings(
        sample="s", seed=0, markers_per_type=100, method="negative_binomial", composition="section", smoothing=None,
        cells_by="number", cells_per_spot=SIZE, scorer="auto", max_cell_reuse=20, spot_diameter=None, threads=1,
    )  # fmt: skip
    return scorer_choice.choose(*sides(state, rng), settings, rng)


def test_a_scorer_that_finds_states_is_taken(monkeypatch):
    name, gains = chosen(0.8, monkeypatch)
    assert name == "cosine"
    assert gains["cosine"] > 0.02


def test_a_scorer_no_better_than_chance_steps_aside_and_says_so(monkeypatch, caplog):
    monkeypatch.setattr(scorer_choice, "NOISE", 1e9)
    with caplog.at_level("INFO"):
        assert chosen(0.8, monkeypatch)[0] == "random"
    assert "drawn at random" in caplog.text
    (remark,) = [record.remark for record in caplog.records if hasattr(record, "remark")]
    assert remark.code == "random_cells_of_a_type"
    assert remark.figures["gains"]["cosine"] > 0.02


def test_without_states_gains_are_near_zero(monkeypatch):
    assert abs(chosen(0.0, monkeypatch)[1]["cosine"]) < 0.05
