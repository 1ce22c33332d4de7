import numpy as np
import pandas as pd
import pytest
from bulk2space.inputs import cell_labels
from logged import remarks, sentences


def test_labels_that_say_nothing_are_none():
    given = pd.Series(["T/NK", " NA ", None, "nan", "γδ T", 3, np.nan, "", "Null"])
    assert list(cell_labels.cell_types(given)) == ["T/NK", None, None, None, "γδ T", "3", None, None, None]


LABELS = np.array(["A"] * 6 + ["B"] * 3 + ["C"] * 2 + [None], dtype=object)


@pytest.mark.parametrize(
    ("fewest", "action", "labels", "outcome"),
    [
        (5, "drop", ["A"] * 6 + [None] * 6, "left out"),
        (5, "merge", ["A"] * 6 + ["other"] * 5 + [None], "merged into 'other'"),
        (6, "merge", ["A"] * 6 + [None] * 6, "left out, being too few even together"),
    ],
)
def test_small_types_are_left_out_or_merged_and_said(fewest, action, labels, outcome, caplog):
    assert list(cell_labels.large_types(LABELS, "r.h5ad", fewest=fewest, action=action)) == labels
    assert sentences(caplog) == [
        f"r.h5ad: 2 types have fewer than {fewest} cells: B (3), C (2); they are {outcome} "
        f"(--min_cells, --min_cells_action)"
    ]
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity) == ("small_types", "warning")
    assert remark.figures == {"types": {"B": 3, "C": 2}, "merged": "other" in labels}


def test_large_types_stay_without_a_remark(caplog):
    assert cell_labels.large_types(LABELS, "r.h5ad", fewest=2, action="drop") is LABELS
    assert remarks(caplog) == []


def test_libraries_are_text():
    assert list(cell_labels.libraries(pd.Series(["1", "2", "1"]), "plate", "r.h5ad")) == ["1", "2", "1"]


@pytest.mark.parametrize(
    "label",
    ["unknown", "Unknown", "UNASSIGNED", "doublet", "Doublets", "predicted_doublet", "low quality", "Low-quality cells",
     "not assigned", "Undetermined", "unclassified", "Unknown_2", "debris", "Ambiguous", "RBC_doublets", "Doublet T/B",
     "LowQ", "native cell", "cell", "Unassigned/unknown", "dying cells", "empty droplet", "to_remove", "no annotated"],
)  # fmt: skip
def test_labels_of_unknown_cells_are_left_out_and_counted(label, caplog):
    given = np.array(["B", label, label, None], dtype=object)
    assert list(cell_labels.without_unknown(given, "r.h5ad")) == ["B", None, None, None]
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity) == ("unknown_types_left_out", "warning")
    assert remark.figures == {"types": {label: 2}}
    assert "2 of 4 cells" in remark.sentence
    assert "--keep_unknown" in remark.sentence


@pytest.mark.parametrize(
    "label",
    [
        "T cell",
        "Low-density neutrophil",
        "unknown receptor T",
        "filtered B",
        "B doublet-like",
        "non-doublet",
        "Other",
        "0",
        "empty B",
    ],
)
def test_labels_of_types_stay(label, caplog):
    given = np.array([label, "B"], dtype=object)
    assert list(cell_labels.without_unknown(given, "r.h5ad")) == [label, "B"]
    assert remarks(caplog) == []
