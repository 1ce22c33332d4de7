"""The samplesheet's columns and rules, each written once: in its JSON Schema."""

import dataclasses
from pathlib import Path

import pytest
from bulk2space.inputs.sheet import row_rules
from bulk2space.inputs.sheet.row_rules import row_problems
from bulk2space.inputs.sheet.samplesheet import COLUMNS, PLATFORMS, ROW, SCHEMA, Row
from jsonschema import Draft202012Validator

ROOT = Path(__file__).parents[2]
GOOD = Row(
    2,
    **dict.fromkeys(COLUMNS, "")
    | {"sample": "s", "bulk": "b.csv", "reference": "r.h5ad", "spatial": "s.h5ad", "platform": "spot"},
)
FOUND = ["b.csv", "r.h5ad", "s.h5ad", "t.csv"]


def problems(*rows: Row) -> list[str]:
    return [problem.sentence for problem in row_problems(rows, "sheet.csv", FOUND)]


def test_the_schema_is_one_and_where_nf_core_looks_for_it():
    Draft202012Validator.check_schema(SCHEMA)
    assert (ROOT / "assets" / "schema_input.json").samefile(
        ROOT / "bin/bulk2space/inputs/sheet/samplesheet.schema.json"
    )


def test_a_row_has_the_columns_of_the_schema():
    assert tuple(field.name for field in dataclasses.fields(Row))[1:] == (*COLUMNS, "covariates")
    assert PLATFORMS == ("spot", "image")


def test_every_rule_of_a_column_has_its_words():
    """A rule without words would end in a stack trace."""
    for column, rules in ROW["properties"].items():
        assert rules["errorMessage"], column
        parts = rules.get("allOf", [rules])
        words = {word for part in parts for word in part} - {"type", "exists", "minimum", "meta", "errorMessage"}
        assert words <= set(row_rules.WRONG), column
        assert all(part["errorMessage"] for part in parts), column


@pytest.mark.parametrize(
    "change", [{}, {"cells_per_spot": "auto"}, {"cells_per_spot": "12"}, {"spatial_meta": "t.csv"}]
)
def test_a_good_row_has_no_problem(change):
    assert problems(dataclasses.replace(GOOD, **change)) == []


@pytest.mark.parametrize(
    ("change", "sentences"),
    [
        (
            {"bulk": "", "reference": ""},
            [
                "bulk is empty; name a bulk (csv, tsv, gct, h5ad, or a file of kallisto, salmon, RSEM, StringTie, STAR "
                "or HTSeq); relative paths start at the samplesheet's folder",
                "reference is empty; name single cells (h5ad, h5mu, AnnData zarr, 10x h5, 10x mtx or Cell Ranger "
                "folder, csv or tsv); relative paths start at the samplesheet's folder",
            ],
        ),
        (
            {"spatial": "", "spatial_meta": "t.csv"},
            [
                f"spatial is empty, but {given} is given; name a section (folder of Space Ranger, Visium HD, "
                f"Xenium, MERSCOPE, CosMx or STARmap PLUS, h5ad, AnnData or SpatialData zarr, csv or tsv); "
                f"relative paths start at the samplesheet's folder"
                for given in ("platform", "spatial_meta")
            ],
        ),
        ({"platform": "sopt"}, ["platform 'sopt' is unknown; give 'spot' or 'image' for the section"]),
        (
            {"cells_per_spot": "1.5"},
            ["cells_per_spot '1.5' has the wrong form; give a whole number above 0, or 'auto'"],
        ),
        *(
            (
                {"sample": name},
                [f"sample '{name}' cannot be used; a folder of the results has this name; give another one"],
            )
            for name in ("multiqc", "UNFINISHED.txt")
        ),
    ],
)
def test_a_broken_rule_is_one_sentence(change, sentences):
    assert problems(dataclasses.replace(GOOD, **change)) == [f"sheet.csv, line 2: {sentence}" for sentence in sentences]


def test_a_name_that_an_earlier_row_has_is_refused():
    rows = [dataclasses.replace(GOOD, line=line) for line in (2, 3, 5)]
    assert problems(*rows) == [
        f"sheet.csv, line {line}: sample 's' is also that of line 2; give every row a name of its own"
        for line in (3, 5)
    ]
    assert {problem.subject for problem in row_problems(rows, "sheet.csv", FOUND)} == {"s"}
