"""Floors of the mapping onto imaged cells: genes that were not measured and types, above the published way.

`benchmarks/images.py` prints the same figures, and those of more sets.
"""

import pytest
from images import CASES, SECTION, SEEDS, halves, judge, left_out, shared_columns

FIGURES = ["mean PCC", "median PCC", "accuracy"]


@pytest.mark.parametrize("case", CASES)
def test_default_beats_the_published_way_in_every_seed(data, case):
    for seed in SEEDS:
        task = halves(data / f"{SECTION}.h5ad", seed, case)
        ours, published = (judge([task], way, seed) for way in ("default", "published"))
        print(case, seed, *(f"{name} {ours[name]:.3f} {published[name]:.3f}" for name in FIGURES))
        for name in FIGURES:
            assert ours[name] > published[name], (seed, name)


def test_neighbours_say_more_than_shuffled_ones(data):
    task = halves(data / f"{SECTION}.h5ad", 0, "halves")
    ours, shuffled = (judge([task], way, 0) for way in ("default", "shuffled neighbours"))
    assert ours["mean PCC"] > shuffled["mean PCC"] + 0.1


def test_default_beats_the_published_way_on_another_laboratorys_section(data):
    pair = shared_columns(data)
    for seed in list(SEEDS)[:2]:
        ours, published = (judge(list(left_out(*pair, seed)), way, seed) for way in ("default", "published"))
        print(seed, *(f"{name} {ours[name]:.3f} {published[name]:.3f}" for name in FIGURES[:2]))
        assert ours["mean PCC"] > published["mean PCC"] + 0.05
        assert ours["median PCC"] > published["median PCC"] + 0.05
