"""Small inputs in the forms that the public brings, each with what is right for it.

All bulks hold the same two samples of the same 400 genes, all references the same 60 cells: whatever the form, the same
numbers must come out.
"""

import csv
import dataclasses
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.io
import scipy.sparse as sp

GENES = [f"GEN{letter}{number:03d}" for number, letter in enumerate("ABCDEFGHJK" * 40)]
IDS = [f"ENSG{number:011d}" for number in range(1, 401)]
CELLS = [f"AAAC{number:03d}-1" for number in range(60)]
TYPES = ["T cell", "B cell", "Mono"]
LABELS = [TYPES[number % 3] for number in range(60)]
RNG = np.random.default_rng(0)
PROFILES = RNG.gamma(0.5, 2.0, (3, 400)) + 0.02
REFERENCE = RNG.poisson(PROFILES[[number % 3 for number in range(60)]]).astype(float)
REFERENCE[:, 0] += 1
BULK = RNG.poisson(np.array([[0.6, 0.3, 0.1], [0.2, 0.2, 0.6]]) @ PROFILES * 15000).astype(float)  # samples × genes
BULK[:, -10:] = 0
TPM = BULK / BULK.sum(axis=1, keepdims=True) * 1e6
SAMPLES = ["P1", "P2"]


@dataclasses.dataclass(frozen=True)
class Case:
    """One form of input.

    Attributes
    ----------
    write
        Writes its files into a folder and returns the row of the samplesheet, or what differs from the usual row.
    samples
        Names of the samples that come out; none where the input is refused.
    unit
        Unit of the bulk as it is recognised.
    remarks
        Codes of the warnings that must be among those given.
    problem
        A part of the sentence that refuses the input.
    genes
        Genes of the bulk that must come out with their values.
    """

    write: Callable[[Path], dict[str, str]]
    samples: tuple[str, ...] = ("s.P1", "s.P2")
    unit: str = "counts"
    remarks: tuple[str, ...] = ()
    problem: str = ""
    genes: int = 400


def table(values: np.ndarray = BULK, *, names: list[str] = SAMPLES, genes: list[str] = GENES) -> pd.DataFrame:
    """Return genes × samples."""
    return pd.DataFrame(values.T, index=genes, columns=names)


def text(name: str, content: str, **row: str) -> Callable[[Path], dict[str, str]]:
    """Return a writer of a bulk as text."""

    def write(folder: Path) -> dict[str, str]:
        (folder / name).write_bytes(content.encode())
        return {"bulk": name, **row}

    return write


def tabs(frame: pd.DataFrame, name: str = "bulk.tsv", label: str = "", above: str = "", below: str = "", **row: str):
    """Return a writer of a bulk as a table of tabs, with lines above or below it."""
    return text(name, above + frame.to_csv(sep="\t", index_label=label) + below, **row)


def commas(frame: pd.DataFrame, *, end: str = "\n", tail: str = "", **row: str):
    """Return a writer of a bulk as csv, with an end of each line and a tail of the file."""
    lines = frame.to_csv(lineterminator="\n").splitlines()
    return text("bulk.csv", "".join(line + end for line in lines) + tail, **row)


def with_columns(frame: pd.DataFrame, **columns: object) -> pd.DataFrame:
    """Return a table with columns of annotation before its samples."""
    return pd.concat([pd.DataFrame(columns, index=frame.index), frame], axis=1)


def reference_h5ad(folder: Path, values: np.ndarray = REFERENCE, labels: list[str] = LABELS, **layers) -> None:
    """Write the usual reference."""
    obs = pd.DataFrame({"cell_type": labels}, index=CELLS)
    adata = ad.AnnData(sp.csr_matrix(values, dtype=np.float32), obs, pd.DataFrame({"gene_id": IDS}, index=GENES))
    for name, layer in layers.items():
        adata.layers[name] = sp.csr_matrix(layer, dtype=np.float32)
    adata.write_h5ad(folder / "reference.h5ad")


def usual_bulk(folder: Path) -> dict[str, str]:
    """Write the usual bulk."""
    return tabs(table())(folder)


def reference_table(values: np.ndarray, meta: pd.DataFrame, *, names: list[str] = CELLS, extra: dict | None = None):
    """Return a writer of a reference as csv with a table of its types."""

    def write(folder: Path) -> dict[str, str]:
        frame = with_columns(table(values, names=names), **(extra or {}))
        frame.to_csv(folder / "ref.csv")
        meta.to_csv(folder / "meta.csv", index=False)
        return {**usual_bulk(folder), "reference": "ref.csv", "reference_meta": "meta.csv"}

    return write


def other_reference(**parts):
    """Return a writer of the usual bulk and another h5ad reference."""

    def write(folder: Path) -> dict[str, str]:
        reference_h5ad(folder, **parts)
        return usual_bulk(folder)

    return write


def mtx_of_r(folder: Path) -> dict[str, str]:
    """Write a reference as R's write.table does: every name in quotes."""
    matrix = folder / "mtx"
    matrix.mkdir()
    scipy.io.mmwrite(matrix / "matrix.mtx", sp.coo_matrix(REFERENCE.T.astype(int)))
    features = pd.DataFrame({"id": IDS, "name": GENES})
    for name, frame in (("barcodes", pd.DataFrame(CELLS)), ("features", features)):
        frame.to_csv(matrix / f"{name}.tsv", sep="\t", header=False, index=False, quoting=csv.QUOTE_ALL)
    META.to_csv(folder / "meta.csv", index=False)
    return {**usual_bulk(folder), "reference": "mtx", "reference_meta": "meta.csv"}


META = pd.DataFrame({"Cell": CELLS, "Cell_type": LABELS})
LOG_TPM = np.log2(TPM + 1).round(3)
LOG_REFERENCE = np.log1p(REFERENCE / REFERENCE.sum(axis=1, keepdims=True) * 1e4).round(4)
POSITIONS = {"Chr": "chr1;chr1", "Start": "100;300", "End": "200;400", "Strand": "+;-", "Length": range(500, 900)}
FEATURE_COUNTS = '# Program:featureCounts v2; Command:"a" "b"\n'
LEFT_OUT = ("annotation_left_out",)
SPIKE_IN = table(np.array([[9e5], [8e5]]), genes=["ERCC-00002"])
COUNTERS = table(np.array([[90000.0, 800], [7e4, 600]]), genes=["__no_feature", "__alignment_not_unique"])
CLINICAL = pd.DataFrame(LOG_TPM, index=SAMPLES, columns=GENES)
DATES = ["2-Sep", "1-Mar", "1-Mar", *GENES[3:]]
AMBIENT = REFERENCE * RNG.uniform(0.8, 1, 400)
ONE = ("s",)

CASES: dict[str, Case] = {
    # annotation
    "Entrez_Gene_Id beside counts": Case(
        tabs(with_columns(table(), Entrez_Gene_Id=range(1, 401)), label="Hugo_Symbol"), remarks=LEFT_OUT
    ),
    "Entrez_Gene_Id beside logarithms": Case(
        tabs(with_columns(table(LOG_TPM), Entrez_Gene_Id=range(1, 401)), label="Hugo_Symbol"),
        unit="log2", remarks=LEFT_OUT,
    ),
    "featureCounts": Case(
        tabs(with_columns(table(genes=IDS), **POSITIONS), "bulk.txt", "Geneid", FEATURE_COUNTS),
        remarks=LEFT_OUT,
    ),
    "featureCounts, cut": Case(
        tabs(with_columns(table(genes=IDS), Length=range(500, 900)), "bulk.txt", "Geneid"), remarks=LEFT_OUT
    ),
    "logarithms with a length, one sample named": Case(
        tabs(with_columns(table(LOG_TPM), Length=range(500, 900)), bulk_column="P1"),
        samples=ONE, unit="log2", remarks=LEFT_OUT,
    ),
    "logarithms with an unknown column, one sample named": Case(
        tabs(with_columns(table(LOG_TPM), my_note=range(500, 900)), bulk_column="P1"), samples=ONE, unit="log2"
    ),
    "unknown column of fractions beside counts": Case(
        tabs(with_columns(table(), conservation=np.linspace(0, 0.99, 400))), remarks=LEFT_OUT
    ),
    "row numbers before the names": Case(
        tabs(table().rename_axis("gene").reset_index(), label="X"),
    ),
    "a missing value in one sample": Case(
        tabs(table(LOG_TPM).where(np.arange(800).reshape(400, 2) != 6)),
        samples=(), problem="the value of gene 'GEND003' in 'P1' is missing (NaN)",
    ),
    "biotype in words": Case(tabs(with_columns(table(), gene_biotype="protein_coding")), remarks=LEFT_OUT),
    "RSEM, merged": Case(
        tabs(with_columns(table(BULK + 0.25, genes=IDS), **{"transcript_id(s)": "ENST1,ENST2"}), label="gene_id"),
        unit="counts", remarks=LEFT_OUT,
    ),
    "lengths under another name": Case(
        tabs(with_columns(table(), my_size=np.random.default_rng(1).integers(300, 9000, 400))), remarks=LEFT_OUT
    ),
    "BioMart's headers": Case(
        tabs(with_columns(table(), **{"Gene start (bp)": range(100, 500), "Gene end (bp)": range(900, 1300)})),
        remarks=LEFT_OUT,
    ),
    "results of a test beside counts": Case(
        tabs(with_columns(table(), log2FoldChange=np.linspace(-3, 3, 400), padj=np.linspace(0, 1, 400))),
        remarks=LEFT_OUT,
    ),
    "sum of the samples": Case(tabs(with_columns(table(), everything=BULK.sum(axis=0))), remarks=LEFT_OUT),
    "sum of the genes": Case(
        tabs(pd.concat([table(), pd.DataFrame(BULK.sum(axis=1)[None], ["everything"], SAMPLES)])), remarks=LEFT_OUT
    ),
    "groups above the genes": Case(
        tabs(pd.concat([pd.DataFrame([["tumour", "normal"]], ["group"], SAMPLES), table().astype(str)])),
        remarks=LEFT_OUT,
    ),
    "samples in rows, with survival": Case(
        commas(pd.concat([pd.DataFrame({"OS.time": [812, 1544], "OS": [1, 0]}, index=SAMPLES), CLINICAL], axis=1)),
        unit="log2", remarks=LEFT_OUT,
    ),
    "samples in rows, with an unknown number": Case(
        commas(pd.concat([pd.DataFrame({"psa_level": [812, 1544.5]}, index=SAMPLES), CLINICAL], axis=1)),
        unit="log2", remarks=LEFT_OUT,
    ),
    "reference of logarithms with a length": Case(
        reference_table(LOG_REFERENCE, META, extra={"Length": range(500, 900)}), remarks=LEFT_OUT
    ),
    "reference of logarithms with a column that is no cell": Case(
        reference_table(LOG_REFERENCE, META, extra={"my_score": range(500, 900)})
    ),
    # rows that are no genes
    "counters below the genes": Case(tabs(pd.concat([table(), COUNTERS])), remarks=("not_genes_left_out",)),
    "featureCounts' counters below the genes": Case(
        tabs(pd.concat([table(), COUNTERS.set_axis(["Unassigned_Unmapped", "Unassigned_NoFeatures"])])),
        remarks=("not_genes_left_out",),
    ),
    "a gene called NA": Case(
        tabs(pd.concat([table(), COUNTERS[:1].set_axis(["NA"])])), remarks=("not_genes_left_out",)
    ),
    "spike-ins": Case(
        tabs(pd.concat([table(), SPIKE_IN])), remarks=("not_genes_left_out",)
    ),
    # headers, line ends, Excel
    "no header": Case(
        text("bulk.tsv", table().to_csv(sep="\t", header=False)), samples=(), problem="bulk.tsv: has no header"
    ),
    "metadata without header": Case(
        lambda folder: {
            **reference_table(REFERENCE, META)(folder),
            **text("meta.csv", "AAAC000-1,T cell,0.5\nAAAC001-1,B cell,0.7\n", bulk="bulk.tsv")(folder),
        },
        samples=(), problem="meta.csv: has no header",
    ),
    "HTSeq": Case(
        text("bulk.txt", pd.concat([table(genes=IDS), COUNTERS])["P1"].astype(int).to_csv(sep="\t", header=False)),
        samples=ONE, remarks=("not_genes_left_out",),
    ),
    "gct": Case(
        tabs(with_columns(table(genes=IDS), Description=GENES), "bulk.gct", "Name", "#1.2\n400\t2\n")
    ),
    "series matrix of GEO": Case(
        tabs(
            table(LOG_TPM), "bulk.txt", "ID_REF", "!Series_title\t\"a\"\n!series_matrix_table_begin\n",
            "!series_matrix_table_end\n",
        ),
        unit="log2",
    ),
    "HTSeq with a column of names": Case(
        text("bulk.txt", with_columns(table(genes=IDS)[["P1"]], n=GENES).to_csv(sep="\t", header=False)),
        samples=(), problem="bulk.txt: has no header",
    ),
    "line ends of old Macs": Case(commas(table(), end="\r")),
    "empty columns of Excel": Case(commas(table(), end=",,\n")),
    "empty rows of Excel": Case(commas(table(), tail=",,\n,,\n")),
    "dates of Excel": Case(commas(table(genes=DATES)), remarks=("gene_names_are_dates",), genes=397),
    "names in quotes": Case(mtx_of_r),
    # units
    "log2(x + 0.001)": Case(tabs(table(np.log2(TPM + 0.001).round(4))), unit="tpm"),
    "log2(x + 0.5)": Case(tabs(table(np.log2(TPM + 0.5).round(4))), unit="tpm"),
    "log2 of counts": Case(tabs(table(np.log2(BULK + 1).round(4))), unit="log2"),
    "percentages of one sample": Case(tabs(table(TPM[:1] / 1e4, names=["P1"])), samples=ONE, unit="tpm"),
    "two names for each gene": Case(tabs(table(genes=[f"{gene}|{n}" for n, gene in enumerate(GENES)]))),
    "z-scores": Case(
        tabs(table((LOG_TPM - LOG_TPM.mean()) / LOG_TPM.std())), samples=(), problem="is negative, as are"
    ),
    "layer of counts with fractions": Case(other_reference(values=np.log1p(AMBIENT), counts=AMBIENT)),
    "counts with fractions": Case(other_reference(values=AMBIENT), remarks=("unit_guessed",)),
    # names and labels of cells
    "prefix in the matrix and in R's row names": Case(
        reference_table(
            REFERENCE,
            pd.DataFrame({"": [f"s1_{name}" for name in CELLS], "barcode": CELLS, "Cell_type": LABELS}),
            names=[f"s1_{name}" for name in CELLS],
        )
    ),
    "prefix in the matrix alone": Case(reference_table(REFERENCE, META, names=[f"s1_{name}" for name in CELLS])),
    "labels that mean none": Case(
        other_reference(labels=[*LABELS[:40], *["unknown"] * 12, *["Doublet"] * 8]), remarks=("unknown_types_left_out",)
    ),
}  # fmt: skip
