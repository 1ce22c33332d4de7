"""Expected expression on a mouse olfactory bulb, judged by genes that were left out of every fit."""

import pytest
from bench.cases import left_out_genes
from bench.judges.expected import judged
from bench.page.places import EXPECTED, MEANS, SUM


@pytest.fixture(scope="module")
def found(data):
    (case,) = left_out_genes.real(data, judging=False)
    return {row["way"]: row for row in judged(case)}


def test_maps_of_left_out_genes_beat_proportions_times_means(found):
    over_spots = {way: row["over spots"] for way, row in found.items()}
    print(f"\n{over_spots}")
    assert over_spots[EXPECTED] > over_spots[MEANS] + 0.02
    assert over_spots[MEANS] > over_spots[SUM]


def test_levels_of_left_out_genes_are_no_worse(found):
    assert found[EXPECTED]["over genes"] >= found[MEANS]["over genes"] - 0.005
    assert found[EXPECTED]["over genes"] > 0.45
