#!/usr/bin/env python3
"""Print how well spots are resolved: their composition, and whether it matters which cells of a type are placed.

A bulb's section is judged by its layers, against marker scores and least squares on log values; spots simulated from
held-out blood cells by their true cells, against the composition of the whole. Cells are made and placed by the
pipeline's own scripts. Whether scoring does anything: correlation of each spot's placed cells with what was measured,
on genes that are no markers, against cells taken at random within their type. With --judge a lymph node, too, which
took part in no choice; it has no known composition.
"""

import subprocess
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from sklearn.metrics import roc_auc_score

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import data_sets  # noqa: E402
from bulk2space.composition import markers  # noqa: E402
from bulk2space.composition.bulk import estimate  # noqa: E402
from bulk2space.composition.profile import reference_profile  # noqa: E402
from bulk2space.contract.expression import linear, shared_genes  # noqa: E402
from bulk2space.contract.io import read_h5ad, write_h5ad  # noqa: E402
from bulk2space.inputs import door  # noqa: E402
from bulk2space.numerics.axes import standardize  # noqa: E402
from bulk2space.numerics.scaling import log_normalize  # noqa: E402

HOMES = {
    "GC": "Granular Cell Layer",
    "M/TC": "Mitral Cell Layer",
    "PGC": "Glomerular Layer",
    "OSNs": "Olfactory Nerve Layer",
}
SETS = {"sc_mob_tepe", "st_mob_rep11", "sc_pbmc3k_10x"}
JUDGED = {"sc_lymphoid_ref", "visium_lymphnode"}
SPOTS, CELLS, MARKERS = 500, 10, 100
FEWER_MARKERS = 20  # of a type in the lymph node, whose file shares few genes with its reference
SHALLOW = 0.02  # of the counts of spots of ten cells that are left, little more than beads have
SCORERS = ("deep_forest", "cosine", "random")
SMOOTHING = 0.3
SMOOTHED = f"continuous, --smoothing {SMOOTHING}"
DRAWS = 1000  # of the bootstrap


def main() -> None:
    """Take the folder of data from the command line; print the tables and keep them."""
    options = data_sets.options(__doc__)
    options.add_argument("--judge", action="store_true", help="the set kept for judging, too")
    args = options.parse_args()
    for name in SETS | JUDGED if args.judge else SETS:
        data_sets.path(args.data, f"{name}.h5ad")
    rows, gains = [], []
    for case in ("bulb", "random", "dirichlet", "shallow"):
        folder = folder_of(args.results, case)
        truth = bulb(args.data, folder) if case == "bulb" else blood(args.data, folder, case)
        gains += scored(case, folder, MARKERS)
        place(folder, "random", MARKERS, name="smoothed", smoothing=SMOOTHING)
        rows += layers(folder, truth) if case == "bulb" else compositions(case, folder, truth)
    if args.judge:
        folder = folder_of(args.results, "lymph_node")
        lymph_node(args.data, folder)
        gains += scored("lymph node", folder, FEWER_MARKERS)
    show(rows, args.results / "spots.csv")
    show(gains, args.results / "spot_scoring.csv")


def folder_of(results: Path, case: str) -> Path:
    """Make the folder of a case's files."""
    folder = results / "spots" / case
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def scored(case: str, folder: Path, per_type: int) -> list[dict]:
    """Generate the case's cells, place them with each scorer, and return what each gains."""
    cells_of(folder)
    return scoring(case, folder, {scorer: place(folder, scorer, per_type) for scorer in SCORERS}, per_type)


def show(rows: list[dict], path: Path) -> None:
    """Print a table and keep it."""
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="%.3f", na_rep="–"), end="\n\n", flush=True)
    table.to_csv(path, index=False, float_format="%.6g")


def written(folder: Path, reference: ad.AnnData, section: ad.AnnData, bulk: sp.csr_matrix) -> None:
    """Write a case's inputs as the pipeline normalises them."""
    write_h5ad(reference, folder / "reference.h5ad")
    write_h5ad(section, folder / "section.h5ad")
    write_h5ad(ad.AnnData(bulk, obs=pd.DataFrame(index=["bulk"]), var=section.var[[]]), folder / "bulk.h5ad")


def bulb(data: Path, folder: Path) -> pd.Series:
    """Write the olfactory bulb's reference, section and bulk; return the layer of each spot."""
    reference = door.reference(data / "sc_mob_tepe.h5ad", None)
    section = door.section(data / "st_mob_rep11.h5ad", None, platform="spot")
    written(folder, reference, section, sp.csr_matrix(section.layers["counts"].sum(axis=0)))
    return section.obs["region"].astype(str).str.split(": ").str[1]


def lymph_node(data: Path, folder: Path) -> None:
    """Write the lymph node's reference, section and bulk."""
    reference = door.reference(data / "sc_lymphoid_ref.h5ad", None)
    section = door.section(data / "visium_lymphnode.h5ad", None, platform="spot")
    written(folder, reference, section, sp.csr_matrix(section.layers["counts"].sum(axis=0)))


def blood(data: Path, folder: Path, recipe: str) -> np.ndarray:
    """Write halves of blood as reference and as spots of ten cells; return the cells of each type, spots × types.

    ``random``: ten held-out cells of any type. ``dirichlet``: types drawn by shares of a Dirichlet(0.3), cells within.
    ``shallow``: such spots of which one count in fifty is left.
    """
    whole = door.reference(data / "sc_pbmc3k_10x.h5ad", None)
    order = np.random.default_rng(0).permutation(whole.n_obs)
    reference, held = whole[np.sort(order[: whole.n_obs // 2])], whole[np.sort(order[whole.n_obs // 2 :])]
    types, codes = np.unique(held.obs["cell_type"].to_numpy(dtype=str), return_inverse=True)
    rng = np.random.default_rng(1)
    if recipe == "random":
        members = np.argsort(rng.random((SPOTS, held.n_obs)), axis=1)[:, :CELLS]
    else:
        shares = np.cumsum(rng.dirichlet(np.full(len(types), 0.3), SPOTS), axis=1)
        drawn = (rng.random((SPOTS, CELLS, 1)) > shares[:, None, :-1]).sum(axis=2)  # types
        sizes, by_type = np.bincount(codes), np.argsort(codes, kind="stable")
        first = np.cumsum(sizes) - sizes
        members = by_type[first[drawn] + (rng.random(drawn.shape) * sizes[drawn]).astype(int)]
    sums = sp.csr_matrix(
        (np.ones(members.size, dtype=np.float32), members.ravel(), np.arange(SPOTS + 1) * CELLS), (SPOTS, held.n_obs)
    )
    counts = sp.csr_matrix(sums @ held.layers["counts"], dtype=np.float32)
    if recipe == "shallow":
        counts.data = rng.binomial(counts.data.astype(int), SHALLOW).astype(np.float32)
        counts.eliminate_zeros()
    section = ad.AnnData(
        log_normalize(counts), obs=pd.DataFrame(index=[f"spot{n}" for n in range(SPOTS)]), var=held.var[[]],
        obsm={"spatial": np.column_stack(np.divmod(np.arange(SPOTS), 25)).astype(float)}, layers={"counts": counts},
    )  # fmt: skip
    written(folder, reference.copy(), section, sp.csr_matrix(counts.sum(axis=0)))
    return np.array([np.bincount(row, minlength=len(types)) for row in codes[members]])


def script(name: str, *arguments) -> None:
    """Run one of the pipeline's scripts."""
    command = [sys.executable, ROOT / "bin" / name, *arguments]
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)


def cells_of(folder: Path) -> None:
    """Generate the cells that the case's section needs, as the pipeline does."""
    given = ["--reference", folder / "reference.h5ad"]
    bulk = ["--bulk", folder / "bulk.h5ad"]
    script("rank_markers.py", *given, "--output", folder / "markers.csv")
    script("estimate_proportions.py", *given, *bulk, "--markers", folder / "markers.csv",
           "--output", folder / "estimated.csv")  # fmt: skip
    script("train_vae.py", *given, "--output", folder / "vae.pt", "--history", folder / "training.csv")
    spots = read_h5ad(folder / "section.h5ad").n_obs
    script("generate_cells.py", *given, *bulk, "--bulk-column", "bulk", "--proportions", folder / "estimated.csv",
           "--vae", folder / "vae.pt", "--sample", "sample", "--cells", spots * CELLS, "--calibrate",
           "--output", folder / "cells.h5ad", "--table", folder / "proportions.csv")  # fmt: skip


def place(folder: Path, scorer: str, per_type: int, *, name: str | None = None, smoothing: float = 0) -> Path:
    """Map the cells with a scorer; return the placed cells' file, beside which the table of spots lies."""
    placed, table = folder / f"{name or scorer}.spatial.h5ad", folder / f"{name or scorer}.spots.csv"
    script("map_spots.py", "--cells", folder / "cells.h5ad", "--reference", folder / "reference.h5ad",
           "--section", folder / "section.h5ad", "--proportions", folder / "proportions.csv",
           "--markers", folder / "markers.csv", "--markers-per-type", per_type, "--cells-per-spot", CELLS,
           "--scorer", scorer, "--smoothing", smoothing, "--sample", "sample",
           "--output", placed, "--table", table)  # fmt: skip
    return placed


def wide(table: Path, column: str, spots: pd.Index) -> pd.DataFrame:
    """Return a column of a table of spots, spots × types."""
    return pd.read_csv(table).pivot(index="spot", columns="cell_type", values=column).loc[spots]


def layers(folder: Path, region: pd.Series) -> list[dict]:
    """Return the mean area under the curve over the types with a layer of their own, for us and for two baselines."""
    section, reference = read_h5ad(folder / "section.h5ad"), read_h5ad(folder / "reference.h5ad")
    table = folder / "deep_forest.spots.csv"
    found = {
        "continuous": wide(table, "proportion", section.obs_names),
        "placed cells": wide(table, "n_cells", section.obs_names),
        SMOOTHED: wide(folder / "smoothed.spots.csv", "proportion", section.obs_names),
        "marker z-scores": marker_scores(folder, section),
        "least squares on log values": log_nnls(folder, section, reference),
    }
    return [
        {"case": "bulb", "what": what, "mean AUROC of four home layers": home_layers(shares, region)}
        for what, shares in found.items()
    ]


def home_layers(shares: pd.DataFrame, region: pd.Series) -> float:
    """Return how well each type's shares tell its home layer, mean over types with one."""
    return float(np.mean([roc_auc_score(region == layer, shares[name]) for name, layer in HOMES.items()]))


def marker_scores(folder: Path, section: ad.AnnData) -> pd.DataFrame:
    """Return the mean z-score of each type's 50 best markers in each spot: no deconvolution at all."""
    ranking = pd.read_csv(folder / "markers.csv")
    ranking = ranking[ranking["gene"].isin(section.var_names)].sort_values("rank")
    scores = {
        name: standardize(section[:, rows["gene"].head(50)].X.toarray()).mean(axis=1)
        for name, rows in ranking.groupby("cell_type")
    }
    return pd.DataFrame(scores, index=section.obs_names)


def log_nnls(folder: Path, section: ad.AnnData, reference: ad.AnnData) -> pd.DataFrame:
    """Return the published composition: least squares on log values of 500 markers a type."""
    genes = markers.select(pd.read_csv(folder / "markers.csv"), shared_genes(reference, section), per_type=500)
    profile = reference_profile(reference, genes)
    values = linear(section)[:, section.var_names.get_indexer(genes)]
    fit = estimate(values, profile, method="log_nnls")
    return pd.DataFrame(fit.proportion, index=section.obs_names, columns=profile.types)


def compositions(case: str, folder: Path, truth: np.ndarray) -> list[dict]:
    """Return PCC and RMSE of the spots' shares, nine labels and with the T cells that are hard to tell apart as one."""
    table = folder / "deep_forest.spots.csv"
    names = read_h5ad(folder / "section.h5ad").obs_names
    placed = wide(table, "n_cells", names)
    types, true = list(placed), truth / truth.sum(axis=1, keepdims=True)
    found = {
        "placed cells": placed.to_numpy() / CELLS,
        "continuous": wide(table, "proportion", names).to_numpy(),
        SMOOTHED: wide(folder / "smoothed.spots.csv", "proportion", names).to_numpy(),
        "composition of the whole": np.tile(true.mean(axis=0), (len(true), 1)),
    }
    t_cells = np.array(["CD4" in name or "CD8" in name for name in types])
    return [
        {"case": case, "what": what, "labels": "nine", **agreement(shares, true)} for what, shares in found.items()
    ] + [
        {"case": case, "what": what, "labels": "CD4 and CD8 T as one",
         **agreement(merged(shares, t_cells), merged(true, t_cells))}
        for what, shares in found.items()
    ]  # fmt: skip


def merged(shares: np.ndarray, together: np.ndarray) -> np.ndarray:
    """Return shares with some types as one, spots × types."""
    return np.column_stack([shares[:, ~together], shares[:, together].sum(axis=1)])


def agreement(found: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """Return PCC and RMSE of all spots' shares."""
    return {
        "PCC": float(np.corrcoef(found.ravel(), true.ravel())[0, 1]),
        "RMSE": float(np.sqrt(np.mean((found - true) ** 2))),
    }


def scoring(case: str, folder: Path, placed: dict[str, Path], per_type: int) -> list[dict]:
    """Return each scorer's mean correlation of a spot on genes that are no markers, and its gain over random cells."""
    section, reference = read_h5ad(folder / "section.h5ad"), read_h5ad(folder / "reference.h5ad")
    cells = read_h5ad(folder / "cells.h5ad")
    shared = shared_genes(reference, cells, section)
    used = set(markers.select(pd.read_csv(folder / "markers.csv"), shared, per_type=per_type))
    genes = [gene for gene in shared if gene not in used]
    found = {scorer: spot_correlations(section, read_h5ad(path), genes) for scorer, path in placed.items()}
    rows = []
    for scorer, values in found.items():
        low, high = interval(values - found["random"])
        gain = float((values - found["random"]).mean())
        rows.append({"case": case, "scorer": scorer, "genes": len(genes), "PCC of a spot": float(values.mean()),
                     "above random": gain, "from": low, "to": high})  # fmt: skip
    return rows


def spot_correlations(section: ad.AnnData, placed: ad.AnnData, genes: list[str]) -> np.ndarray:
    """Return Pearson's correlation over genes of each spot's placed cells with its measured expression, (spots,)."""
    spot = section.obs_names.get_indexer(placed.obs["spot"].astype(str))
    member = sp.csr_matrix((np.ones(len(spot)), (spot, np.arange(len(spot)))), (section.n_obs, len(spot)))
    of_cells = log_normalize(member @ placed[:, genes].layers["counts"]).toarray()
    measured = log_normalize(section[:, genes].layers["counts"]).toarray()
    of_cells, measured = standardize(of_cells.T), standardize(measured.T)
    return (of_cells * measured).mean(axis=0)


def interval(values: np.ndarray) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a mean."""
    drawn = np.random.default_rng(0).integers(len(values), size=(DRAWS, len(values)))
    low, high = np.quantile(values[drawn].mean(axis=1), [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    main()
