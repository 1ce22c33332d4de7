"""Floors of the mapping onto imaged cells: genes that were not measured and types, above the published way.

`make bench-images` measures the same on more sets.
"""

import pytest
from bench.cases.imaged import (
    CASES,
    DEFAULT,
    DRAWN,
    FEWEST_SEEDS,
    PUBLISHED,
    SHUFFLED,
    SINGLE,
    halves,
    held_out_genes,
    shared_columns,
)
from bench.cases.imaged_generated import through_generator
from bench.judges.images import METRICS, judge
from bench.page.images import NEAR
from bench.rivals.mappers import predictions


def judged(tasks, seed):
    found = [predictions(task, seed) for task in tasks]
    return {name: judge(tasks, [one[name] for one in found]) for name in found[0]}


FIRST, *OTHERS = CASES


@pytest.mark.parametrize("case", [FIRST, *(pytest.param(case, marks=pytest.mark.slow) for case in OTHERS)])
def test_default_beats_the_published_way_and_is_near_the_best_mapper(data, case):
    for seed in FEWEST_SEEDS:
        found = judged([halves(data, seed, case)], seed)
        print(case, seed, {name: round(one["mean PCC"], 3) for name, one in found.items()})
        for name in METRICS:
            assert found[DEFAULT][name] > found[PUBLISHED][name], (seed, name)
        assert found[DEFAULT]["mean PCC"] > max(found[name]["mean PCC"] for name in SINGLE) - NEAR
        assert found[DEFAULT]["mean PCC"] > found[SHUFFLED]["mean PCC"] + 0.08


def test_expected_expression_predicts_better_than_drawn_counts(data):
    found = judged(through_generator([halves(data, 0, "halves")], 0), 0)
    print({name: round(one["mean PCC"], 3) for name, one in found.items()})
    assert found[DEFAULT]["mean PCC"] > found[DRAWN]["mean PCC"] + 0.01
    assert found[DEFAULT]["mean PCC"] > found[PUBLISHED]["mean PCC"] + 0.05


@pytest.mark.slow
def test_default_beats_every_mapper_on_another_laboratorys_section(data):
    found = judged(list(held_out_genes(*shared_columns(data), 0)), 0)
    print({name: round(one["mean PCC"], 3) for name, one in found.items()})
    for name in METRICS[:2]:
        assert found[DEFAULT][name] > found[PUBLISHED][name] + 0.05
    assert found[DEFAULT]["mean PCC"] > max(found[name]["mean PCC"] for name in SINGLE)
