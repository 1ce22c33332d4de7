import gzip
import re

import h5py
import numpy as np
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import tenx
from bulk2space.inputs.formats.folders import recognise
from inputs import counts
from logged import sentences, severities
from vendor_inputs import ensembl, names, write_10x_h5, write_10x_h5_v2, write_10x_mtx

CELLS, IDS = names("AAAC-", 5), ensembl(8)
SYMBOLS = ["TP53", "TP53", *names("Gene", 6)]
TYPES = ["Gene Expression"] * 6 + ["Antibody Capture", "CRISPR Guide Capture"]
VALUES = counts(5, genes=8)
PARTS = (VALUES, CELLS, SYMBOLS, IDS)


def same(read, genes=8):
    assert read.X.format == "csr"
    assert read.X.dtype == np.float32
    assert np.array_equal(read.X.toarray(), VALUES[:, :genes])
    assert list(read.obs_names) == CELLS
    assert list(read.var_names) == SYMBOLS[:genes]
    assert list(read.var["gene_id"]) == IDS[:genes]


def test_h5_is_read(tmp_path):
    read = tenx.read_h5(write_10x_h5(tmp_path / "f.h5", *PARTS))
    same(read)
    assert read.uns == {"matrix": "f.h5"}


def test_older_h5_is_read(tmp_path):
    same(tenx.read_h5(write_10x_h5_v2(tmp_path / "f.h5", *PARTS)))


@pytest.mark.parametrize("version", [2, 3])
def test_mtx_is_read(tmp_path, version):
    read = tenx.read_mtx(write_10x_mtx(tmp_path, *PARTS, version=version))
    same(read)
    assert read.uns == {"matrix": "matrix.mtx.gz" if version == 3 else "matrix.mtx"}
    assert recognise(tmp_path) == "mtx"


def test_features_may_be_symbols_alone(tmp_path):
    write_10x_mtx(tmp_path, *PARTS, version=2)
    (tmp_path / "genes.tsv").write_text("\n".join(["NA", *SYMBOLS[1:]]))
    read = tenx.read_mtx(tmp_path)
    assert list(read.var_names) == ["NA", *SYMBOLS[1:]]
    assert read.var.columns.empty


@pytest.mark.parametrize("kind", ["h5", "mtx"])
def test_features_that_are_not_genes_are_left_out_and_said(tmp_path, kind, caplog):
    if kind == "h5":
        read = tenx.read_h5(write_10x_h5(tmp_path / "f.h5", *PARTS, TYPES))
    else:
        read = tenx.read_mtx(write_10x_mtx(tmp_path, *PARTS, TYPES))
    same(read, genes=6)
    left_out = "2 features that are not genes (Antibody Capture, CRISPR Guide Capture) are left out"
    assert sentences(caplog) == [f"{read.uns['matrix']}: {left_out}"]
    assert severities(caplog) == {"other_features_left_out": "note"}


def test_fractions_and_explicit_zeros_come_through(tmp_path):
    path = write_10x_h5(tmp_path / "f.h5", *PARTS)
    with h5py.File(path, "r+") as file:
        changed = file["matrix/data"][:].astype(float)
        changed[:2] = [0.5, 0]
        del file["matrix/data"]
        file["matrix/data"] = changed
    assert tenx.read_h5(path).X.data[:2].tolist() == [0.5, 0]


def without(*datasets):
    def change(path):
        with h5py.File(path, "r+") as file:
            for dataset in datasets:
                del file[dataset]

    return change


def replaced(dataset, change):
    def replace(path):
        with h5py.File(path, "r+") as file:
            old = file[dataset][:]
            del file[dataset]
            file[dataset] = change(old)

    return replace


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda path: path.write_bytes(path.read_bytes()[:3000]), "cannot be read as a 10x HDF5 file .*truncated"),
        (lambda path: path.write_bytes(b""), "cannot be read as a 10x HDF5 file"),
        (lambda path: path.write_text("gene,cell\n"), "cannot be read as a 10x HDF5 file"),
        (lambda path: path.unlink(), "cannot be read as a 10x HDF5 file"),
        (without("matrix"), "has no 10x matrix; give a file such as"),
        (without("matrix/indptr"), "has no dataset /matrix/indptr; check"),
        (without("matrix/features/name"), "has no dataset /matrix/features/name; check"),
        (without("matrix/features"), "has no dataset /matrix/features/id; check"),
        (replaced("matrix/indices", lambda old: old + 100), "cannot be read as a 10x HDF5 file .*ind"),
        (replaced("matrix/indices", lambda old: old[:-1]), "cannot be read as a 10x HDF5 file .*ind"),
        (replaced("matrix/data", lambda old: old[:0]), "cannot be read as a 10x HDF5 file"),
        (replaced("matrix/shape", lambda old: old[:1]), "cannot be read as a 10x HDF5 file"),
        (replaced("matrix/barcodes", lambda old: old[1:]), "for 8 features and 5 barcodes, but it names 8 and 4; "),
        (
            replaced("matrix/features/feature_type", lambda old: np.full(len(old), b"Antibody Capture")),
            "has no feature of the type 'Gene Expression', only Antibody Capture; give",
        ),
        (replaced("matrix/features/id", lambda old: old[1:]), "cannot be read as a 10x HDF5 file"),
    ],
)
def test_bad_h5_is_one_sentence(tmp_path, spoil, sentence):
    path = write_10x_h5(tmp_path / "f.h5", *PARTS)
    spoil(path)
    with pytest.raises(InputError, match=rf"^f\.h5: [^\n]*{sentence}[^\n]*$"):
        tenx.read_h5(path)


def test_several_genomes_are_refused(tmp_path):
    path = write_10x_h5_v2(tmp_path / "f.h5", *PARTS, genomes=["hg19", "mm10"])
    with pytest.raises(InputError, match=r"^f\.h5: has the genomes hg19, mm10; give a file with one genome$"):
        tenx.read_h5(path)


def packed(name, change):
    return lambda folder: (folder / name).write_bytes(change((folder / name).read_bytes()))


def relined(name, change):
    return packed(name, lambda old: gzip.compress(change(gzip.decompress(old))))


@pytest.mark.parametrize(
    ("spoil", "sentence"),
    [
        (lambda folder: (folder / "matrix.mtx.gz").unlink(), "has no matrix.mtx; give all three files"),
        (lambda folder: (folder / "barcodes.tsv.gz").unlink(), "has no barcodes.tsv; give all three"),
        (lambda folder: (folder / "features.tsv.gz").unlink(), "has no features.tsv or genes.tsv; give"),
        (packed("matrix.mtx.gz", lambda old: old[:-12]), "matrix.mtx.gz: cannot be read as a Matrix Market file"),
        (packed("matrix.mtx.gz", lambda old: b"hello"), "matrix.mtx.gz: cannot be read as a Matrix Market file"),
        (packed("matrix.mtx.gz", lambda old: b""), "matrix.mtx.gz: cannot be read as a Matrix Market file"),
        (
            relined("matrix.mtx.gz", lambda old: old.rsplit(b"\n", 2)[0]),
            "matrix.mtx.gz: cannot be read .*Truncated file.*; check",
        ),
        (relined("matrix.mtx.gz", lambda old: old + b"900 900 1\n"), "matrix.mtx.gz: cannot be read as a Matrix"),
        (
            relined("matrix.mtx.gz", lambda old: old.replace(b" 1\n", b" 1,5\n", 1)),
            "matrix.mtx.gz: cannot be read .*holds ',' among its numbers",
        ),
        (
            relined("matrix.mtx.gz", lambda old: re.sub(rb"(?m)^8 ", b"800000000 ", old, count=1)),
            "matrix.mtx.gz: its header promises 800000000 rows and 5 columns, more than data sets have",
        ),
        (
            packed("barcodes.tsv.gz", lambda old: old[:-9]),
            "barcodes.tsv.gz: cannot be read as a table separated by tabs",
        ),
        (
            relined("barcodes.tsv.gz", lambda old: b"\n"),
            "barcodes.tsv.gz: has no names; check that the file is complete",
        ),
        (
            relined("features.tsv.gz", lambda old: old.replace(b"\tGene2\t", b"\t", 1)),
            "features.tsv.gz: row 4 has 2 columns, the first has 3; check that the file is complete",
        ),
        (relined("features.tsv.gz", lambda old: b"\xff\xfe"), "features.tsv.gz: cannot be read as a table separated"),
        (
            relined("barcodes.tsv.gz", lambda old: old + b"more\n"),
            "matrix.mtx.gz: has 8 rows and 5 columns, but features.tsv.gz has 8 features and barcodes.tsv.gz has "
            "6 barcodes; give three files of one matrix",
        ),
        (
            relined("features.tsv.gz", lambda old: old.replace(b"Gene Expression", b"Peaks")),
            "matrix.mtx.gz: has no feature of the type 'Gene Expression', only Peaks; give",
        ),
    ],
)
def test_bad_mtx_is_one_sentence(tmp_path, spoil, sentence):
    folder = write_10x_mtx(tmp_path / "cells", *PARTS)
    spoil(folder)
    with pytest.raises(InputError, match=rf"^[^\n]*{sentence}[^\n]*$"):
        tenx.read_mtx(folder)


@pytest.mark.parametrize(
    ("file", "kind"),
    [
        ("matrix.mtx", "mtx"),
        ("GSM1_matrix.mtx.gz", "mtx"),
        ("spatial/tissue_positions_list.csv", "spaceranger"),
        ("scalefactors_json.json", "spaceranger"),
        ("cell_feature_matrix/matrix.mtx.gz", "xenium"),
        ("cells.parquet", "xenium"),
        ("filtered_feature_bc_matrix.h5", "cellranger"),
        ("sample_filtered_feature_bc_matrix.h5", "cellranger"),
        ("filtered_feature_cell_matrix.h5", "segmented"),
        ("Lung5_exprMat_file.csv.gz", "cosmx"),
        ("cell_by_gene.csv", "merscope"),
        ("well05raw_expression_pd.csv", "starmap"),
    ],
)
def test_folders_are_recognised_by_their_files(tmp_path, file, kind):
    path = tmp_path / file
    path.parent.mkdir(exist_ok=True)
    path.touch()
    assert recognise(tmp_path) == kind


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("genes.txt", "is a folder of an unknown kind, it has genes.txt; give one of 10x mtx, Cell Ranger,"),
        ("filtered/matrix.mtx", "is a folder of an unknown kind, it has filtered/; give"),
        (".zattrs", "cannot be read as a zarr store"),
        ("zarr.json", "cannot be read as a zarr store"),
    ],
)
def test_other_folders_are_refused(tmp_path, file, sentence):
    path = tmp_path / "given" / file
    path.parent.mkdir(parents=True)
    path.touch()
    with pytest.raises(InputError, match=rf"^given: {sentence}[^\n]*$"):
        recognise(tmp_path / "given")


def renamed(folder, prefixes):
    for path in [*folder.iterdir()]:
        for prefix in prefixes:
            (folder / f"{prefix}{path.name}").write_bytes(path.read_bytes())
        path.unlink()
    return folder


def test_a_prefix_of_all_three_files_is_read(tmp_path):
    folder = renamed(write_10x_mtx(tmp_path / "cells", *PARTS), ["GSM12_tumour_"])
    same(tenx.read_mtx(folder))
    write_10x_mtx(folder, VALUES + 1, CELLS, SYMBOLS, IDS)
    assert tenx.read_mtx(folder).X.sum() == (VALUES + 1).sum(), "names without a prefix are preferred"


def test_several_prefixes_are_refused(tmp_path):
    folder = renamed(write_10x_mtx(tmp_path / "cells", *PARTS), ["GSM1_", "GSM2_"])
    sentence = r"^cells: has 2 files of the kind \*matrix.mtx.gz, 'GSM1_matrix.mtx.gz', 'GSM2_matrix.mtx.gz'; give a"
    for read in (recognise, tenx.read_mtx):
        with pytest.raises(InputError, match=sentence):
            read(folder)


def as_r_quotes(names, ids):
    return [f'"{name}"' for name in names], [f'"{one}"\t"{name}"' for one, name in zip(ids, SYMBOLS, strict=True)]


LISTS = {
    "quoted": as_r_quotes(CELLS, IDS),
    "with R's numbers": (
        ['"x"', *(f'"{number}" "{name}"' for number, name in enumerate(CELLS, 1))],
        [
            '"","id","name"',
            *(f'"{n}","{one}","{name}"' for n, (one, name) in enumerate(zip(IDS, SYMBOLS, strict=True), 1)),
        ],
    ),
    "with pandas' numbers": (
        ["\t0", *(f"{number}\t{name}" for number, name in enumerate(CELLS))],
        [
            "\tgene_ids\tfeature_name",
            *(f"{n}\t{one}\t{name}" for n, (one, name) in enumerate(zip(IDS, SYMBOLS, strict=True))),
        ],
    ),
    "with headers": (["x", *CELLS], ["V1\tV2", *(f"{one}\t{name}" for one, name in zip(IDS, SYMBOLS, strict=True))]),
    "with comments": (
        ["# cells", *CELLS, ""],
        ["#!genes", "", *(f"{one}\t{name}" for one, name in zip(IDS, SYMBOLS, strict=True))],
    ),
}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("lists", LISTS)
def test_lists_of_names_from_elsewhere_are_read(tmp_path, lists, end):
    folder = write_10x_mtx(tmp_path, *PARTS, version=2)
    for name, lines in zip(("barcodes.tsv", "genes.tsv"), LISTS[lists], strict=True):
        (folder / name).write_bytes(end.join([*lines, ""]).encode("utf-8-sig"))
    same(tenx.read_mtx(folder))


def test_a_header_that_is_left_out_is_said(tmp_path, caplog):
    folder = write_10x_mtx(tmp_path, *PARTS, version=2)
    (folder / "barcodes.tsv").write_text("\n".join(["barcode", *CELLS]))
    same(tenx.read_mtx(folder))
    assert sentences(caplog) == ["barcodes.tsv: its first line 'barcode' is taken for a header and left out"]


def test_quotes_within_names_are_kept(tmp_path):
    folder = write_10x_mtx(tmp_path, *PARTS, version=2)
    odd = ['5"-rna', '"quoted"', *SYMBOLS[2:]]
    (folder / "genes.tsv").write_text("\n".join(odd))
    assert list(tenx.read_mtx(folder).var_names) == odd
