"""Files that are not read, and how to export what they hold."""

import re
from pathlib import Path

SEURAT = (
    'm <- s[["RNA"]]$counts; dir.create("cells"); Matrix::writeMM(m, "cells/matrix.mtx"); '
    'writeLines(rownames(m), "cells/features.tsv"); writeLines(colnames(m), "cells/barcodes.tsv"); '
    'write.csv(s[[]], "cells_meta.csv")'
)
R_OBJECT = (
    "is an object of R, which is not read; in R, with a Seurat object s, run "
    f"{SEURAT} and give the folder cells with the table cells_meta.csv, or with a SingleCellExperiment sce run "
    'zellkonverter::writeH5AD(sce, "cells.h5ad") and give cells.h5ad'
)
SHEET = (
    "is a spreadsheet, which is not read; save the sheet as CSV (UTF-8), with genes formatted as text, and give that"
)
PACKED = "is an archive, which is not read; unpack it and give the file or folder in it"
COLUMNS = (
    "is a table in columns, which is not read; save it as CSV, in Python "
    'pandas.read_{kind}("{name}").to_csv("table.csv", index=False), and give that'
)
READS = (
    "holds reads, which are not counted here; count them first, for example with nf-core/rnaseq, and give the counts"
)
PICKLE = "is an object of Python, which is not read; in Python, save it with AnnData's write_h5ad and give the h5ad"
REFUSED = {
    r"xlsx|xlsm|xlsb|xls|ods|numbers": SHEET,
    r"rds|rdata|rda|qs|qs2|robj": R_OBJECT,
    r"h5seurat": "is a file of SeuratDisk, which is not read; in R, run "
    'SeuratDisk::Convert("{name}", dest = "h5ad") and give the h5ad',
    r"loom": "is a loom file, which is not read; in Python, run "
    'anndata.io.read_loom("{name}").write_h5ad("cells.h5ad") and give cells.h5ad',
    r"parquet": COLUMNS.replace("{kind}", "parquet"),
    r"feather|arrow": COLUMNS.replace("{kind}", "feather"),
    r"zip|tar|tgz|tbz2?|txz|7z|rar": PACKED,
    r"bz2|xz|zst|lz4|z": "is compressed in a way that is not read; unpack it, or compress it with gzip",
    r"mtx": "is a matrix without names; put it into a folder with barcodes.tsv and features.tsv and give the folder",
    r"fastq|fq|bam|cram|sam|sra": READS,
    r"pkl|pickle|joblib|npz|npy|pt": PICKLE,
    r"cloupe|vloupe": "is a file of Loupe Browser, which is not read; give the folder outs of the same run",
    r"gef|gem|cellbin": "is a Stereo-seq file, which is not read; export it as h5ad with stereopy's "
    "stereo_to_anndata and give the h5ad",
    r"xenium": "describes a Xenium run; give the folder that it is in",
    r"geojson": "holds outlines alone; give the folder segmented_outputs that it is in",
    r"tiff?|png|jpe?g|svs|ndpi|czi": "is an image, not expression; give the table, file or folder of the expression",
    r"cel|idat": "holds intensities of a microarray, which are not read; give a table of expression by gene",
    r"h5ad|h5|h5mu": "is compressed; unpack it with gunzip and give the file in it",
    r"json|xml|html?|pdf|docx?": "is not a file of expression; give the table, file or folder of the expression",
}
"""Sentences by the file's ending, a pattern in lower case, set aside ``.gz``."""


def remedy(path: Path) -> str | None:
    """Return what to do with a file that is not read; None where nothing is known of its ending."""
    name = path.name.lower()
    if re.search(r"\.(tar|tgz)(\.\w+)?$", name):
        return PACKED
    ending = name.removesuffix(".gz").rpartition(".")[2]
    for pattern, sentence in REFUSED.items():
        if re.fullmatch(pattern, ending):
            return sentence.replace("{name}", path.name)
    return None
