import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import refused
from bulk2space.inputs.formats.reader import read


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("counts.xlsx", ["is a spreadsheet", "save the sheet as CSV"]),
        ("COUNTS.XLS", ["is a spreadsheet"]),
        ("counts.ods", ["is a spreadsheet"]),
        ("cells.rds", ["object of R", "Matrix::writeMM(", "cells/barcodes.tsv", "cells_meta.csv", "writeH5AD(sce,"]),
        ("cells.RData", ["object of R", "zellkonverter"]),
        ("cells.rda", ["object of R"]),
        ("cells.qs", ["object of R"]),
        ("cells.h5seurat", ['SeuratDisk::Convert("cells.h5seurat", dest = "h5ad")']),
        ("cells.h5Seurat", ["SeuratDisk"]),
        ("cells.loom", ['anndata.io.read_loom("cells.loom").write_h5ad("cells.h5ad")']),
        ("counts.parquet", ['pandas.read_parquet("counts.parquet").to_csv(']),
        ("counts.feather", ['pandas.read_feather("counts.feather")']),
        ("GSE1_RAW.tar", ["is an archive", "unpack it"]),
        ("outs.tar.gz", ["is an archive"]),
        ("outs.tgz", ["is an archive"]),
        ("table.csv.zip", ["is an archive"]),
        ("table.csv.bz2", ["compress it with gzip"]),
        ("matrix.mtx.gz", ["a folder with barcodes.tsv and features.tsv"]),
        ("sample_R1.fastq.gz", ["holds reads", "nf-core/rnaseq"]),
        ("aligned.bam", ["holds reads"]),
        ("cells.pkl", ["write_h5ad"]),
        ("run.cloupe", ["give the folder outs"]),
        ("experiment.xenium", ["give the folder that it is in"]),
        ("cell_segmentations.geojson", ["give the folder segmented_outputs"]),
        ("tissue_hires_image.png", ["is an image"]),
        ("cells.h5ad.gz", ["unpack it with gunzip"]),
        ("cells", ["is of an unknown format; give .h5ad, .h5mu, .h5 (10x), .csv or .tsv (also .gz), or a folder: 10x"]),
        ("cells.abc", ["is of an unknown format"]),
    ],
)
def test_other_files_are_refused_with_the_way_to_export(tmp_path, name, parts):
    path = tmp_path / name
    path.write_bytes(b"")
    with pytest.raises(InputError) as refusal:
        read(path)
    sentence = str(refusal.value)
    assert sentence.startswith(f"{name}: ")
    assert "\n" not in sentence
    assert "{" not in sentence
    for part in parts:
        assert part in sentence


@pytest.mark.parametrize("name", ["a.csv", "a.tsv.gz", "a.txt", "a.sf", "a.gct.gz", "a.results"])
def test_tables_that_are_read_have_no_such_sentence(tmp_path, name):
    assert refused.remedy(tmp_path / name) is None
