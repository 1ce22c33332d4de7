"""Small files as each source of docs/bring_your_data.md gives them, by the names that the page has for them.

All bulks hold the expression of the same two samples, all references the same 60 cells (public_inputs.py): whatever the
source, the same composition of a sample must come out.
"""

import gzip
from collections.abc import Callable
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from public_inputs import (
    BULK,
    CELLS,
    COUNTERS,
    FEATURE_COUNTS,
    GENES,
    IDS,
    LABELS,
    LOG_REFERENCE,
    POSITIONS,
    PROFILES,
    REFERENCE,
    TPM,
    reference_h5ad,
    table,
    with_columns,
)
from vendor_inputs import (
    GENE,
    SCALE,
    names,
    write_10x_mtx,
    write_cosmx,
    write_h5mu,
    write_merscope,
    write_segmented,
    write_spaceranger,
    write_spatialdata,
    write_starmap,
    write_xenium,
)

Writer = Callable[[Path], object]
T1_T2 = ["T1", "T2"]
VERSIONED = [f"{gene}.{number % 9 + 1}" for number, gene in enumerate(IDS)]
ENTREZ = [str(number) for number in range(10_001, 10_401)]
LENGTHS = np.arange(500.0, 900.0)  # bases of each gene
READS = np.rint(BULK * LENGTHS / LENGTHS.mean() * [[1.0], [1.3]])  # of whole transcripts: more from long genes
SHALLOW = np.rint(BULK / 100) + (np.arange(400) == 399)  # with a gene of one count
PANEL = 80  # genes of a targeted panel
CONTROLS = ["Blank-1", "Blank-2"]
RNG = np.random.default_rng(1)
SPOTS = RNG.poisson(PROFILES[[number % 3 for number in range(30)]] * 20).astype(float) + 1
SPOT_NAMES = [f"ACGT{number:03d}-1" for number in range(30)]
PLACES = np.array([[100.0 * (number % 6), 100.0 * (number // 6)] for number in range(30)])
TISSUE = np.full((20, 20, 3), 200, dtype=np.uint8)


def save(path: Path, text: str) -> None:
    """Write text, compressed where the name says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())


def rows(frame: pd.DataFrame, label: str = "", above: str = "", *, header: bool = True) -> Writer:
    """Return a writer of a table, separated as its name says, under a label of the row names and below other lines."""

    def write(path: Path) -> None:
        mark = "," if ".csv" in path.name else "\t"
        save(path, above + frame.to_csv(sep=mark, index_label=label or None, header=header))

    return write


def quantified(columns: dict[str, object], above: str = "") -> Writer:
    """Return a writer of one sample's table with these columns."""
    return rows(pd.DataFrame(columns).set_index(next(iter(columns))), next(iter(columns)), above)


def of_gdc(sample: int) -> Writer:
    """Return a writer of GDC's STAR counts of one sample."""
    counters = [f"{name}\t\t\t900\t900\t900\t\t\t\n" for name in ("N_unmapped", "N_multimapping", "N_noFeature")]
    header = ["gene_id", "gene_name", "gene_type", "unstranded", "stranded_first", "stranded_second"]
    header += ["tpm_unstranded", "fpkm_unstranded", "fpkm_uq_unstranded"]
    counts, tpm = READS[sample].astype(int), TPM[sample].round(4)
    values = [VERSIONED, GENES, "protein_coding", counts, counts // 2, counts // 2, tpm, tpm / 2, tpm / 3]
    body = pd.DataFrame(dict(zip(header, values, strict=True)), index=VERSIONED)

    def write(path: Path) -> None:
        lines = body.to_csv(sep="\t", index=False, header=False)
        save(path, "# gene-model: GENCODE v36\n" + "\t".join(header) + "\n" + "".join(counters) + lines)

    return write


def gct(path: Path) -> None:
    """Write a tissue of GTEx: numbers of rows before the names."""
    samples = ["GTEX-1117F-0226-SM-5GZZ7", "GTEX-111CU-0126-SM-5GZWZ"]
    frame = with_columns(table(BULK.astype(int), names=samples, genes=VERSIONED), Description=GENES)
    save(path, "#1.2\n400\t2\n" + frame.rename_axis("Name").reset_index().to_csv(sep="\t", index_label="id"))


def star(path: Path) -> None:
    """Write STAR's counts of a stranded library, after its own counters."""
    counts = BULK[0].astype(int)
    frame = pd.DataFrame({"all": counts, "forward": counts // 50, "reverse": counts - counts // 50}, index=VERSIONED)
    counters = pd.DataFrame({"all": 9, "forward": 99_999, "reverse": 9}, index=["N_unmapped", "N_noFeature"])
    save(path, pd.concat([counters, frame]).to_csv(sep="\t", header=False))


def of_cellxgene(path: Path) -> None:
    """Write cells in CELLxGENE's schema: logarithms in X, counts in raw.X, identifiers as names."""
    labels = ["unknown" if number % 10 == 0 else label for number, label in enumerate(LABELS)]
    obs = pd.DataFrame({"cell_type": labels, "donor_id": ["d1", "d2"] * 30}, index=CELLS).astype("category")
    var = pd.DataFrame({"feature_name": pd.Categorical(GENES), "feature_is_filtered": False}, index=IDS)
    adata = ad.AnnData(sp.csr_matrix(REFERENCE, dtype=np.float32), obs, var)
    adata.raw = adata
    adata.X = sp.csr_matrix(LOG_REFERENCE, dtype=np.float32)
    adata.write_h5ad(path)


def of_sce(path: Path) -> None:
    """Write cells as zellkonverter does: counts in X, logarithms in a layer."""
    adata = ad.AnnData(
        sp.csr_matrix(REFERENCE), pd.DataFrame({"label": LABELS}, index=CELLS), pd.DataFrame(index=GENES)
    )
    adata.layers["logcounts"] = sp.csr_matrix(LOG_REFERENCE)
    adata.write_h5ad(path)


def of_seurat(folder: Path) -> None:
    """Write a matrix and two lists of names, as R's writeMM and writeLines do."""
    write_10x_mtx(folder, REFERENCE.astype(int), CELLS, GENES, GENES, version=2)
    (folder / "genes.tsv").unlink()
    save(folder / "features.tsv", "".join(f"{gene}\n" for gene in GENES))


def of_a_gsm(folder: Path) -> None:
    """Write the three files of a GEO sample, whose names begin with its accession."""
    write_10x_mtx(folder, REFERENCE.astype(int), CELLS, GENES, IDS)
    for path in list(folder.iterdir()):
        path.rename(folder / f"GSM4000001_P1_{path.name}")


def visium(bin_size: float | None = None) -> Writer:
    """Return a writer of Space Ranger's folder of Visium, or of one size of Visium HD's bins."""
    scale = SCALE | {"tissue_lowres_scalef": 0.03} | ({"bin_size_um": bin_size} if bin_size else {})
    positions = "parquet" if bin_size else "new"
    return lambda folder: write_spaceranger(
        folder, SPOTS, SPOT_NAMES, GENES, IDS, PLACES, positions=positions, scale=scale, images={"lowres": TISSUE}
    )


def xenium(folder: Path) -> None:
    """Write a Xenium bundle with control probes."""
    symbols = [*GENES[:PANEL], "NegControlProbe_00042", "BLANK_0006"]
    ids = [*IDS[:PANEL], "NegControlProbe_00042", "BLANK_0006"]
    types = [*[GENE] * PANEL, "Negative Control Probe", "Unassigned Codeword"]
    cells = names("aaaa-", 30)
    write_xenium(folder, SPOTS[:, : PANEL + 2], cells, symbols, ids, PLACES, types)


def sections(*, stacked: bool) -> ad.AnnData:
    """Return spots with their places; stacked: of two sections on one another."""
    adata = ad.AnnData(
        sp.csr_matrix(SPOTS, dtype=np.float32),
        pd.DataFrame(index=SPOT_NAMES),
        pd.DataFrame(index=GENES),
        obsm={"spatial": PLACES},
    )
    if not stacked:
        return adata
    both = ad.concat({"slice_a": adata, "slice_b": adata}, label="library_id", index_unique="-")
    image = {"images": {"lowres": TISSUE}, "scalefactors": {**SCALE, "tissue_lowres_scalef": 0.03}}
    both.uns["spatial"] = {"slice_a": image, "slice_b": image}
    return both


def of_scverse(path: Path) -> None:
    """Write the reference as the RNA of a MuData file, beside proteins."""
    obs = pd.DataFrame({"cell_type": LABELS}, index=CELLS)
    rna = ad.AnnData(sp.csr_matrix(REFERENCE, dtype=np.float32), pd.DataFrame(index=CELLS), pd.DataFrame(index=GENES))
    proteins = ad.AnnData(np.ones((60, 2), dtype=np.float32), pd.DataFrame(index=CELLS))
    write_h5mu(path, {"prot": proteins, "rna": rna}, obs)


META = {"barcode": CELLS, "sample": "P1", "celltype": LABELS}
GENCODE = [
    f"ENST{number:011d}.1|{gene}|OTTHUMG1|OTTHUMT1|{name}-201|{name}|900|protein_coding|"
    for number, (gene, name) in enumerate(zip(VERSIONED, GENES, strict=True))
]
QUANTITIES = {"length": 900, "effective_length": 700.5}

WRITERS: dict[str, Writer] = {
    "reference.h5ad": lambda path: reference_h5ad(path.parent),
    "bulk.csv": rows(table(names=T1_T2)),
    # GEO
    "GSE100001_counts.csv.gz": rows(
        with_columns(table(names=T1_T2), gene_biotype="protein_coding", Length=LENGTHS.astype(int))
    ),
    "GSE100002_featureCounts.txt.gz": rows(
        with_columns(table(names=["aligned/T1.bam", "aligned/T2.bam"], genes=IDS), **POSITIONS),
        "Geneid",
        FEATURE_COUNTS,
    ),
    "GSE100003_raw_counts_GRCh38.p13_NCBI.tsv.gz": rows(
        table(BULK.astype(int), names=["GSM2000001", "GSM2000002"], genes=ENTREZ), "GeneID"
    ),
    "entrez_to_symbol.csv": rows(pd.DataFrame({"gene_name": GENES}, index=ENTREZ), "gene_id"),
    "GSM4000001": of_a_gsm,
    "GSE100004_annotation.csv": rows(pd.DataFrame(META).set_index("barcode")),
    # atlases of bulks
    "0a1b2c.rna_seq.augmented_star_gene_counts.tsv": of_gdc(0),
    "3d4e5f.rna_seq.augmented_star_gene_counts.tsv": of_gdc(1),
    "data_mrna_seq_v2_rsem.txt": rows(
        with_columns(table(BULK + 0.4321, names=["TCGA-A1-A0SB-01", "TCGA-A1-A0SD-01"]), Entrez_Gene_Id=ENTREZ),
        "Hugo_Symbol",
    ),
    "TcgaTargetGtex_rsem_gene_tpm.tsv.gz": rows(
        table(np.log2(TPM + 0.001).round(4), names=["TCGA-A1-A0SB-01", "GTEX-1117F-0226-SM-5GZZ7"], genes=VERSIONED),
        "sample",
    ),
    "TCGA-BRCA.star_counts.tsv.gz": rows(
        table(np.log2(SHALLOW + 1), names=["TCGA-A1-A0SB-01A", "TCGA-A1-A0SD-01A"], genes=VERSIONED), "Ensembl_ID"
    ),
    "gene_reads_2017-06-05_v8_lung.gct.gz": gct,
    "recount3_counts.csv": rows(table(READS.astype(int), names=["SRR1000001", "SRR1000002"], genes=VERSIONED)),
    "recount3_lengths.csv": rows(pd.DataFrame({"length": LENGTHS.astype(int)}, index=VERSIONED)),
    # nf-core/rnaseq
    "salmon.merged.gene_counts.tsv": rows(
        with_columns(table(READS + 0.123, names=T1_T2, genes=IDS), gene_name=GENES), "gene_id"
    ),
    "salmon.merged.gene_lengths.tsv": rows(
        with_columns(table(np.array([LENGTHS, LENGTHS]), names=T1_T2, genes=IDS), gene_name=GENES), "gene_id"
    ),
    "salmon.merged.gene_tpm.tsv": rows(with_columns(table(TPM, names=T1_T2, genes=IDS), gene_name=GENES), "gene_id"),
    "rsem.merged.gene_tpm.tsv": rows(
        with_columns(table(TPM.round(2), names=T1_T2, genes=IDS), **{"transcript_id(s)": "ENST1,ENST2"}), "gene_id"
    ),
    # one sample a file
    "T1/abundance.tsv": quantified(
        {"target_id": GENCODE, "length": 900, "eff_length": 700.5, "est_counts": READS[0], "tpm": TPM[0]}
    ),
    "T2/quant.genes.sf": quantified(
        {"Name": VERSIONED, "Length": 900, "EffectiveLength": 700.5, "TPM": TPM[1], "NumReads": READS[1]}
    ),
    "T3.genes.results": quantified(
        {"gene_id": VERSIONED, "transcript_id(s)": "ENST1,ENST2", **QUANTITIES, "expected_count": READS[0]}
        | {"TPM": TPM[0], "FPKM": TPM[0] / 2}
    ),
    "T4.htseq.txt": rows(
        pd.concat([table(names=T1_T2, genes=VERSIONED), COUNTERS.set_axis(T1_T2, axis=1)])[["T1"]].astype(int),
        header=False,
    ),
    "T5.ReadsPerGene.out.tab": star,
    # cells
    "pancreas.h5ad": of_cellxgene,
    "cells": of_seurat,
    "cells_meta.csv": rows(pd.DataFrame({"orig.ident": "P1", "nCount_RNA": 900, "cell_label": LABELS}, index=CELLS)),
    "cells.h5ad": of_sce,
    "cells.h5mu": of_scverse,
    # spots
    "visium/outs": visium(),
    "visium_hd/binned_outputs/square_016um": visium(16.0),
    "beads.csv.gz": rows(pd.DataFrame(SPOTS.T.astype(int), index=GENES, columns=SPOT_NAMES)),
    "bead_locations.csv": rows(pd.DataFrame(PLACES, columns=["xcoord", "ycoord"], index=SPOT_NAMES), "barcode"),
    "sections.h5ad": lambda path: sections(stacked=True).write_h5ad(path),
    "section.zarr": lambda path: sections(stacked=False).write_zarr(path),
    "spatialdata.zarr": lambda path: write_spatialdata(path, SPOTS, range(1, 31), GENES, PLACES),
    # imaged cells
    "visium_hd/segmented_outputs": lambda folder: write_segmented(folder, SPOTS, range(1, 31), GENES, IDS, PLACES),
    "xenium": xenium,
    "merscope": lambda folder: write_merscope(
        folder, SPOTS[:, : PANEL + 2].astype(int), names("1234567890", 30), [*GENES[:PANEL], *CONTROLS], PLACES
    ),
    "cosmx": lambda folder: write_cosmx(
        folder,
        SPOTS[:, : PANEL + 2].astype(int),
        [(1 + number // 10, 1 + number % 10) for number in range(30)],
        [*GENES[:PANEL], "NegPrb1", "NegPrb2"],
        PLACES,
    ),
    "starmap": lambda folder: write_starmap(folder, SPOTS[:, :PANEL], names("well05_", 30), GENES[:PANEL], PLACES),
}
"""Writers of files and folders by the names on the page."""
