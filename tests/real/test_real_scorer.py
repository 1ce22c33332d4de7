"""Cells of a type are chosen where that makes real spots more alike on genes left out, and drawn where it does not."""

import pytest
from bench.cases import known_spots
from bench.commands.confidence import ranked
from bench.commands.section_choice import Resolved, of_cells


@pytest.mark.parametrize(
    ("reference", "held_out", "least"), [("sc_mob_tepe", "sc_mob_tepe", 0.01), ("indrop", "celseq2", 0.0)]
)
def test_placed_cells_are_no_worse_than_random_cells(data, reference, held_out, least):
    source = known_spots.source(data, reference, held_out)
    _, section, _ = next(known_spots.simulated(source.held_out))
    found = of_cells(Resolved(section, source.reference, ranked(source.reference)))
    print("\n", found)
    assert found["choice"] >= least
