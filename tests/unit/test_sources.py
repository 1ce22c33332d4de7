import dataclasses

import pytest
from bulk2space.inputs.sheet.samplesheet import COLUMNS, Row
from bulk2space.inputs.sheet.sources import identifiers, readable, sanitized


def row(line: int, **cells: str) -> Row:
    return Row(
        line, **{**dict.fromkeys(COLUMNS, ""), "sample": f"s{line}", "bulk": "b.csv", "reference": "r.h5ad", **cells}
    )


def ids(*rows: Row, kind: str) -> list[str]:
    return [name for source, name in identifiers(rows).items() if source.kind == kind]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("data/sc_data.csv.gz", "sc_data"),
        ("cells.filtered.h5ad", "cells.filtered"),
        ("s3://bucket/sample 1/outs", "sample_1"),
        ("sample1/outs/", "sample1"),
        ("s1/binned_outputs/square_008um", "s1"),
        ("s1/outs/filtered_feature_bc_matrix.h5", "s1"),
        ("outs", "outs"),
        ("Xenium_V1.zarr", "Xenium_V1"),
        (".hidden.csv", "hidden"),
    ],
)
def test_an_input_is_named_after_its_file_or_the_folder_above(path, name):
    assert ids(row(2, reference=path), kind="reference") == [name]


def test_a_name_stays_when_a_row_is_added():
    first, second = row(2, bulk="x/b.csv"), row(3, bulk="y/b.csv")
    assert ids(first, kind="bulk") == ["b"]
    assert ids(first, second, kind="bulk") == ["b", "y_b.csv"]
    more = [row(line, bulk=f"{letter}/b.csv") for line, letter in ((4, "ü"), (5, "ä"))]
    assert ids(first, second, *more, kind="bulk") == ["b", "y_b.csv", "__b.csv", "__b.csv_2"]


def test_a_file_with_other_metadata_is_another_input():
    rows = [row(2, reference="r.csv", reference_meta="m1.csv"), row(3, reference="r.csv", reference_meta="m2.csv")]
    assert ids(*rows, kind="reference") == ["r", "r.csv_m2.csv"]


def test_inputs_that_cannot_be_read_are_not_listed():
    rows = [
        row(2, spatial="s.h5ad", platform="spot"),
        row(3, spatial="s.h5ad", platform="sopt"),
        row(4, bulk="lost.csv", reference="lost.h5ad"),
        row(5, bulk="c.csv", reference="lost.h5ad"),
    ]
    listed = readable(rows, ["b.csv", "c.csv", "r.h5ad", "s.h5ad"])
    assert [(source.kind, source.id, source.reference) for source in listed] == [
        ("bulk", "b", "r"),
        ("reference", "r", None),
        ("section", "s", "r"),
        ("bulk", "c", None),
    ]
    assert listed[2].platform == "spot"


def test_a_bulk_takes_its_names_from_the_reference_of_its_first_row():
    rows = [row(2), row(3, reference="q.h5ad")]
    found = ["b.csv", "r.h5ad", "q.h5ad"]
    assert readable(rows, found)[0].reference == "r"
    assert readable([dataclasses.replace(rows[1], line=2), rows[0]], found)[0].reference == "q"


def test_sanitized_names_do_not_start_with_a_dot_or_dash():
    assert sanitized("-a b/ç") == "a_b__"
    assert sanitized("...") == "_"
