"""Floors of the intervals of proportions on real bulks: blood counted by FACS, mixtures of RNA, few reference cells.

`make bench-trust` prints the same figures for more cases.
"""

import itertools

import numpy as np
import pytest
from bench.cases import known_bulks
from bench.judges.intervals import judged, ranked
from bench.rivals.estimators import ESTIMATORS

SAMPLES, FITS = 6, 10


def intervals(case, ranking=None, samples=SAMPLES, fits=FITS):
    case = case._replace(bulk=case.bulk[:samples].copy(), truth=case.truth.iloc[:samples])
    ranking = ranked(case) if ranking is None else ranking
    found = judged(case, ranking, ESTIMATORS["negative_binomial"], most=samples, fits=fits)
    print(case.name, {name: round(value, 3) for name, value in found.items()})
    return found


def test_intervals_hold_proportions_that_were_counted(data):
    """The blood of donors, by a reference of another laboratory, in fine and in broad groups."""
    fine, broad = itertools.islice(known_bulks.sorted_blood(data), 2)
    ranking = ranked(fine)
    found = [intervals(case, ranking) for case in (fine, broad)]
    assert 0.85 <= np.mean([one["coverage"] for one in found]) <= 0.99
    assert max(one["width"] for one in found) < 0.5


def test_intervals_hold_the_designed_mixtures(data):
    found = intervals(next(known_bulks.mixed_lines(data)), samples=60, fits=50)
    assert 0.85 <= found["coverage"] <= 0.99
    assert found["width"] < 0.4


@pytest.mark.slow
def test_intervals_are_narrow_in_one_experiment_and_wider_for_a_type_of_few_cells(data):
    whole, few = (next(make(data)) for make in (known_bulks.halved, known_bulks.few_cells))
    name = few.truth.columns[0]
    ranking = ranked(whole)
    found = intervals(whole, ranking)
    assert found["coverage"] >= 0.85
    assert found["width"] < 0.2
    only = whole._replace(groups=few.groups, truth=whole.truth[[name]])
    of_few, of_many = intervals(few, samples=12, fits=100), intervals(only, ranking)
    assert of_few["coverage"] >= 0.8
    assert of_few["width"] > 1.3 * of_many["width"]
