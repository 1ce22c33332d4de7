"""Small inputs in the layouts that users bring, for the tests of the door."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

GENES = [f"Gene{number}" for number in range(1, 121)]
TYPES = ["A", "B", "C"]


def counts(observations: int, *, genes: int = len(GENES), seed: int = 0) -> np.ndarray:
    """Return counts, observations × genes, none of whose rows is empty."""
    drawn = np.random.default_rng(seed).poisson(2.0, (observations, genes))
    drawn[:, 0] += 1
    return drawn


def write_h5ad(path: Path, values: np.ndarray, *, genes: list[str] = GENES, **parts) -> Path:
    """Write an h5ad with the given obs, obsm, uns, layers."""
    names = [f"c{number}" for number in range(1, len(values) + 1)]
    obs = pd.DataFrame(parts.pop("obs", {}), index=names)
    ad.AnnData(sp.csr_matrix(values, dtype=np.float32), obs=obs, var=pd.DataFrame(index=genes), **parts).write_h5ad(
        path
    )
    return path


def write_table(path: Path, values: np.ndarray, names: list[str], *, genes: list[str] = GENES) -> Path:
    """Write a table of genes × observations."""
    mark = "\t" if ".tsv" in path.name else ","
    pd.DataFrame(np.asarray(values).T, index=genes, columns=names).to_csv(path, sep=mark)
    return path


def write_published(folder: Path) -> dict[str, Path]:
    """Write the five tables of the published tool: 2 bulk samples, 18 cells of 3 types, 5 spots."""
    cells, spots = [f"cell{n}" for n in range(1, 19)], [f"spot{n}" for n in range(1, 6)]
    paths = {name: folder / f"{name}.csv" for name in ("bulk", "sc_data", "sc_meta", "st_data", "st_meta")}
    write_table(paths["bulk"], counts(2, seed=1) * 50, ["one", "two"])
    write_table(paths["sc_data"], counts(18, seed=2), cells)
    pd.DataFrame({"Cell": cells, "Cell_type": [TYPES[n % 3] for n in range(18)]}).to_csv(paths["sc_meta"], index=False)
    write_table(paths["st_data"], counts(5, seed=3) * 10, spots)
    where = pd.DataFrame({"Spot": spots, "xcoord": range(5), "ycoord": [0] * 5})
    where.to_csv(paths["st_meta"], index=False)
    return paths


def write_sheet(folder: Path, *rows: dict[str, str]) -> Path:
    """Write a samplesheet with the columns that the rows have."""
    path = folder / "samplesheet.csv"
    pd.DataFrame(rows).to_csv(path, index=False)
    return path


PUBLISHED_ROW = {
    "sample": "s",
    "bulk": "bulk.csv",
    "bulk_column": "one",
    "reference": "sc_data.csv",
    "reference_meta": "sc_meta.csv",
    "spatial": "st_data.csv",
    "spatial_meta": "st_meta.csv",
    "platform": "spot",
}
