"""Small files of every kind that the door reads, and how the door is to be asked for them."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.keys import Obsm
from bulk2space.inputs import door
from bulk2space.inputs.genes import Genes
from bulk2space.inputs.metadata import read_gene_map
from inputs import GENES, TYPES, counts, write_h5ad, write_table
from public_inputs import CASES as FORMS
from public_inputs import GENES as FORM_GENES
from public_inputs import IDS, REFERENCE, mtx_of_r
from vendor_inputs import (
    SCALE,
    ensembl,
    names,
    write_10x_h5,
    write_10x_h5_v2,
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

CELLS = 12
SYMBOLS, GENE_IDS = names("Gene", 30), ensembl(30)
VALUES = counts(CELLS, genes=30)
SPOTS = names("spot", CELLS)
PLACES = np.column_stack([np.arange(CELLS) * 10.0 + 5, np.arange(CELLS)[::-1] * 7.0 + 3])
LABELS = [TYPES[cell % 3] for cell in range(CELLS)]
IMAGES = {"lowres": np.full((20, 20, 3), 200, dtype=np.uint8)}
KNOWN = Genes(pd.Index(FORM_GENES), pd.Index(IDS))
"""Genes of the reference, by which a bulk's rows are told from its columns."""


class Ask(NamedTuple):
    """What the door is asked for: the kind of input, the names of its files in their folder."""

    kind: str
    matrix: str
    meta: str = ""
    platform: str = "image"


def through_door(folder: Path, ask: Ask) -> ad.AnnData:
    """Send an input through its door."""
    matrix, table = folder / ask.matrix, folder / ask.meta if ask.meta else None
    if ask.kind == "reference":
        return door.reference(matrix, table)
    if ask.kind == "section":
        return door.section(matrix, table, platform=ask.platform)
    if ask.kind == "lengths":
        return door.bulk(matrix, lengths=table)
    if ask.kind == "gene map":
        return door.bulk(matrix, naming=door.Naming(gene_map=read_gene_map(folder / ask.meta)))
    return door.bulk(matrix, naming=door.Naming(known=KNOWN))


def form(name: str) -> Callable[[Path], Ask]:
    """Return a writer of a form of bulk that the public brings."""

    def write(folder: Path) -> Ask:
        return Ask("bulk", FORMS[name].write(folder)["bulk"])

    return write


def compressed_bulk(folder: Path) -> Ask:
    """Write a bulk as csv.gz."""
    write_table(folder / "bulk.csv.gz", counts(3) * 10, ["one", "two", "three"])
    return Ask("bulk", "bulk.csv.gz")


def program(name: str, columns: dict[str, object]) -> Callable[[Path], Ask]:
    """Return a writer of one sample's quantities as a program writes them."""

    def write(folder: Path) -> Ask:
        pd.DataFrame(columns).to_csv(folder / name, sep="\t", index=False)
        return Ask("bulk", name)

    return write


def star(folder: Path) -> Ask:
    """Write STAR's counts of genes."""
    counters = ["N_unmapped", "N_multimapping", "N_noFeature", "N_ambiguous"]
    table = pd.DataFrame({place: range(place, 404 + place) for place in range(1, 4)}, index=counters + IDS)
    table.to_csv(folder / "ReadsPerGene.out.tab", sep="\t", header=False)
    return Ask("bulk", "ReadsPerGene.out.tab")


def table_of_cells(folder: Path) -> Ask:
    """Write a reference as a table with the table of its types."""
    meta = pd.DataFrame({"Cell": names("cell", CELLS), "Cell_type": LABELS, "n": range(CELLS)})
    write_table(folder / "cells.csv", counts(CELLS), names("cell", CELLS))
    meta.to_csv(folder / "types.csv", index=False)
    return Ask("reference", "cells.csv", "types.csv")


def table_of_spots(folder: Path) -> Ask:
    """Write a section as a table with the table of its places."""
    write_table(folder / "spots.tsv", counts(CELLS), SPOTS)
    x, y = PLACES.T
    pd.DataFrame({"Spot": SPOTS, "xcoord": x, "ycoord": y}).to_csv(folder / "places.csv", index=False)
    return Ask("section", "spots.tsv", "places.csv", "spot")


def beside_bulk(kind: str, name: str, **columns: object) -> Callable[[Path], Ask]:
    """Return a writer of a bulk and of a table of its genes."""

    def write(folder: Path) -> Ask:
        write_table(folder / "bulk.csv", counts(2) * 10, ["one", "two"])
        pd.DataFrame(columns).to_csv(folder / name, index=False)
        return Ask(kind, "bulk.csv", name)

    return write


def h5ad_reference(folder: Path) -> Ask:
    """Write a reference with a layer of counts, raw values and categories."""
    values = counts(CELLS)
    obs = {"cell_type": pd.Categorical(LABELS), "n_counts": values.sum(axis=1), "is_fine": True}
    write_h5ad(folder / "reference.h5ad", np.log1p(values), obs=obs, layers={"counts": sp.csr_matrix(values * 1.0)})
    return Ask("reference", "reference.h5ad")


OWN = {"spot_diameter": 12.0, "spot_micrometers": 55.0, "coordinate_unit": "pixel"}


def h5ad_section(obsm: object, *, scanpy: bool = True) -> Callable[[Path], Ask]:
    """Return a writer of a section with these coordinates and with what scanpy, or the pipeline itself, keeps of it."""

    def write(folder: Path) -> Ask:
        image = np.full((10, 10, 3), 0.5)
        library = {"scalefactors": SCALE | {"tissue_lowres_scalef": 0.05}, "images": {"lowres": image}}
        obs = {"array_row": range(CELLS), "array_col": range(CELLS), "in_tissue": 1, "library_id": "one"}
        index = names("c", CELLS)
        places = obsm.set_axis(index) if isinstance(obsm, pd.DataFrame) else obsm
        parts = {"obsm": {Obsm.SPATIAL: places}, "uns": {"spatial": {"one": library}} if scanpy else OWN}
        write_h5ad(folder / "section.h5ad", counts(CELLS), obs=obs, **parts)
        return Ask("section", "section.h5ad", platform="spot")

    return write


def anndata_zarr(folder: Path) -> Ask:
    """Write a reference as AnnData's zarr store."""
    obs = pd.DataFrame({"cell_type": LABELS}, index=names("c", CELLS))
    var = pd.DataFrame({"gene_id": GENE_IDS}, index=SYMBOLS)
    ad.AnnData(sp.csr_matrix(VALUES, dtype=np.float32), obs, var).write_zarr(folder / "cells.zarr")
    return Ask("reference", "cells.zarr")


def multimodal(folder: Path) -> Ask:
    """Write a reference as h5mu."""
    index = names("c", CELLS)
    rna = ad.AnnData(sp.csr_matrix(VALUES, dtype=np.float32), pd.DataFrame(index=index), pd.DataFrame(index=SYMBOLS))
    protein = ad.AnnData(VALUES[:, :3].astype(np.float32), pd.DataFrame(index=index))
    write_h5mu(folder / "cells.h5mu", {"rna": rna, "prot": protein}, pd.DataFrame({"cell_type": LABELS}, index=index))
    return Ask("reference", "cells.h5mu")


def with_types(write: Callable[..., Path], name: str, cells: list[str], *parts: object, **options: object):
    """Return a writer of a reference without labels, by a vendor's writer, with a table of its types."""

    def write_both(folder: Path) -> Ask:
        write(folder / name, VALUES, cells, *parts, **options)
        pd.DataFrame({"barcode": cells, "Cell_type": LABELS}).to_csv(folder / "types.csv", index=False)
        return Ask("reference", name, "types.csv")

    return write_both


def in_folder(write: Callable[..., Path], *parts: object, platform: str = "image", **options: object):
    """Return a writer of a section, by a vendor's writer."""

    def write_section(folder: Path) -> Ask:
        write(folder / "run", VALUES, *parts, **options)
        return Ask("section", "run", platform=platform)

    return write_section


def mtx_with_quotes(folder: Path) -> Ask:
    """Write a reference as R's write.table does."""
    row = mtx_of_r(folder)
    (folder / row["bulk"]).unlink()
    return Ask("reference", row["reference"], row["reference_meta"])


FEATURES = (SYMBOLS, GENE_IDS)
FIELDS = [(cell % 3 + 1, cell + 1) for cell in range(CELLS)]
PLACES_AS_TABLE = pd.DataFrame({"x": PLACES[:, 0], "y": PLACES[:, 1], "fov": "one"})
QUANTITIES = {
    "length": range(500, 900),
    "eff_length": range(400, 800),
    "est_counts": REFERENCE.sum(0),
    "tpm": REFERENCE.sum(0) / 2,
}

ORIGINALS: dict[str, Callable[[Path], Ask]] = {
    "csv": form("empty columns of Excel"),
    "csv.gz": compressed_bulk,
    "csv of old Macs": form("line ends of old Macs"),
    "tsv of logarithms": form("Entrez_Gene_Id beside logarithms"),
    "samples in rows": form("samples in rows, with survival"),
    "gct": form("gct"),
    "featureCounts": form("featureCounts"),
    "HTSeq": form("HTSeq"),
    "STAR": star,
    "kallisto": program("abundance.tsv", {"target_id": IDS, **QUANTITIES}),
    "gene lengths": beside_bulk("lengths", "lengths.csv", gene_id=GENES, length=range(500, 620)),
    "gene names": beside_bulk("gene map", "map.csv", gene_id=GENES, gene_name=[f"New{gene}" for gene in GENES]),
    "cells": table_of_cells,
    "spots": table_of_spots,
    "h5ad of cells": h5ad_reference,
    "h5ad of spots": h5ad_section(PLACES),
    "h5ad with a table of places": h5ad_section(PLACES_AS_TABLE, scanpy=False),
    "h5ad with sparse places": h5ad_section(sp.csr_matrix(PLACES)),
    "10x h5": with_types(write_10x_h5, "cells.h5", SPOTS, *FEATURES),
    "10x h5, version 2": with_types(write_10x_h5_v2, "cells.h5", SPOTS, *FEATURES),
    "mtx": with_types(write_10x_mtx, "mtx", SPOTS, *FEATURES, version=2),
    "mtx.gz": with_types(write_10x_mtx, "mtx", SPOTS, *FEATURES),
    "mtx of R": mtx_with_quotes,
    "Space Ranger": in_folder(write_spaceranger, SPOTS, *FEATURES, PLACES, platform="spot", images=IMAGES),
    "Space Ranger, old": in_folder(write_spaceranger, SPOTS, *FEATURES, PLACES, platform="spot", positions="old"),
    "Visium HD": in_folder(
        write_spaceranger, SPOTS, *FEATURES, PLACES, platform="spot", positions="parquet", matrix="mtx"
    ),
    "Visium HD, segmented": in_folder(write_segmented, range(1, CELLS + 1), *FEATURES, PLACES, images=IMAGES),
    "Xenium": in_folder(write_xenium, SPOTS, *FEATURES, PLACES),
    "Xenium, old": in_folder(write_xenium, SPOTS, *FEATURES, PLACES, table="cells.csv.gz", matrix="mtx"),
    "CosMx": in_folder(write_cosmx, FIELDS, SYMBOLS, PLACES),
    "CosMx, gz": in_folder(write_cosmx, FIELDS, SYMBOLS, PLACES, suffix=".gz"),
    "MERSCOPE": in_folder(write_merscope, SPOTS, SYMBOLS, PLACES),
    "STARmap PLUS": in_folder(write_starmap, SPOTS, SYMBOLS, PLACES),
    "AnnData zarr": anndata_zarr,
    "h5mu": multimodal,
}
"""Writers of each kind, into an empty folder."""


def spatialdata(folder: Path) -> Ask:
    """Write a section as a SpatialData store, which takes the library half a second to read."""
    write_spatialdata(folder / "s.zarr", VALUES, SPOTS, SYMBOLS, PLACES)
    return Ask("section", "s.zarr", platform="spot")


SLOW_ORIGINALS = {"SpatialData": spatialdata}
