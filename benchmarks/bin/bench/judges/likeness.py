"""How similar generated cells are to real ones: each type is compared with held-out cells.

Genes are chosen on the reference alone: the 50 best Wilcoxon markers of each type and the 2 000 most variable genes.
Values are log1p of counts per 10 000 over all genes. Equal numbers of cells are drawn from both sides, and the
generated ones come from different source cells. The ceiling of a metric is its value for cells of the reference in
place of the generated ones.
"""

import logging
import warnings
from collections.abc import Callable

import anndata as ad
import numpy as np
import pandas as pd
import scanpy as sc
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract.keys import Layers, Obs
from bulk2space.numerics.scaling import log_normalize
from sklearn.decomposition import PCA
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GroupKFold
from sklearn.neighbors import NearestNeighbors

log = logging.getLogger(__name__)

MARKERS, VARIABLE = 50, 2000
ENOUGH = 50  # held-out cells of a type from which on its metrics count
FEWEST = 10  # cells of a type on each side, below which it is not judged at all
TREES, FOLDS = 300, 5
TOP_GENES = 200  # most expressed genes of a type, for correlations between genes
COMPONENTS = 50  # principal components of the reference, in which distances between cells are measured


def judge(
    generated: ad.AnnData, reference: ad.AnnData, held_out: ad.AnnData, *, seed: int = 0, repeats: int = 5
) -> pd.DataFrame:
    """Measure each type's generated cells against held-out real ones.

    Parameters
    ----------
    generated
        Cells with `obs['cell_type']`, `obs['source_cell']` and `layers['counts']`, or log values in `X` without counts.
        Genes that they lack count as not expressed.
    reference, held_out
        Two disjoint sets of real cells of the same types and genes, with counts or log values like the generated ones.
    seed
        Seed of the draws and of the forests.
    repeats
        Number of forests over which the AUC is averaged.

    Returns
    -------
    One row per type and metric: `cell_type`, `n` (cells on each side), `gated` (whether the type has enough held-out
    cells to count), `metric`, `value`, `ceiling`. The metrics are

    - `mean_pcc`, `spread_pcc`: Pearson correlation of the genes' means, and of their standard deviations;
    - `lfc_pcc`: Pearson correlation of the markers' log fold changes against all other types;
    - `auc`: area under the curve of a random forest that tells generated from held-out cells; 0.5 is chance;
    - `frobenius`: distance between the correlation matrices of the type's 200 most expressed genes;
    - `distance_ratio`: median distance to the nearest reference cell, divided by that of held-out cells;
    - `copies`: generated cells that equal a reference cell in every count, in one row for all types.
    """
    genes = reference.var_names
    chosen, marker_genes = choose_genes(reference)
    log.info("%d genes to judge by, %d of them markers", len(chosen), len(marker_genes))
    made, real, known = (values_on(cells, genes) for cells in (generated, held_out, reference))
    is_marker = np.isin(genes[chosen], marker_genes)
    rng = np.random.default_rng(seed)
    fold_changes = [_differences(cells[0], cells[1], chosen[is_marker]) for cells in (made, real, known)]
    nearest = distance_to(known[0][:, chosen].toarray())
    rows = []
    for name in sorted(set(real[1])):
        held = rng.permutation(np.flatnonzero(real[1] == name))
        own = distinct_sources(generated, np.flatnonzero(made[1] == name), rng)
        others = rng.permutation(np.flatnonzero(known[1] == name))
        n = min(len(held), len(own), len(others))
        if n < FEWEST:
            log.warning("%s: only %d cells to compare, the type is not judged", name, n)
            continue
        a, b, c = (
            side[0][rows[:n]][:, chosen].toarray() for side, rows in ((made, own), (real, held), (known, others))
        )
        mean = np.asarray(known[0][others].mean(axis=0)).ravel()[chosen]
        top = np.argsort(-mean, kind="stable")[:TOP_GENES]
        correlations = _gene_correlations(b[:, top])
        values = {
            "mean_pcc": [_correlation(x.mean(0), b.mean(0)) for x in (a, c)],
            "spread_pcc": [_correlation(x.std(0), b.std(0)) for x in (a, c)],
            "lfc_pcc": [_correlation(fold_changes[k][name], fold_changes[1][name]) for k in (0, 2)],
            "auc": [discernibility(x, b, seed=seed, repeats=repeats) for x in (a, c)],
            "frobenius": [np.linalg.norm(_gene_correlations(x[:, top]) - correlations) for x in (a, c)],
            "distance_ratio": [nearest(a) / nearest(b), 1.0],
        }
        for metric, (value, ceiling) in values.items():
            rows.append((name, n, len(held) >= ENOUGH, metric, value, ceiling))
    table = pd.DataFrame(rows, columns=["cell_type", "n", "gated", "metric", "value", "ceiling"])
    copies = pd.DataFrame(
        [("all", generated.n_obs, True, "copies", copied(generated, reference), 0)], columns=table.columns
    )
    return pd.concat([table, copies], ignore_index=True) if len(table) else copies


def choose_genes(reference: ad.AnnData) -> tuple[np.ndarray, np.ndarray]:
    """Return the positions of the genes to judge by, sorted, and the names of the markers among them."""
    values, labels = values_on(reference, reference.var_names)
    ranking = markers.rank(values, labels, list(reference.var_names))
    best = ranking[(ranking["rank"] <= MARKERS) & (ranking["score"] > 0)]["gene"].unique()
    cells = ad.AnnData(values, var=pd.DataFrame(index=reference.var_names))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        sc.pp.highly_variable_genes(cells, n_top_genes=min(VARIABLE, cells.n_vars), flavor="seurat")
    chosen = cells.var["highly_variable"].to_numpy() | cells.var_names.isin(best)
    return np.flatnonzero(chosen), best


def discernibility(first: np.ndarray, second: np.ndarray, *, seed: int, repeats: int) -> float:
    """Return the AUC with which a random forest tells two sets of cells (cells × genes each) apart, over five folds."""
    x = np.vstack([first, second])
    y = np.repeat([1, 0], [len(first), len(second)])
    aucs = []
    for repeat in range(repeats):
        order = np.random.default_rng([seed, repeat]).permutation(len(y))
        score = np.zeros(len(y))
        for train, test in GroupKFold(FOLDS).split(order, groups=np.arange(len(order))):
            forest = RandomForestClassifier(TREES, random_state=seed + repeat)
            forest.fit(x[order[train]], y[order[train]])
            score[order[test]] = forest.predict_proba(x[order[test]])[:, 1]
        aucs.append(roc_auc_score(y, score))
    return float(np.mean(aucs))


def distance_to(reference: np.ndarray) -> Callable[[np.ndarray], float]:
    """Return a function from cells to the median distance of a cell to its nearest reference cell.

    Distances are Euclidean in the principal components of the reference.
    """
    space = PCA(min(COMPONENTS, *reference.shape), random_state=0).fit(reference)
    finder = NearestNeighbors(n_neighbors=1).fit(space.transform(reference))
    return lambda cells: float(np.median(finder.kneighbors(space.transform(cells))[0]))


def copied(generated: ad.AnnData, reference: ad.AnnData) -> int:
    """Count generated cells that equal a reference cell in every gene that both files have."""
    genes = [name for name in reference.var_names if name in set(generated.var_names)]
    known = {_fingerprint(row) for row in _rows(reference, genes)}
    return sum(_fingerprint(row) in known for row in _rows(generated, genes))


def _rows(cells: ad.AnnData, genes: list[str]):
    matrix = sp.csr_matrix(
        cells[:, genes].layers[Layers.COUNTS] if Layers.COUNTS in cells.layers else cells[:, genes].X
    )
    matrix.eliminate_zeros()
    matrix.sort_indices()
    for start, stop in zip(matrix.indptr[:-1], matrix.indptr[1:], strict=True):
        yield matrix.indices[start:stop], matrix.data[start:stop]


def _fingerprint(row: tuple[np.ndarray, np.ndarray]) -> tuple[bytes, bytes]:
    return row[0].astype(np.int32).tobytes(), row[1].astype(np.float32).tobytes()


def values_on(cells: ad.AnnData, genes: pd.Index) -> tuple[sp.csr_matrix, np.ndarray]:
    """Return log values of these genes, cells × genes, and the type of each cell."""
    values = log_normalize(cells.layers[Layers.COUNTS]) if Layers.COUNTS in cells.layers else sp.csr_matrix(cells.X)
    place = genes.get_indexer(cells.var_names)
    kept = np.flatnonzero(place >= 0)
    spread = sp.csr_matrix((np.ones(len(kept), np.float32), (kept, place[kept])), shape=(cells.n_vars, len(genes)))
    return sp.csr_matrix(values @ spread), cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)


def distinct_sources(generated: ad.AnnData, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Return rows in random order, one per source cell."""
    rows = rng.permutation(rows)
    if Obs.SOURCE_CELL not in generated.obs:
        return rows
    sources = generated.obs[Obs.SOURCE_CELL].to_numpy(dtype=str)[rows]
    return rows[np.sort(np.unique(sources, return_index=True)[1])]


def _differences(values: sp.csr_matrix, labels: np.ndarray, genes: np.ndarray) -> dict[str, np.ndarray]:
    """Return, by type, its mean log value minus that of all other cells, (genes,)."""
    values = values[:, genes]
    found = {}
    for name in np.unique(labels):
        inside = labels == name
        found[name] = np.asarray(values[inside].mean(axis=0) - values[~inside].mean(axis=0)).ravel()
    return found


def _correlation(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.corrcoef(x, y)[0, 1])


def _gene_correlations(values: np.ndarray) -> np.ndarray:
    """Return correlations between genes, genes × genes; those of a constant gene are 0."""
    centred = values - values.mean(0)
    norm = np.linalg.norm(centred, axis=0)
    unit = np.divide(centred, norm, out=np.zeros_like(centred), where=norm > 0)
    return unit.T @ unit
