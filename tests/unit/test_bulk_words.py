"""The chapter on what the bulk changed: its sentences, its table, and the genes whose states it moved."""

import dataclasses

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract import tables
from bulk2space.contract.colours import palette
from bulk2space.report import bulk_and_section, bulk_words, calibrated_states, headline
from bulk2space.report.sample import Sample, read_rows, read_section
from simulated_sample import write_sample

TRIED = {"tried": True, "used": False, "error": 0.97, "reason": "the error was 0.970 times as large", "n_genes": 30}


def effective(**proportions: float) -> pd.DataFrame:
    return pd.DataFrame({"cell_type": list(proportions), "share": list(proportions.values())})


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    folder = tmp_path_factory.mktemp("samples")
    return {kind: write_sample(folder / str(kind), platform=kind) for kind in ("spot", "image", None)}


def sample(folders, platform, **calibration) -> Sample:
    folder = folders[platform]
    cells = ad.read_h5ad(folder / "cells.h5ad")
    if calibration:
        cells.uns["calibration"] = calibration
    section = None
    if platform:
        spots = folder / "spots.csv" if platform == "spot" else None
        section = read_section(folder / "section.h5ad", folder / "spatial.h5ad", spots, None, "one")
    return Sample(
        name="one",
        colours=palette("ABC"),
        reference_name="reference",
        reference=ad.read_h5ad(folder / "reference.h5ad"),
        markers=tables.MARKERS.read(folder / "markers.csv"),
        training=tables.TRAINING.read(folder / "training.csv"),
        proportions=read_rows(tables.PROPORTIONS, folder / "proportions.csv", "one"),
        cells=cells,
        verdict=tables.VERDICT.read(folder / "verdict.csv"),
        section=section,
    )


def used(folders, platform=None, **shares) -> Sample:
    cells = ad.read_h5ad(folders[platform] / "reference.h5ad").obs_names.to_numpy(dtype=str)
    weights = pd.DataFrame({"cell": cells, "weight": np.linspace(0.2, 1.8, len(cells), dtype=np.float32)})
    found = {"tried": True, "used": True, "error": 0.8, "reason": "", "n_genes": 30, "weights": weights}
    return sample(folders, platform, **found, effective_cells=effective(**shares))


def test_a_bulk_that_was_used_names_the_types_whose_cells_it_chose(folders):
    shares = {f"K{i}": 0.5 + i / 20 for i in range(6)} | {"T/NK": 0.1, "all": 1.0}
    words = bulk_words.of_sample(used(folders, **shares))
    assert words.startswith("The bulk was used: ")
    assert "0.800 times the error with equal weights" in words
    assert words.endswith("effectively used is: T/NK 0.10, K0 0.50, K1 0.55, K2 0.60, K3 0.65 and 2 more types.")
    assert "effectively" not in bulk_words.of_sample(used(folders, A=1.0))


def test_a_bulk_that_was_not_used_says_why(folders):
    tried = sample(folders, None, **TRIED, effective_cells=effective(A=1.0))
    assert "not used to choose the states of the cells: the error was 0.970 times" in bulk_words.of_sample(tried)
    assert headline.values(tried, answer="good", n_warnings=0)["bulk_error"] == 0.97
    untried = sample(folders, None, **TRIED | {"tried": False, "error": np.nan}, effective_cells=effective(A=1.0))
    assert headline.values(untried, answer="good", n_warnings=0)["bulk_error"] is None
    assert headline.values(untried, answer="good", n_warnings=0)["bulk_used"] == '"numbers"'
    off = sample(folders, None)
    assert "calibration was turned off (--calibrate false)" in bulk_words.of_sample(off)
    assert "bulk_used" not in headline.values(off, answer="good", n_warnings=0)


def test_names_with_new_lines_are_one_line_of_the_summary(folders):
    given = sample(folders, None)
    types = given.proportions["cell_type"]
    named = dataclasses.replace(
        given, condition="a\tb\nc", proportions=given.proportions.assign(cell_type="x\n" + types.astype(str))
    )
    line = headline.values(named, answer="good", n_warnings=0)
    assert line["condition"] == '"a b c"'
    assert line["types"].startswith('"x ')
    assert not set("\n\t") & set(line["types"])


def test_names_that_look_like_numbers_or_tags_stay_text_in_the_summary(folders):
    given = sample(folders, None)
    types = given.proportions.assign(cell_type="T cell, CD4+")
    named = dataclasses.replace(given, condition="001", proportions=types)
    line = headline.values(named, answer="good", n_warnings=0)
    assert line["condition"] == '"001"'  # in quotes MultiQC shows 001, without them 1
    assert line["types"].startswith('"T cell&#44; CD4+ ')  # MultiQC shows a space for a comma
    tagged = dataclasses.replace(given, condition="<low")
    assert headline.values(tagged, answer="good", n_warnings=0)["condition"] == '"&lt;low"'


@pytest.mark.parametrize(
    ("whose", "words"),
    [
        ("section", "The bulk had no say in the composition of the section (--composition section)."),
        ("both", "The composition of the section was moved as far as the intervals of the bulk ask for: 20.0% of its"),
        ("bulk", "The composition of the section was moved to the proportions of the bulk: 20.0% of its cells"),
    ],
)
def test_what_happened_to_the_composition_is_said(folders, whose, words):
    made = sample(folders, "spot")
    spots = made.section.spots
    size = spots.groupby("spot")["n_cells"].transform("sum")
    own = (spots["proportion"] * size).groupby(spots["cell_type"]).sum() / spots["n_cells"].sum()
    assert own.sum() == pytest.approx(1)
    moved = own + np.array([0.2, -0.2, 0.0])
    made.section.placed.uns["bulk2space"] = {"composition": whose}
    of_section = pd.DataFrame({"cell_type": own.index, "proportion": moved.to_numpy()})
    made.section.placed.uns["bulk_and_section"] = {"distance": 0.1, "of_section": of_section}
    assert words in bulk_words.of_sample(made)
    of_section["proportion"] = own.to_numpy()
    left = "agrees with the bulk and was left as it is" in bulk_words.of_sample(made)
    assert left == (whose != "section")


def test_the_table_has_the_columns_that_the_sample_has(folders):
    columns = {kind: list(bulk_and_section.table(sample(folders, kind))) for kind in folders}
    bulk = ["cell_type", "reference", "bulk", "bulk_low", "bulk_high"]
    section = ["section", "section_low", "section_high"]
    assert columns == {None: [*bulk, "generated"], "image": [*bulk, *section], "spot": [*bulk, *section, "placed"]}
    table = bulk_and_section.table(sample(folders, "spot")).set_index("cell_type")
    np.testing.assert_allclose(table[["reference", "bulk", "section", "placed"]].sum(), 1)
    assert (table["section_low"] <= table["section"]).all()
    assert (table["section_high"] >= table["section"]).all()
    shown = bulk_and_section.as_html(table.reset_index())
    assert shown.count("<tr>") == 4
    assert "Section (95 % interval)" in shown


def test_genes_that_the_weights_move_most_come_first(folders):
    reference = ad.read_h5ad(folders[None] / "reference.h5ad")
    of_type = (reference.obs["cell_type"] == "B").to_numpy()
    weights = pd.Series(1.0, index=reference.obs_names)
    some = np.flatnonzero(of_type)[:10]
    values = reference.X.toarray()
    values[some, 7] = np.log1p(3000)  # ten of forty cells are in a state
    reference.X = sp.csr_matrix(values)
    weights.iloc[some] = 2.5
    weights.iloc[np.flatnonzero(of_type)[10:]] = 0.5
    table = calibrated_states.changes(reference, weights, "B")
    assert table["gene"][0] == "G7"
    values = np.expm1(reference.X[of_type][:, [7]].toarray()[:, 0])
    assert table["before"][0] == pytest.approx(values.mean(), rel=1e-5)
    assert table["after"][0] == pytest.approx((values[:10].sum() * 2.5 + values[10:].sum() * 0.5) / 40, rel=1e-5)
    assert (table["log2_change"].abs().diff().dropna() <= 0).all()


def test_states_are_drawn_only_where_the_bulk_chose_them(folders):
    assert calibrated_states.draw(sample(folders, None)) is None
    assert calibrated_states.draw(used(folders, A=1.0)) is None
    drawn = calibrated_states.draw(used(folders, A=0.6, B=0.9, C=1.0))
    assert list(dict.fromkeys(drawn.table["cell_type"])) == ["A", "B"]
    assert [axes.get_title() for axes in drawn.figure.axes] == [
        "A\n60% of its cells effectively used",
        "B\n90% of its cells effectively used",
    ]
