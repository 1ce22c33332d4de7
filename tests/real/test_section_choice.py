"""What a real section decides: composition of the olfactory bulb by genes left out of the fit."""

import pandas as pd
import pytest
from bench.commands.section_choice import of_bulb


@pytest.mark.slow
def test_the_bulb_finds_its_layers_better_by_its_own_choice_than_in_the_standard_way(data, tmp_path):
    found = pd.DataFrame(of_bulb(data, tmp_path)).set_index("what")
    print("\n" + found.round(3).to_string())
    assert found.loc["choice", "continuous"] >= 0.918
    assert found.loc["choice", "placed"] >= 0.895
    assert found.loc["choice", "placed"] > found.loc["standard", "placed"]
    assert found.loc["choice", "continuous"] > found.loc["marker z-scores", "continuous"] + 0.03
