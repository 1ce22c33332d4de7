"""Every kind of bad input, and the sentence that a user reads."""

import json
import runpy
import sys
from pathlib import Path
from unittest import mock

import h5py
import numpy as np
import pandas as pd
import pytest
from inputs import GENES, PUBLISHED_ROW, TYPES, counts, write_h5ad, write_published, write_sheet, write_table

SCRIPT = Path(__file__).parents[2] / "bin" / "check_samplesheet.py"
PATHS = ("bulk", "reference", "reference_meta", "spatial", "spatial_meta")


def plan_of(sheet: Path, *options: str) -> dict:
    """Run the script on the files of the sheet, as the workflow does, and return its plan."""
    paths = []
    if sheet.read_text().strip():
        table = pd.read_csv(sheet, dtype=str, keep_default_na=False)
        paths = sorted({path for name in PATHS if name in table for path in table[name] if path})
    files = [{"path": p, "staged": str(sheet.parent / p) if (sheet.parent / p).exists() else None} for p in paths]
    listing, output = sheet.parent / "files.json", sheet.parent / "checked.json"
    listing.write_text(json.dumps(files))
    arguments = ["--samplesheet", sheet, "--files", listing, "--output", output, *options]
    with mock.patch.object(sys, "argv", [str(SCRIPT), *map(str, arguments)]):  # in this process: 40 starts are slow
        runpy.run_path(str(SCRIPT), run_name="__main__")
    return json.loads(output.read_text())


@pytest.fixture
def folder(tmp_path):
    write_published(tmp_path)
    return tmp_path


def test_good_sheet_is_planned(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW, {**PUBLISHED_ROW, "sample": "t", "bulk_column": ""}))
    assert plan["problems"] == []
    assert plan["bulks"] == [{"id": "bulk", "matrix": "bulk.csv"}]
    assert plan["references"] == [{"id": "sc_data", "matrix": "sc_data.csv", "meta": "sc_meta.csv"}]
    assert plan["sections"] == [{"id": "st_data", "matrix": "st_data.csv", "meta": "st_meta.csv", "platform": "spot"}]
    assert [sample["id"] for sample in plan["samples"]] == ["s", "t.one", "t.two"]
    assert plan["samples"][2] == {
        "id": "t.two",
        "bulk": "bulk",
        "bulk_column": "two",
        "reference": "sc_data",
        "section": "st_data",
        "platform": "spot",
        "cells_per_spot": 10,
        "n_cells": 50,
        "condition": None,
    }


def test_sample_without_section_is_planned(folder):
    row = {name: PUBLISHED_ROW[name] for name in ("sample", "bulk", "bulk_column", "reference", "reference_meta")}
    plan = plan_of(write_sheet(folder, row), "--cell-ratio", "2")
    assert plan["problems"] == []
    assert plan["sections"] == []
    assert plan["samples"][0]["section"] is None
    assert plan["samples"][0]["n_cells"] == 24


def test_equal_file_names_get_different_ids(folder):
    for name in ("x", "y"):
        (folder / name).mkdir()
        write_table(folder / name / "bulk.csv", counts(1) * 20, ["one"])
    rows = [{**PUBLISHED_ROW, "sample": name, "bulk": f"{name}/bulk.csv"} for name in ("x", "y")]
    plan = plan_of(write_sheet(folder, *rows))
    assert plan["problems"] == []
    assert [bulk["id"] for bulk in plan["bulks"]] == ["x_bulk.csv", "y_bulk.csv"]


def test_labels_that_the_reference_lacks_are_warned_of(folder):
    write_h5ad(folder / "i.h5ad", counts(3), obs={"cell_type": list("AXB")}, obsm={"spatial": np.zeros((3, 2))})
    row = {**PUBLISHED_ROW, "spatial": "i.h5ad", "spatial_meta": "", "platform": "image"}
    plan = plan_of(write_sheet(folder, row))
    assert plan["problems"] == []
    assert any("the labels 'X' of i.h5ad are no types of sc_data.csv" in warning for warning in plan["warnings"])


def test_few_genes_of_a_section_name_the_platform(folder):
    write_table(folder / "st_data.csv", counts(5, genes=60), [f"spot{n}" for n in range(1, 6)], genes=GENES[:60])
    problems = plan_of(write_sheet(folder, PUBLISHED_ROW))["problems"]
    assert len(problems) == 1
    assert "share 60 of 60 genes" in problems[0]
    assert "the file has few genes: is its platform right" in problems[0]


def test_few_shared_genes_are_warned_of(folder):
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW))
    assert any("share 120 of 120 genes; results on so few are unsure" in warning for warning in plan["warnings"])


def sheet_text(folder, text):
    path = folder / "samplesheet.csv"
    path.write_text(text)
    return path


def changed_row(**changes):
    return lambda folder: write_sheet(folder, {**PUBLISHED_ROW, **changes})


def with_bulk(values=None, names=("one", "two"), genes=GENES, text=None, name="bulk.csv"):
    def build(folder):
        if text is None:
            write_table(folder / name, counts(2) if values is None else values, list(names), genes=list(genes))
        else:
            (folder / name).write_text(text)
        return write_sheet(folder, {**PUBLISHED_ROW, "bulk": name})

    return build


def with_meta(name, table):
    def build(folder):
        pd.DataFrame(table).to_csv(folder / f"{name}.csv", index=False)
        return write_sheet(folder, PUBLISHED_ROW)

    return build


def with_reference(**parts):
    def build(folder):
        write_h5ad(folder / "r.h5ad", counts(6), **parts)
        return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})

    return build


def with_section(platform="spot", **parts):
    def build(folder):
        write_h5ad(folder / "s.h5ad", counts(3), **parts)
        return write_sheet(folder, {**PUBLISHED_ROW, "spatial": "s.h5ad", "spatial_meta": "", "platform": platform})

    return build


def bad_value(value):
    values = counts(2).astype(float)
    values[1, 2] = value
    return values


def broken_h5ad(folder):
    (folder / "r.h5ad").write_bytes(b"no hdf5")
    return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})


def foreign_hdf5(folder):
    with h5py.File(folder / "r.h5ad", "w") as file:
        file.create_group("matrix").create_dataset("data", data=[1, 2])
    return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})


CELLS = [f"cell{n}" for n in range(1, 13)]
SPOTS = [f"spot{n}" for n in range(1, 6)]
LABELS = [TYPES[n % 3] for n in range(12)]
BAD = {
    "empty sheet": (lambda f: sheet_text(f, ""), "samplesheet.csv: the samplesheet is empty; its columns are sample,"),
    "header only": (lambda f: sheet_text(f, "sample,bulk,reference\n"), "samplesheet.csv: the samplesheet has no row"),
    "column missing": (
        lambda f: sheet_text(f, "sample,bulk\ns,bulk.csv\n"),
        "samplesheet.csv, line 1: column 'reference' is missing; the columns are sample,",
    ),
    "column misspelt": (
        lambda f: write_sheet(f, {**PUBLISHED_ROW, "refrence_meta": "x"}),
        "samplesheet.csv, line 1: column 'refrence_meta' is unknown (did you mean 'reference_meta'?)",
    ),
    "sample empty": (changed_row(sample=""), "samplesheet.csv, line 2: sample is empty; fill it"),
    "sample with a space": (changed_row(sample="a b"), "line 2: sample 'a b' is not made of letters, digits"),
    "sample twice": (
        lambda f: write_sheet(f, PUBLISHED_ROW, PUBLISHED_ROW),
        "samplesheet.csv, line 3: sample 's' is that of line 2 too; rename one",
    ),
    "file not found": (
        changed_row(bulk="nowhere.csv"),
        "samplesheet.csv, line 2: bulk 'nowhere.csv' is not found; paths start from the samplesheet's folder",
    ),
    "platform unknown": (
        changed_row(platform="visium"),
        "line 2: platform 'visium' is unknown; give 'spot' or 'image'",
    ),
    "platform empty": (changed_row(platform=""), "line 2: platform is empty; give 'spot' or 'image'"),
    "platform without section": (
        changed_row(spatial="", spatial_meta=""),
        "line 2: platform or spatial_meta stands without a section",
    ),
    "cells per spot": (changed_row(cells_per_spot="0"), "line 2: cells_per_spot '0' is not a whole number above 0"),
    "bulk column unknown": (
        changed_row(bulk_column="One"),
        "line 2: bulk.csv has no column 'One' (did you mean 'one'?); its columns are 'one', 'two'",
    ),
    "colliding sample names": (
        lambda f: with_bulk(names=("a b", "a_b"))(f) and write_sheet(f, {**PUBLISHED_ROW, "bulk_column": ""}),
        "line 2: two columns of bulk.csv make the same sample name 's.a_b'",
    ),
    "unknown format": (with_bulk(name="bulk.xlsx"), "bulk.xlsx: unknown format; give .h5ad, .csv or .tsv"),
    "empty table": (with_bulk(text=""), "bulk.csv: the file is empty; give a table with a header line"),
    "wrong separator": (with_bulk(text="gene\tone\nA\t1\n"), "bulk.csv: no column of numbers beside the gene names"),
    "text in numbers": (
        with_bulk(text="gene,one\nA,1\nB,many\n"),
        "bulk.csv: the value of gene 'B' in 'one' is 'many', which is not a number",
    ),
    "missing value": (with_bulk(bad_value(np.nan)), "bulk.csv: the value of gene 'Gene3' in 'two' is missing (NaN)"),
    "infinite value": (with_bulk(bad_value(np.inf)), "bulk.csv: the value of gene 'Gene3' in 'two' is infinite"),
    "negative value": (with_bulk(bad_value(-1)), "bulk.csv: the value of gene 'Gene3' in 'two' is negative"),
    "no shared genes": (
        with_bulk(genes=[f"Other{n}" for n in range(120)]),
        "line 2: bulk.csv and sc_data.csv share 0 of 120 genes, fewer than the 100 needed: "
        "'Other0', 'Other1', 'Other2' … against 'Gene1', 'Gene2', 'Gene3' …; use the same gene names",
    ),
    "other case of genes": (
        with_bulk(genes=[g.upper() for g in GENES]),
        "the names differ in case: are they of one species?",
    ),
    "Ensembl against symbols": (with_bulk(genes=[f"ENSG{n:011d}" for n in range(120)]), "one file has Ensembl"),
    "table turned round": (
        lambda f: (
            with_bulk(counts(120, genes=2), names=GENES, genes=["one", "two"])(f)
            and write_sheet(f, {**PUBLISHED_ROW, "bulk_column": ""})
        ),
        "genes stand in the columns: turn the table round",
    ),
    "labels of other cells": (
        with_meta("sc_meta", {"Cell": [f"x{n}" for n in range(12)], "Cell_type": LABELS}),
        "sc_meta.csv: none of its 12 names is in sc_data.csv: it has 'x0', 'x1', 'x2' …, "
        "the matrix has 'cell1', 'cell2', 'cell3'",
    ),
    "metadata column missing": (
        with_meta("sc_meta", {"Cell": CELLS, "type": LABELS}),
        "sc_meta.csv: no column Cell_type; it has Cell, type",
    ),
    "cell twice in metadata": (
        with_meta("sc_meta", {"Cell": ["cell1", *CELLS], "Cell_type": ["A", *LABELS]}),
        "sc_meta.csv: Cell 'cell1' stands in more than one row",
    ),
    "table without labels": (
        changed_row(reference_meta=""),
        "sc_data.csv: a reference given as a table needs its cell",
    ),
    "label column missing": (
        with_reference(obs={"leiden": list("001122")}),
        "r.h5ad: obs has no column 'cell_type' for the cell types; it has 'leiden': set --celltype_key",
    ),
    "no cell labelled": (with_reference(obs={"cell_type": ["NA"] * 6}), "r.h5ad: no cell with a cell type"),
    "broken h5ad": (broken_h5ad, "r.h5ad: cannot be read as h5ad"),
    "row of a table too long": (with_bulk(text="gene,one\nA,1\nB,1,2\n"), "bulk.csv: cannot be read as a table"),
    "bulk sample twice": (
        with_bulk(names=("one", "one")),
        "bulk.csv: 1 bulk sample names stand more than once, such as 'one'",
    ),
    "column without a name": (
        with_bulk(text="gene,one\nA,1,2,3\nB,2,3,4\n"),
        "bulk.csv: its header has 2 cells, its rows have 4; give every column a name",
    ),
    "row of the sheet too long": (
        lambda f: sheet_text(f, "sample,bulk,reference\n\ns,bulk.csv,r.h5ad,more\n"),
        "samplesheet.csv, line 3: not as many cells as the header has columns (3)",
    ),
    "name of a results folder": (changed_row(sample="multiqc"), "line 2: sample 'multiqc' bears the name of a folder"),
    "name that begins with a dot": (changed_row(sample=".s"), "line 2: sample '.s' is not made of letters, digits"),
    "foreign hdf5": (foreign_hdf5, "r.h5ad: cannot be read as h5ad"),
    "one coordinate": (
        with_section(obsm={"spatial": np.zeros((3, 1))}),
        "s.h5ad: obsm['spatial'] has the shape (3, 1); give two columns, x and y",
    ),
    "section without coordinates": (
        with_section(),
        "s.h5ad: no coordinates (obsm['spatial']) of the spots; name a table",
    ),
    "coordinates missing": (
        with_meta("st_meta", {"Spot": SPOTS[:4], "xcoord": range(4), "ycoord": range(4)}),
        "st_meta.csv: 1 spots have no coordinates, such as 'spot5'",
    ),
    "coordinates as text": (
        with_meta("st_meta", {"Spot": SPOTS, "xcoord": list("abcde"), "ycoord": range(5)}),
        "st_meta.csv: 5 spots have no coordinates, such as 'spot1'",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_sentence(folder, case):
    build, sentence = BAD[case]
    problems = plan_of(build(folder))["problems"]
    assert len(problems) == 1, problems
    assert sentence in problems[0]
    assert "\n" not in problems[0]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cell_type,mrna_content\nA,1\nB,2\n", "--mrna_content: the table of mRNA content lacks C"),
        (
            "cell_type,mrna_content\nA,1\nB,2\nC,much\n",
            "--mrna_content: the table of mRNA content: the value of C is not",
        ),
        ("cell_type,content\nA,1\n", "content.csv: no column mrna_content; it has cell_type, content"),
    ],
)
def test_a_bad_table_of_mrna_content_is_found_before_training(folder, text, sentence):
    (folder / "content.csv").write_text(text)
    problems = plan_of(write_sheet(folder, PUBLISHED_ROW), "--mrna-content", folder / "content.csv")["problems"]
    assert len(problems) == 1, problems
    assert sentence in problems[0]


def test_a_bad_truth_is_found_before_training(folder):
    (folder / "truth" / "s").mkdir(parents=True)
    (folder / "truth" / "s" / "proportions.csv").write_text("cell_type,share\nA,1\n")
    problems = plan_of(write_sheet(folder, PUBLISHED_ROW), "--truth", folder / "truth")["problems"]
    assert problems == ["truth s/proportions.csv: no column proportion; it has cell_type, share"]


def test_a_truth_of_other_samples_is_warned_of(folder):
    (folder / "truth").mkdir()
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW), "--truth", folder / "truth")
    assert plan["problems"] == []
    assert any("truth: no table of any sample" in warning for warning in plan["warnings"])


def test_all_problems_come_at_once(folder):
    write_table(folder / "bulk.csv", bad_value(-1), ["one", "two"])
    rows = [
        {**PUBLISHED_ROW, "sample": "a", "platform": "visium"},
        {**PUBLISHED_ROW, "sample": "a", "spatial": "lost.h5ad", "spatial_meta": ""},
    ]
    problems = plan_of(write_sheet(folder, *rows))["problems"]
    for part in ("'visium'", "that of line 2", "'lost.h5ad' is not found", "is negative"):
        assert sum(part in problem for problem in problems) == 1, problems
    assert len(problems) == 4
