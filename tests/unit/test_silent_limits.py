"""What limits the use of generated and placed cells is said: sources, places, markers that types share."""

import logging

import pandas as pd
from bulk2space.contract.remarks import NOTE, WARNING
from bulk2space.generator.sources import report_sources
from bulk2space.report import shared_markers
from bulk2space.spots.repeats import report_repeats


def said(caplog) -> dict:
    return {record.remark.code: record.remark for record in caplog.records if hasattr(record, "remark")}


def cells(**sources: tuple[int, int]) -> pd.DataFrame:
    """Return generated cells: of each type so many, from so many source cells in turn."""
    rows = [(kind, f"{kind}{n % of}") for kind, (number, of) in sources.items() for n in range(number)]
    return pd.DataFrame(rows, columns=["cell_type", "source_cell"])


def test_the_number_of_source_cells_is_noted(caplog):
    with caplog.at_level(logging.INFO):
        report_sources(cells(a=(1000, 400), b=(30, 3)))
    (found,) = said(caplog).values()
    assert (found.code, found.severity) == ("source_cells", NOTE)
    assert found.sentence == "1,030 generated cells start from 403 cells of the reference, at most 10 from one"
    assert found.figures == {"cells": 1030, "sources": 403, "most": 10}


def test_many_cells_from_few_sources_are_warned_of(caplog):
    with caplog.at_level(logging.INFO):
        report_sources(cells(a=(1000, 400), b=(60, 14), c=(900, 19), d=(900, 20), e=(49, 1)))
    found = said(caplog)["few_source_cells"]
    assert found.severity == WARNING
    assert ": c (900 from 19), b (60 from 14); they vary no more than these few" in found.sentence
    assert found.figures["types"] == {"c": 19, "b": 14}


def test_the_cells_behind_the_places_are_noted(caplog):
    placed = pd.DataFrame({"cell": list("xxxyyz"), "source_cell": list("pppppq")}).astype("category")
    placed["cell"] = placed["cell"].cat.add_categories(["never placed"])
    with caplog.at_level(logging.INFO):
        report_repeats(placed)
    (found,) = said(caplog).values()
    assert (found.code, found.severity) == ("cells_behind_places", NOTE)
    assert found.sentence == (
        "6 places hold 3 different generated cells from 2 cells of the reference; a cell takes 2.0 places on average, "
        "3 at most"
    )


def test_a_section_without_a_cell_says_nothing(caplog):
    report_repeats(pd.DataFrame({"cell": [], "source_cell": []}))
    assert said(caplog) == {}


def ranking(**genes: range) -> pd.DataFrame:
    """Return the markers of each type in this order, all with a positive score."""
    rows = [(kind, f"G{g}", n + 1, 9.0) for kind, own in genes.items() for n, g in enumerate(own)]
    return pd.DataFrame(rows, columns=["cell_type", "gene", "rank", "score"])


def test_types_that_share_markers_are_noted_and_warned_of_from_half_on():
    noted = shared_markers.remark(ranking(a=range(60), b=range(35, 95), c=range(200, 260)), "blood")
    assert (noted.code, noted.severity, noted.subject) == ("shared_markers", NOTE, "blood")
    assert "hard to tell apart: a and b (30%); their sum is more certain" in noted.sentence
    warned = shared_markers.remark(ranking(a=range(60), b=range(25, 85), c=range(200, 260)), "blood")
    assert warned.severity == WARNING
    assert warned.figures == {"pairs": [{"first": "a", "second": "b", "shared": 0.5}]}


def test_pairs_that_share_few_markers_or_none_that_are_real_are_not_named():
    assert shared_markers.remark(ranking(a=range(60), b=range(40, 100)), "blood") is None
    same = ranking(a=range(60), b=range(60))
    assert shared_markers.remark(same.assign(score=0.0), "blood") is None
    four = shared_markers.remark(ranking(**dict.fromkeys("abcd", range(50))), "blood")
    assert "a and b (100%), a and c (100%), a and d (100%), and 3 more pairs;" in four.sentence
