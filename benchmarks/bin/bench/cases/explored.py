"""Sections of any size as the pipeline's last steps leave them, simulated: what an explorer page is made of."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Expected, Obs, Obsm, Uns, Var, Varm
from bulk2space.contract.stored import COUNTS, LOGS, Stored, write_by_rows
from bulk2space.contract.tables import MARKERS, SPATIAL_GENES
from bulk2space.numerics.scaling import log_normalize
from bulk2space.patterns.varying_genes import have_counts, varying

GENES, PANEL, TYPES = 2_000, 400, 12  # of the reference; measured in an image; cell types
DEPTH = 150.0  # counts of a bin or a cell
CELLS_PER_BIN, NEIGHBOURS, GENERATED = 2, 10, 5_000
PATCH = 25  # places along the side of a patch of tissue in which one type is frequent
OWN_TYPE = 0.7  # probability that a cell has the frequent type of its patch
ROWS_AT_ONCE = 20_000
SIDE = 8.0  # µm, of a bin


def write(folder: Path, platform: str, places: int) -> None:
    """Write section.h5ad, spatial.h5ad, markers.csv, genes_in_space.csv and, of spots, spots.h5ad.

    Parameters
    ----------
    folder
        Where to write.
    platform
        ``spot`` or ``image``.
    places
        Bins or imaged cells, on a square grid; imaged cells lie a little off it.
    """
    rng = np.random.default_rng(0)
    folder.mkdir(parents=True, exist_ok=True)
    genes = pd.Index([f"gene{number}" for number in range(GENES)])
    rates = rng.gamma(0.3, 1, (TYPES, GENES))
    rates *= DEPTH / rates.sum(axis=1, keepdims=True)
    names = [f"type {number + 1}" for number in range(TYPES)]
    _markers(rates, names, genes).to_csv(folder / "markers.csv", index=False)
    side = int(np.ceil(np.sqrt(places)))
    row, column = np.divmod(np.arange(places), side)
    centres = np.column_stack([column + 0.5, row + 0.5]) * SIDE
    patch = row // PATCH * (side // PATCH + 1) + column // PATCH
    frequent = rng.integers(TYPES, size=patch.max() + 1)[patch]
    made = _spots if platform == "spot" else _image
    made(folder, centres, frequent, rates, names, genes, rng)
    with Stored(folder / "section.h5ad") as section:
        SPATIAL_GENES.write(
            varying(section, np.asarray(section.obsm[Obsm.SPATIAL]), have_counts(section), rng),
            folder / SPATIAL_GENES.name,
        )


def _drawn(frequent: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return a type for each of some cells, by the frequent type around each."""
    return np.where(rng.random(len(frequent)) < OWN_TYPE, frequent, rng.integers(TYPES, size=len(frequent)))


def _section(
    path: Path, names: pd.Index, genes: pd.Index, centres: np.ndarray, means: sp.csr_matrix | np.ndarray,
    rates: np.ndarray, rng: np.random.Generator,
) -> None:  # fmt: skip
    """Write the section as measured: Poisson counts of ``means`` (places × types) times ``rates`` (types × genes)."""
    uns = {Uns.COORDINATE_UNIT: "µm"}
    empty = ad.AnnData(obs=pd.DataFrame(index=names), var=pd.DataFrame(index=genes), uns=uns)
    empty.obsm[Obsm.SPATIAL] = centres
    starts = range(0, len(names), ROWS_AT_ONCE)
    counts = [
        sp.csr_matrix(rng.poisson(means[start : start + ROWS_AT_ONCE] @ rates).astype(np.float32)) for start in starts
    ]
    write_by_rows(empty, {LOGS: map(log_normalize, counts), COUNTS: counts}, path)


def _spots(
    folder: Path, centres: np.ndarray, frequent: np.ndarray, rates: np.ndarray, names: list[str], genes: pd.Index,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    n = len(centres)
    bins = pd.Index([f"s_008um_{y:05.0f}_{x:05.0f}-1" for x, y in centres // SIDE])
    of_cell = np.repeat(np.arange(n), CELLS_PER_BIN)
    types = _drawn(frequent[of_cell], rng)
    held = sp.csr_matrix((np.ones(len(types)), (of_cell, types)), shape=(n, TYPES)).toarray() / CELLS_PER_BIN
    _section(folder / "section.h5ad", bins, genes, centres, held, rates, rng)

    obs = {Obs.CELL_TYPE: np.array(names)[types], Obs.SPOT: bins.to_numpy()[of_cell]}
    placed = ad.AnnData(obs=pd.DataFrame(obs, index=np.arange(len(types)).astype(str)).astype("category"))
    placed.obs[Obs.SCORE] = rng.uniform(0.3, 1, len(types))
    placed.obsm[Obsm.SPATIAL] = centres[of_cell] + rng.uniform(-SIDE / 2, SIDE / 2, (len(types), 2))
    placed.uns[Uns.SPOT_DIAMETER] = SIDE
    write_h5ad(placed, folder / "spatial.h5ad")

    expected = ad.AnnData(obs=pd.DataFrame(index=bins), var=pd.DataFrame(index=genes))
    blurred = np.clip(held + rng.normal(0, 0.1, held.shape), 0, None).astype(np.float32)
    expected.obsm.update({Obsm.SPATIAL: centres, Obsm.PROPORTIONS: blurred, Obsm.WEIGHTS: blurred})
    profiles = (rates / rates.sum(axis=1, keepdims=True) * 1e4).astype(np.float32)
    correlations = np.full(len(genes), 0.4)
    expected.uns[Uns.EXPECTED] = {
        Expected.GENES: genes.to_numpy(str), Expected.PROFILES: profiles, Expected.LEFT_OUT_PCC: correlations,
    }  # fmt: skip
    expected.uns[Uns.CELL_TYPES] = names
    write_h5ad(expected, folder / "spots.h5ad")


def _image(
    folder: Path, centres: np.ndarray, frequent: np.ndarray, rates: np.ndarray, names: list[str], genes: pd.Index,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    n = len(centres)
    centres = centres + rng.uniform(-SIDE / 3, SIDE / 3, (n, 2))
    cells = pd.Index([f"cell{number}" for number in range(n)])
    types = _drawn(frequent, rng)
    measured = np.sort(np.argsort(-rates.sum(axis=0))[:PANEL])
    whole = np.eye(TYPES)[types]
    _section(folder / "section.h5ad", cells, genes[measured], centres, whole, rates[:, measured], rng)

    of_generated = rng.integers(TYPES, size=GENERATED)
    members = [np.flatnonzero(of_generated == kind) for kind in range(TYPES)]
    near = np.concatenate([rng.choice(members[kind], NEIGHBOURS) for kind in types])
    weights = sp.csr_matrix((np.full(len(near), 1 / NEIGHBOURS), near, np.arange(0, len(near) + 1, NEIGHBOURS)))
    weights.resize((n, GENERATED))
    placed = ad.AnnData(obs=pd.DataFrame({Obs.CELL_TYPE: pd.Categorical(np.array(names)[types])}, index=cells))
    placed = ad.AnnData(obs=placed.obs, var=pd.DataFrame({Var.EXPECTED_PCC: 0.3}, index=genes))
    placed.obs[Obs.CELL_TYPE_SCORE] = rng.uniform(0.3, 1, n)
    placed.obsm.update({Obsm.SPATIAL: centres, Obsm.NEIGHBORS: weights})
    placed.uns[Uns.NEIGHBOR_SOURCES] = sp.csr_matrix(sp.identity(GENERATED, dtype=np.float32))
    drawn = log_normalize(sp.csr_matrix(rng.poisson(rates[of_generated]).astype(np.float32)))
    placed.varm[Varm.NEIGHBOR_EXPRESSION] = sp.csr_matrix(drawn.T)
    write_h5ad(placed, folder / "spatial.h5ad")


def _markers(rates: np.ndarray, names: list[str], genes: pd.Index) -> pd.DataFrame:
    """Return markers.csv: the genes of each type by its rate over the mean rate."""
    ratio = rates / (rates.mean(axis=0) + 0.01)
    frames = []
    for name, own in zip(names, ratio, strict=True):
        order = np.argsort(-own)
        frame = pd.DataFrame({"cell_type": name, "gene": genes[order], "rank": np.arange(1, len(genes) + 1)})
        frames.append(frame.assign(score=own[order], log2fc=np.log2(own[order] + 1e-3), pvalue_adj=0.01))
    return pd.concat(frames)[MARKERS.header]
