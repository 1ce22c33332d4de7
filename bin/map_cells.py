#!/usr/bin/env python3
"""Give each cell of an image section a transcriptome and a type from the generated cells that look like it."""

import logging
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import remarks, seeds
from bulk2space.contract.command import collected, parser, run
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Obs, Obsm, Uns
from bulk2space.contract.problems import InputError
from bulk2space.images.mappers import MAPPERS, states
from bulk2space.images.neighbors import empty_rows
from bulk2space.images.one_to_one import one_hot, one_to_one
from bulk2space.images.predicted import write_predicted
from bulk2space.images.vote import vote

log = logging.getLogger("map_cells")

ASSIGNMENTS = ("neighbors", "one_to_one")


def main() -> None:
    """Read generated cells and section; write the section's cells with predicted expression."""
    options = parser(__doc__)
    options.add_argument("--cells", type=Path, required=True, help="cells.h5ad")
    options.add_argument("--section", type=Path, required=True, help="section.h5ad")
    options.add_argument("--sample", required=True, help="id of the sample, which the random draws depend on")
    options.add_argument("--mapper", choices=list(MAPPERS), default="neighbors", help="how to find neighbours")
    options.add_argument("--assignment", choices=ASSIGNMENTS, default="neighbors", help="all neighbours, or one cell")
    options.add_argument("--ambiguous-label", default="Ambiguous", help="label of the section's cells without a type")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, required=True, help="spatial.h5ad")
    args = options.parse_args()

    cells, section = read_h5ad(args.cells), read_h5ad(args.section)
    genes = shared_genes(section, cells)
    if not genes:
        raise InputError(f"{args.section.name}: no gene is shared with {args.cells.name}, check gene names")
    log.info("%d of the section's %d genes are shared", len(genes), section.n_vars)
    empty = int(empty_rows(section[:, genes].X).sum())
    if empty:
        fate = "the average" if args.assignment == "neighbors" else "any cell"
        log.warning("%d of %d imaged cells have no counts in shared genes: they get %s", empty, section.n_obs, fate)

    types = cells.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    mapper = MAPPERS[args.mapper]()
    mapper.fit(cells[:, genes].X, section[:, genes].X, states(cells.X, types))
    neighbors, votes, written = mapper.neighbors_, vote(mapper.neighbors_, types), {}
    if args.assignment == "one_to_one":
        chosen = one_to_one(mapper.cells_, mapper.section_, seeds.generator(args.seed, "map_cells", args.sample))
        neighbors, votes = one_hot(chosen, cells.n_obs), vote(neighbors, types, types[chosen])
        written["cell"] = cells.obs_names.to_numpy()[chosen]
    written |= {"cell_type": votes.cell_type, "cell_type_score": votes.score, "cell_type_margin": votes.margin}
    obs = set_aside(section.obs, list(written)).assign(**written)
    obs[Obs.CELL_TYPE] = obs[Obs.CELL_TYPE].astype("category")
    found = {"mapper": args.mapper, "assignment": args.assignment, "k": mapper.k, "n_shared_genes": len(genes)}
    if Obs.CELL_TYPE in section.obs:
        found |= compare(obs[Obs.original(Obs.CELL_TYPE)], votes.cell_type, set(types), args.ambiguous_label)

    spatial = ad.AnnData(None, obs=obs, var=cells.var, uns=dict(section.uns))
    spatial.obsm[Obsm.SPATIAL] = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    spatial.obsm[Obsm.NEIGHBORS] = neighbors
    spatial.uns[Uns.NEIGHBOR_CELLS] = cells.obs_names.to_numpy(dtype=str).astype(object)
    spatial.uns[Uns.PARAMETERS] = found | {"seed": args.seed}
    spatial.uns[Uns.REMARKS] = remarks.dumps(collected(args.sample))
    write_predicted(spatial, cells.X, args.output)
    log.info(
        "%d cells; by type %s; mean vote share %.2f", spatial.n_obs, counted(obs[Obs.CELL_TYPE]), votes.score.mean()
    )


def set_aside(obs: pd.DataFrame, written: list[str]) -> pd.DataFrame:
    """Return a section's columns, those named like one that this step writes as ``<name>_original``."""
    own = [name for name in written if name in obs]
    kept = {name: f"{name}_original" for name in own}
    replaced = [new for new in kept.values() if new in obs]
    if own:
        log.info("the section's own columns %s are kept as %s", ", ".join(own), ", ".join(kept.values()))
    if replaced:
        log.warning(
            "the section's own %s would stand where this step keeps %s, and is left out: rename it in the input",
            ", ".join(replaced), ", ".join(new.removesuffix("_original") for new in replaced),
        )  # fmt: skip
    return obs.drop(columns=replaced).rename(columns=kept)


def compare(labels: pd.Series, predicted: np.ndarray, known: set[str], ambiguous: str) -> dict:
    """Say how the predicted types agree with the section's labels, and what became of the ambiguous cells.

    Parameters
    ----------
    labels
        The section's labels; missing where a cell has none.
    predicted
        Types by vote, (imaged cells,).
    known
        Types of the generated cells; a label that is none of them cannot be found again, and is counted by itself.
    ambiguous
        Label of cells to re-annotate.

    Returns
    -------
    Numbers of ambiguous cells, of cells whose label is a known type, and how many of these have it predicted.
    """
    text = labels.astype(object).where(labels.notna(), "").astype(str)
    unsure, same_list = (text == ambiguous).to_numpy(), text.isin(known - {ambiguous}).to_numpy()
    predicted_again = int((text.to_numpy() == predicted)[same_list].sum())
    log.info("%d cells labelled %r; re-annotated as %s", unsure.sum(), ambiguous, counted(pd.Series(predicted[unsure])))
    log.info("of %d cells labelled with a generated type %d have it predicted", same_list.sum(), predicted_again)
    other = int((~unsure & ~same_list & (text != "").to_numpy()).sum())
    if other:
        log.warning(
            "%d imaged cells have labels that no generated cell has: their own label cannot be predicted", other
        )
    return {"n_ambiguous": int(unsure.sum()), "n_labelled": int(same_list.sum()), "n_same_type": predicted_again}


def counted(types: pd.Series) -> dict[str, int]:
    """Return the number of cells of each type."""
    return {str(name): int(number) for name, number in types.value_counts().sort_index().items()}


if __name__ == "__main__":
    run(main)
