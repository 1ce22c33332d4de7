#!/usr/bin/env python3
"""Give each cell of an image section a transcriptome and a type from the generated cells that look like it."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
from bulk2space import knn
from bulk2space.command import parser, run, warnings
from bulk2space.expression import shared_genes
from bulk2space.io import read_h5ad, write_h5ad
from bulk2space.problems import InputError

log = logging.getLogger("map_cells")


def main() -> None:
    """Read generated cells and section; write the section's cells with predicted expression."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--mapper", choices=list(knn.MAPPERS), default="neighbors", help="how to find neighbours")
    options.add_argument("--seed", type=int, default=0, help="seed of the run, noted in the output")
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    args = options.parse_args()

    cells, section = read_h5ad(args.cells), read_h5ad(args.section)
    genes = shared_genes(section, cells)
    if not genes:
        raise InputError(f"{args.section.name}: no gene is shared with {args.cells.name}, check gene names")
    log.info("%d of the section's %d genes are shared", len(genes), section.n_vars)
    empty = int(knn.empty_rows(section[:, genes].X).sum())
    if empty:
        log.warning("%d of %d imaged cells have no counts in shared genes: they get the average", empty, section.n_obs)

    mapper = knn.MAPPERS[args.mapper]().fit(cells[:, genes].X, section[:, genes].X)
    types = cells.obs["cell_type"].to_numpy(dtype=str)
    votes = knn.vote(mapper.neighbors_, types)
    obs = section.obs.drop(columns="cell_type", errors="ignore")
    if "cell_type" in section.obs:
        obs["cell_type_original"] = section.obs["cell_type"]
    obs = obs.assign(cell_type=votes.cell_type, cell_type_score=votes.score, cell_type_margin=votes.margin)
    obs["cell_type"] = obs["cell_type"].astype("category")

    spatial = ad.AnnData(knn.predict(mapper.neighbors_, cells.X), obs=obs, var=cells.var, uns=dict(section.uns))
    spatial.obsm["spatial"] = np.asarray(section.obsm["spatial"], dtype=float)
    spatial.obsm["neighbors"] = mapper.neighbors_
    spatial.uns["neighbor_cells"] = cells.obs_names.to_numpy(dtype=str).astype(object)
    spatial.uns["bulk2space"] = {"mapper": args.mapper, "k": mapper.k, "n_shared_genes": len(genes), "seed": args.seed}
    spatial.uns["notes"] = warnings()
    write_h5ad(spatial, args.output)
    log.info(
        "%d cells; by type %s; mean vote share %.2f",
        spatial.n_obs, {str(k): int(v) for k, v in obs["cell_type"].value_counts().sort_index().items()},
        votes.score.mean(),
    )  # fmt: skip


if __name__ == "__main__":
    run(main)
