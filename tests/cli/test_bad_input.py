"""Every kind of bad input, and the sentence that a user reads."""

import gzip
import shutil

import h5py
import numpy as np
import pandas as pd
import pytest
from door_run import plan_of, sentences
from inputs import GENES, PUBLISHED_ROW, TYPES, counts, write_h5ad, write_published, write_sheet, write_table
from vendor_inputs import write_10x_h5, write_10x_mtx, write_spaceranger, write_xenium


@pytest.fixture
def folder(tmp_path):
    write_published(tmp_path)
    return tmp_path


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
    values[0, 2] = value
    return values


def scaled(folder):
    values = counts(6) - 3.0
    return write_h5ad(folder / "r.h5ad", values, obs={"cell_type": list("AABBCC")}) and folder / "samplesheet.csv"


def broken_h5ad(folder):
    (folder / "r.h5ad").write_bytes(b"no hdf5")
    return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})


def foreign_hdf5(folder):
    with h5py.File(folder / "r.h5ad", "w") as file:
        file.create_group("matrix").create_dataset("data", data=[1, 2])
    return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})


def cut(path, share=0.6):
    """Cut a file short, as a broken download does."""
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * share)])


def truncated_gzip(folder):
    packed = folder / "bulk.csv.gz"
    packed.write_bytes(gzip.compress((folder / "bulk.csv").read_bytes()))
    cut(packed)
    return write_sheet(folder, {**PUBLISHED_ROW, "bulk": "bulk.csv.gz"})


def truncated_h5ad(folder):
    write_h5ad(folder / "r.h5ad", counts(300), obs={"cell_type": TYPES * 100})
    cut(folder / "r.h5ad")
    return write_sheet(folder, {**PUBLISHED_ROW, "reference": "r.h5ad", "reference_meta": ""})


def bulk_bytes(content, name="bulk.csv"):
    def build(folder):
        (folder / name).write_bytes(content)
        return write_sheet(folder, {**PUBLISHED_ROW, "bulk": name})

    return build


def swapped_metadata(folder):
    return write_sheet(folder, {**PUBLISHED_ROW, "reference_meta": "st_meta.csv"})


def vendor(write, *, column="spatial", name="outs", **changes):
    """Put a vendor's folder or file, made by `write`, into the row."""

    def build(folder):
        write(folder / name)
        row = {**PUBLISHED_ROW, column: name, f"{column}_meta": "", **changes}
        return write_sheet(folder, row)

    return build


def ten_x(path, **parts):
    ids = [f"ENSG{n:011d}" for n in range(len(GENES))]
    write_10x_h5(path, counts(6), [f"AAAC{n}-1" for n in range(6)], GENES, ids, **parts)


def visium(path, *, lose=None, **parts):
    ids, spots = [f"ENSG{n:011d}" for n in range(len(GENES))], [f"AAAC{n}-1" for n in range(6)]
    write_spaceranger(path, counts(6), spots, GENES, ids, np.arange(12).reshape(6, 2), **parts)
    if lose:
        shutil.rmtree(path / lose) if (path / lose).is_dir() else (path / lose).unlink()


def xenium(path, *, lose=None):
    ids, cells = [f"ENSG{n:011d}" for n in range(len(GENES))], [f"cell{n}" for n in range(6)]
    write_xenium(path, counts(6), cells, GENES, ids, np.arange(12.0).reshape(6, 2))
    if lose:
        (path / lose).unlink()


def mtx_of_other_cells(path):
    ids = [f"ENSG{n:011d}" for n in range(len(GENES))]
    write_10x_mtx(path, counts(6), [f"AAAC{n}-1" for n in range(6)], GENES, ids)
    (path / "barcodes.tsv.gz").write_bytes(gzip.compress(b"AAAC0-1\nAAAC1-1\n"))


def empty_folder(path):
    path.mkdir()


def foreign_zarr(path):
    path.mkdir()
    (path / ".zgroup").write_text('{"zarr_format": 2}')


def with_table(name, text, *, kind="bulk", option="--gene-map"):
    """Return a sheet and the option that names a table beside it."""

    def build(folder):
        (folder / name).write_text(text)
        return write_sheet(folder, PUBLISHED_ROW), {kind: (option, folder / name)}

    return build


def told(build, **options):
    """Return what `build` makes, with options of normalize.py by kind."""
    return lambda folder: (build(folder), options)


def with_volumes(folder):
    return with_section("image", obsm={"spatial": np.ones((3, 2))}, obs={"volume": [1.0, 0.0, 2.0]})(folder)


CELLS = [f"cell{n}" for n in range(1, 19)]
SPOTS = [f"spot{n}" for n in range(1, 6)]
LABELS = [TYPES[n % 3] for n in range(18)]
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
    "sample empty": (
        changed_row(sample=""),
        "samplesheet.csv, line 2: sample is empty; give every row a name of its own",
    ),
    "covariate of numbers and words": (
        lambda f: write_sheet(
            f, PUBLISHED_ROW | {"covariate_age": "40"}, PUBLISHED_ROW | {"sample": "t", "covariate_age": "old"}
        ),
        "samplesheet.csv: covariate_age has a number in line 2 ('40') and a word in line 3 ('old'); give a number in",
    ),
    "covariate of a wrong name": (
        lambda f: write_sheet(f, PUBLISHED_ROW | {"covariate-age": "40"}),
        "samplesheet.csv, line 1: column 'covariate-age' is unknown; the columns are sample,",
    ),
    "sample with a space": (
        changed_row(sample="a b"),
        "line 2: sample 'a b' has the wrong form; give a name of letters, digits",
    ),
    "sample twice": (
        lambda f: write_sheet(f, PUBLISHED_ROW, PUBLISHED_ROW),
        "samplesheet.csv, line 3: sample 's' is also that of line 2; give every row a name of its own",
    ),
    "file not found": (
        changed_row(bulk="nowhere.csv"),
        "samplesheet.csv, line 2: bulk 'nowhere.csv' is not found; name a bulk (csv, tsv, gct, h5ad, or a file of "
        "kallisto, salmon, RSEM, StringTie, STAR or HTSeq); relative paths start at the samplesheet's folder",
    ),
    "platform unknown": (
        changed_row(platform="visium"),
        "line 2: platform 'visium' is unknown; give 'spot' or 'image'",
    ),
    "platform empty": (
        changed_row(platform=""),
        "line 2: platform is empty, but spatial is given; give 'spot' or 'image' for the section",
    ),
    "platform without section": (
        changed_row(spatial="", spatial_meta=""),
        "line 2: spatial is empty, but platform is given; name a section (folder of",
    ),
    "cells per spot": (
        changed_row(cells_per_spot="0"),
        "line 2: cells_per_spot '0' has the wrong form; give a whole number above 0, or 'auto'",
    ),
    "bulk column unknown": (
        changed_row(bulk_column="One"),
        "line 2: bulk.csv has no column 'One' (did you mean 'one'?); its columns are 'one', 'two'",
    ),
    "colliding sample names": (
        lambda f: with_bulk(names=("a b", "a_b"))(f) and write_sheet(f, {**PUBLISHED_ROW, "bulk_column": ""}),
        "line 2: two columns of bulk.csv make the same sample name 's.a_b'",
    ),
    "unknown format": (
        with_bulk(name="bulk.xlsx"),
        "bulk.xlsx: is a spreadsheet, which is not read; save the sheet as CSV (UTF-8)",
    ),
    "empty table": (with_bulk(text=""), "bulk.csv: the file is empty; give a table with a header line"),
    "wrong separator": (
        with_bulk(text="gene\tone\nA\t1\n"),
        "bulk.csv: its columns are separated by tabs, but its name says commas; call it .tsv or save it with commas",
    ),
    "text in numbers": (
        with_bulk(text="gene,one\nA,1\nB,many\n"),
        "bulk.csv: the value of 'B' in 'one' is 'many', which is not a number",
    ),
    "missing value": (with_bulk(bad_value(np.nan)), "bulk.csv: the value of gene 'Gene3' in 'one' is missing (NaN)"),
    "infinite value": (with_bulk(bad_value(np.inf)), "bulk.csv: the value of gene 'Gene3' in 'one' is infinite"),
    "negative value": (with_bulk(bad_value(-1)), "bulk.csv: the value of gene 'Gene3' in 'one' is negative"),
    "no shared genes": (
        with_bulk(genes=[f"Other{n}" for n in range(120)]),
        "line 2: bulk.csv and sc_data.csv share 0 of 120 genes, fewer than the 100 needed: "
        "'Other0', 'Other1', 'Other10' … against 'Gene1', 'Gene10', 'Gene100' …; use the same gene names",
    ),
    "other case of genes": (
        with_bulk(genes=[g.upper() for g in GENES]),
        "the names differ in case: are they of one species?",
    ),
    "Ensembl against symbols": (with_bulk(genes=[f"ENSG{n:011d}" for n in range(120)]), "one file has Ensembl"),
    "labels of other cells": (
        with_meta("sc_meta", {"Cell": [f"x{n}" for n in range(18)], "Cell_type": LABELS}),
        "sc_meta.csv: none of its 18 names is in sc_data.csv: it has 'x0', 'x1', 'x2' …, "
        "the matrix has 'cell1', 'cell2', 'cell3'",
    ),
    "metadata column missing": (
        with_meta("sc_meta", {"Cell": CELLS, "type": LABELS}),
        "sc_meta.csv: no column Cell_type; it has type: rename the column of the cell types, or name it with",
    ),
    "cell twice in metadata": (
        with_meta("sc_meta", {"Cell": ["cell1", *CELLS], "Cell_type": ["A", *LABELS]}),
        "sc_meta.csv: Cell 'cell1' appears in more than one row",
    ),
    "table without labels": (
        changed_row(reference_meta=""),
        "sc_data.csv: a reference in this format needs its cell types; name a table",
    ),
    "label column missing": (
        with_reference(obs={"leiden": list("001122")}),
        "r.h5ad: obs has no column 'cell_type' for the cell types; it has 'leiden': set --celltype_key",
    ),
    "no cell labelled": (with_reference(obs={"cell_type": ["NA"] * 6}), "r.h5ad: all 6 cells are without a cell type"),
    "broken h5ad": (broken_h5ad, "r.h5ad: cannot be read as h5ad"),
    "row of a table too long": (with_bulk(text="gene,one\nA,1\nB,1,2\n"), "bulk.csv: cannot be read as a table"),
    "bulk sample twice": (
        with_bulk(names=("one", "one")),
        "bulk.csv: 1 bulk sample names appear more than once, such as 'one'",
    ),
    "column without a name": (
        with_bulk(text="gene,one\nA,1,2,3\nB,2,3,4\n"),
        "bulk.csv: its first line has 2 cells and the next has 4; remove what stands above the header",
    ),
    "row of the sheet too long": (
        lambda f: sheet_text(f, "sample,bulk,reference\n\ns,bulk.csv,r.h5ad,more\n"),
        "samplesheet.csv, line 3: does not have as many cells as the header has columns (3)",
    ),
    "name of a results folder": (
        changed_row(sample="multiqc"),
        "line 2: sample 'multiqc' cannot be used; a folder of the results has this name; give another one",
    ),
    "name that begins with a dot": (
        changed_row(sample=".s"),
        "line 2: sample '.s' has the wrong form; give a name of letters,",
    ),
    "foreign hdf5": (foreign_hdf5, "r.h5ad: cannot be read as h5ad"),
    "one coordinate": (
        with_section(obsm={"spatial": np.zeros((3, 1))}),
        "s.h5ad: obsm['spatial'] has 1 column without names, so which are x and y is not known; store two columns",
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
        "st_meta.csv: the x coordinate of spot 'spot1' is 'a', which is not a number (4 more)",
    ),
    "gzip cut short": (truncated_gzip, "bulk.csv.gz: cannot be read as a table"),
    "h5ad cut short": (truncated_h5ad, "r.h5ad: cannot be read as h5ad"),
    "empty gzip": (bulk_bytes(gzip.compress(b""), "bulk.csv.gz"), "bulk.csv.gz: the file is empty"),
    "not gzip": (bulk_bytes(b"gene,one", "bulk.csv.gz"), "bulk.csv.gz: has a header and no rows below it"),
    "header alone": (
        with_bulk(text="gene,one,two\n"),
        "bulk.csv: has a header and no rows below it; check that the file is complete",
    ),
    "semicolons": (
        with_bulk(text="gene;one\nA;1\n"),
        "bulk.csv: its columns are separated by semicolons, but its name says commas",
    ),
    "UTF-16": (bulk_bytes("gene,one\nA,1\n".encode("utf-16")), "bulk.csv: is UTF-16 text; save it as UTF-8"),
    "Latin-1 bytes": (bulk_bytes(b"gene,one\nA\xe9,1\n"), "bulk.csv: is not UTF-8 text; save it as UTF-8"),
    "decimal commas": (
        with_bulk(text='gene,one,two\nA,"1,5",2\n'),
        "bulk.csv: the value of 'A' in 'one' is '1,5', which is not a number",
    ),
    "sheet with semicolons": (
        lambda f: sheet_text(f, "sample;bulk;reference\ns;bulk.csv;r.h5ad\n"),
        "samplesheet.csv, line 1: separated by semicolons; save it as csv with commas",
    ),
    "barcodes twice": (
        lambda f: write_table(f / "sc_data.csv", counts(18), ["cell1", *CELLS[:-1]]) and write_sheet(f, PUBLISHED_ROW),
        "sc_data.csv: 1 cell names appear more than once, such as 'cell1'; make them unique",
    ),
    "spot twice in metadata": (
        with_meta("st_meta", {"Spot": ["spot1", *SPOTS], "xcoord": range(6), "ycoord": range(6)}),
        "st_meta.csv: Spot 'spot1' appears in more than one row",
    ),
    "swapped metadata": (swapped_metadata, "st_meta.csv: none of its 5 names is in sc_data.csv"),
    "scaled h5ad": (
        lambda f: with_reference(obs={"cell_type": list("AABBCC")})(f) and scaled(f),
        "r.h5ad: the value of gene 'Gene2' in 'c1' is negative, as are",
    ),
    "overflow of unsigned counts": (
        with_bulk(bad_value(4294967295)),
        "bulk.csv: the value of gene 'Gene3' in 'one' is larger than any count (an integer overflow?)",
    ),
    "overflow of signed counts": (with_bulk(bad_value(-2147483648)), "'Gene3' in 'one' is negative"),
    "section without any count": (
        lambda f: (
            write_table(f / "st_data.csv", np.zeros((5, len(GENES)), dtype=int), SPOTS)
            and write_sheet(f, PUBLISHED_ROW)
        ),
        "st_data.csv: all 5 spots are without expression; check the file",
    ),
    "reference without any count": (
        lambda f: (
            write_table(f / "sc_data.csv", np.zeros((18, len(GENES)), dtype=int), CELLS)
            and write_sheet(f, PUBLISHED_ROW)
        ),
        "sc_data.csv: all 18 cells are without any expression",
    ),
    "types too small": (
        told(with_reference(obs={"cell_type": list("AABBCC")}), reference=("--min-cells", 5)),
        "r.h5ad: no type with 5 cells is left; lower --min_cells",
    ),
    "library column missing": (
        told(with_reference(obs={"cell_type": list("AABBCC"), "donor": 1}), reference=("--batch-key", "plate")),
        "r.h5ad: no column 'plate' for the cells' libraries; it has 'cell_type', 'donor': set --batch_key",
    ),
    "cells without library": (
        told(
            with_reference(obs={"cell_type": list("AABBCC"), "donor": ["x", "x", None, "y", "y", "y"]}),
            reference=("--batch-key", "donor"),
        ),
        "r.h5ad: 1 cells have no library in 'donor', such as 'c3'",
    ),
    "map of genes without its column": (
        with_table("map.csv", "from,to\nA,B\n"),
        "--gene_map: map.csv: no column gene_id and no column gene_name; it has from, to",
    ),
    "map of genes twice": (
        with_table("map.csv", "gene_id,gene_name\nA,B\nA,C\n"),
        "--gene_map: map.csv: gene_id 'A' appears in more than one row",
    ),
    "counts said to be logarithms": (
        told(with_bulk(counts(2) * 50), bulk=("--units", "log2")),
        "bulk.csv: has values up to 450, which cannot be logarithms; correct --bulk_units log2, or leave it out",
    ),
    "metadata with a column too many": (
        lambda f: (f / "sc_meta.csv").write_text("Cell,Cell_type\nc1,A,x,y\n") and write_sheet(f, PUBLISHED_ROW),
        "sc_meta.csv: its first line has 2 cells and the next has 4; remove what stands above the header",
    ),
    "gene length of zero": (
        with_table("lengths.csv", "gene,length\nGene1,0\n", option="--gene-lengths"),
        "lengths.csv: the length of 'Gene1' in 'length' is not a number above 0",
    ),
    "gene lengths of other genes": (
        with_table("lengths.csv", "gene,length\nOther,10\n", option="--gene-lengths"),
        "lengths.csv: has no gene of the bulk: 'Other' here, 'Gene1', 'Gene2', 'Gene3'",
    ),
    "gene lengths of other samples": (
        with_table("lengths.csv", "gene,one,three\nGene1,10,20\n", option="--gene-lengths"),
        "lengths.csv: has no lengths for the bulk's 'two'; give one column for all samples",
    ),
    "volume of zero": (with_volumes, "s.h5ad: the volume of 1 cells is not a number above 0, such as that of 'c2'"),
    "spot with a missing coordinate in obsm": (
        with_section(obsm={"spatial": np.array([[0, 1], [np.nan, 1], [2, 2]])}),
        "s.h5ad: 1 spots have no coordinates, such as 'c2'",
    ),
    "10x h5 without cell types": (
        vendor(ten_x, column="reference", name="cells.h5"),
        "cells.h5: a reference in this format needs its cell types; name a table with the columns Cell and",
    ),
    "10x h5 cut short": (
        vendor(lambda path: (ten_x(path), cut(path)), column="reference", name="cells.h5"),
        "cells.h5: cannot be read as",
    ),
    "mtx of other barcodes": (
        vendor(mtx_of_other_cells, column="reference", name="mtx"),
        "2 barcodes; give three files of one matrix",
    ),
    "Space Ranger without positions": (
        vendor(lambda path: visium(path, lose="spatial")),
        "xcoord and ycoord under spatial_meta, or give the whole Space Ranger folder, with its folder spatial",
    ),
    "Space Ranger without matrix": (
        vendor(lambda path: visium(path, lose="filtered_feature_bc_matrix.h5")),
        "outs: has no filtered_feature_bc_matrix.h5 and no folder of that name",
    ),
    "Xenium without cells": (
        vendor(lambda path: xenium(path, lose="cells.parquet"), platform="image"),
        "outs: has no cells.parquet",
    ),
    "empty folder": (vendor(empty_folder), "outs: is a folder of an unknown kind, it has nothing; give"),
    "zarr that is no SpatialData": (
        vendor(foreign_zarr, name="s.zarr"),
        "s.zarr: has no table of a SpatialData store",
    ),
    "mixed identifiers": (
        with_bulk(genes=[f"ENSG{n:011d}" for n in range(60)] + GENES[60:]),
        "share 60 of 120 genes, fewer than the 100 needed",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_gets_its_sentence(folder, case):
    build, sentence = BAD[case]
    built = build(folder)
    sheet, options = built if isinstance(built, tuple) else (built, {})
    problems = sentences(plan_of(sheet, normalize=options))
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
        ("cell_type,content\nA,1\n", "--mrna_content: content.csv: no column mrna_content; it has cell_type, content"),
    ],
)
def test_a_bad_table_of_mrna_content_is_found_before_training(folder, text, sentence):
    (folder / "content.csv").write_text(text)
    (problem,) = plan_of(write_sheet(folder, PUBLISHED_ROW), "--mrna-content", folder / "content.csv")["problems"]
    assert sentence in problem["sentence"]
    assert problem["parameter"] == "mrna_content"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("cell_type,share\nA,1\n", "no column proportion; it has cell_type, share"),
        ("cell_type,proportion\nA,much\n", "the column proportion has values that are not numbers; correct them"),
        ("cell_type,proportion\nA,0.5\nA,0.5\n", "'A' appears in more than one row; keep one of them"),
    ],
)
def test_bad_ground_truth_is_found_before_training(folder, text, sentence):
    (folder / "truth" / "s").mkdir(parents=True)
    (folder / "truth" / "s" / "proportions.csv").write_text(text)
    problems = plan_of(write_sheet(folder, PUBLISHED_ROW), "--truth", folder / "truth")["problems"]
    assert problems == [{"sentence": f"truth s/proportions.csv: {sentence}", "subject": "s", "parameter": "truth"}]


def test_ground_truth_of_other_samples_is_warned_of(folder):
    (folder / "truth").mkdir()
    plan = plan_of(write_sheet(folder, PUBLISHED_ROW), "--truth", folder / "truth")
    assert plan["problems"] == []
    (remark,) = [remark for remark in plan["remarks"] if remark["code"] == "no_ground_truth"]
    assert remark["severity"] == "warning"
    assert "truth: has no table of any sample; give the ground truth as" in remark["sentence"]


def test_all_problems_come_at_once(folder):
    write_table(folder / "bulk.csv", bad_value(-1), ["one", "two"])
    rows = [
        {**PUBLISHED_ROW, "sample": "a", "platform": "visium"},
        {**PUBLISHED_ROW, "sample": "a", "spatial": "lost.h5ad", "spatial_meta": ""},
    ]
    problems = sentences(plan_of(write_sheet(folder, *rows)))
    for part in ("'visium'", "that of line 2", "'lost.h5ad' is not found", "is negative"):
        assert sum(part in problem for problem in problems) == 1, problems
    assert len(problems) == 4


def test_a_bad_table_of_a_parameter_is_said_once(folder):
    (folder / "map.csv").write_text("from,to\nA,B\n")
    options = dict.fromkeys(("bulk", "reference", "section"), ("--gene-map", folder / "map.csv"))
    (problem,) = plan_of(write_sheet(folder, PUBLISHED_ROW), normalize=options)["problems"]
    assert problem == {
        "sentence": "--gene_map: map.csv: no column gene_id and no column gene_name; it has from, to: "
        "rename the columns",
        "subject": "",
        "parameter": "gene_map",
    }


def test_a_table_that_lacks_its_reference_gives_no_problem_of_its_own(folder):
    """Only the reference's genes would have told that it lies on its side."""
    table = pd.read_csv(folder / "bulk.csv", index_col=0)
    table.iloc[75] = 0
    table.T.to_csv(folder / "bulk.csv")
    row = {**PUBLISHED_ROW, "reference": "lost.csv", "reference_meta": ""}
    (problem,) = sentences(plan_of(write_sheet(folder, row)))
    assert problem.startswith("samplesheet.csv, line 2: reference 'lost.csv' is not found; name single cells (h5ad,")
