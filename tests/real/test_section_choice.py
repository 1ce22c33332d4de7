"""What a section decides: composition of the olfactory bulb, and of sections without counts, by left-out genes."""

import pandas as pd
import pytest
from bench.cases import real_sections
from bench.commands import grid_sections
from bench.commands.section_choice import Resolved, of_bulb, of_composition
from bench.judges.sections import home_layers
from bench.runner.start import script
from bulk2space.composition.composition_file import read_fitted
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.tables import MARKERS


def test_types_of_the_bulb_are_found_in_their_home_layers(data, tmp_path):
    region = real_sections.bulb(data, tmp_path)
    script("rank_markers", tmp_path, reference="reference.h5ad", output="markers.csv")
    inputs = {"reference": "reference.h5ad", "section": "section.h5ad", "bulk": "bulk.h5ad", "markers": "markers.csv"}
    script("fit_spots", tmp_path, **inputs, cells_per_spot=10, sample="bulb", seed=0, output="composition.h5ad")
    fitted = read_fitted(tmp_path / "composition.h5ad")
    assert home_layers(pd.DataFrame(fitted.fit.proportion, fitted.spots, fitted.types), region) >= 0.918


@pytest.mark.slow
def test_the_bulb_finds_its_layers_better_by_its_own_choice_than_in_the_standard_way(data, tmp_path):
    found = pd.DataFrame(of_bulb(data, tmp_path)).set_index("what")
    print("\n" + found.round(3).to_string())
    assert found.loc["choice", "continuous"] >= 0.918
    assert found.loc["choice", "placed"] >= 0.895
    assert found.loc["choice", "placed"] > found.loc["standard", "placed"]
    assert found.loc["choice", "continuous"] > found.loc["marker z-scores", "continuous"] + 0.03


@pytest.mark.slow
def test_sections_without_counts_are_no_worse_than_the_published_fit(data, tmp_path, monkeypatch):
    monkeypatch.setattr(grid_sections, "SETS", {"panc8": grid_sections.SETS["panc8"]})
    found = []
    for case in grid_sections.written(data, tmp_path, judge=False):
        made = Resolved(read_h5ad(case.spots), read_h5ad(case.reference), MARKERS.read(case.markers))
        found.append(case.name | of_composition(made, case, tmp_path))
    table = pd.DataFrame(found).set_index(["recipe", "spots"])
    print("\n" + table.drop(columns=["role", "set"]).round(3).to_string())
    assert (table["choice"] > table["log_nnls"] - 0.005).all()
    assert table.loc[("dirichlet", 500), "choice"] > 0.93
    assert table.loc[("random", 500), "chosen"].endswith("log_values")
