"""Floors of the mapping onto imaged cells: genes that were not measured and types, above the published way.

`make bench-images` measures the same on more sets.
"""

import pytest
from bench.cases.imaged import CASES, SEEDS, halves, held_out_genes, shared_columns
from bench.judges.images import METRICS, judge
from bench.rivals.mappers import MAPPERS


@pytest.mark.parametrize("case", CASES)
def test_default_beats_the_published_way_in_every_seed(data, case):
    for seed in SEEDS:
        task = halves(data, seed, case)
        ours, published = (judge([task], MAPPERS[name], seed) for name in ("default", "published"))
        print(case, seed, *(f"{name} {ours[name]:.3f} {published[name]:.3f}" for name in METRICS))
        for name in METRICS:
            assert ours[name] > published[name], (seed, name)


def test_neighbours_say_more_than_shuffled_ones(data):
    task = halves(data, 0, "halves")
    ours, shuffled = (judge([task], MAPPERS[name], 0) for name in ("default", "shuffled neighbours"))
    assert ours["mean PCC"] > shuffled["mean PCC"] + 0.1


def test_default_beats_the_published_way_on_another_laboratorys_section(data):
    pair = shared_columns(data)
    for seed in list(SEEDS)[:2]:
        ours, published = (
            judge(list(held_out_genes(*pair, seed)), MAPPERS[name], seed) for name in ("default", "published")
        )
        print(seed, *(f"{name} {ours[name]:.3f} {published[name]:.3f}" for name in METRICS[:2]))
        assert ours["mean PCC"] > published["mean PCC"] + 0.05
        assert ours["median PCC"] > published["median PCC"] + 0.05
