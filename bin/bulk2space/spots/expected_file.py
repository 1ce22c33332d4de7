"""The file spots.h5ad: spots × genes with the expected expression beside the measured one.

The two tables of which expected expression is the product are written, too, so that any gene of a section of any size
follows in one line. X has every gene where it is small enough to be held; otherwise it has the best markers.
"""

import logging
from collections.abc import Mapping, Sequence

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

from ..contract import file_colours
from ..contract.expression import on_genes
from ..contract.keys import Expected, Layers, Obs, Obsm, Uns, Var
from ..contract.stored import Readable
from ..contract.viewers import add_places, as_scanpy_has_it
from .expected import Composed, Factors
from .spot_values import blocks

log = logging.getLogger(__name__)

MOST_VALUES = 100_000_000  # of X, spots × genes: 400 MB
MARKERS_PER_TYPE = 10  # genes that are marked as markers


def expected_spots(
    section: Readable,
    reference: ad.AnnData,
    ranking: pd.DataFrame,
    found: Composed,
    factors: Factors,
    fitted: Sequence[str],
    of_types: Mapping[str, str],
    diameter: float,
) -> ad.AnnData:
    """Return spots × genes with the expected expression, log1p of values per 10 000, and what follows with it.

    Parameters
    ----------
    section, reference
        Spots and annotated cells.
    ranking
        markers.csv of the reference.
    found, factors
        Composition of the spots, and the tables of their expected expression.
    fitted
        Genes that the composition was fitted to: they were not left out.
    of_types
        Colours of the types.
    diameter
        Of a spot, in coordinate units.
    """
    columns = _kept_genes(reference, ranking, section.n_obs)
    names = reference.var_names[columns]
    values = np.empty((section.n_obs, len(columns)), dtype=np.float32)
    for rows in blocks(section.n_obs):
        values[rows] = factors.log(rows, columns)
    made = found.of_spot.assign(**{Obs.CELL_TYPE: _most_common(found)})
    own = section.obs.rename(columns={name: Obs.original(name) for name in made if name in section.obs})
    best = ranking.loc[ranking["rank"] <= MARKERS_PER_TYPE, "gene"]
    var = pd.DataFrame({Var.MEASURED: names.isin(section.var_names), Var.MARKER: names.isin(best)}, index=names)
    left_out = factors.left_out.drop(fitted, errors="ignore").reindex(reference.var_names)
    uns = as_scanpy_has_it(section.uns, diameter) | {Uns.SPOT_DIAMETER: diameter}
    uns[Uns.EXPECTED] = {
        Expected.GENES: reference.var_names.to_numpy(dtype=str),
        Expected.PROFILES: factors.profiles,
        Expected.LEFT_OUT_PCC: left_out.to_numpy(dtype=float),
        Expected.ROWS: [*found.types, *(f"program {n + 1}" for n in range(len(factors.profiles) - len(found.types)))],
    }
    uns[Uns.CELL_TYPES] = found.types
    obsm = {
        Obsm.PROPORTIONS: found.proportion.astype(np.float32),
        Obsm.WEIGHTS: factors.weights,
    }
    obs = own.assign(**made, n_cells=found.cells.astype(int))
    layers = {Layers.MEASURED: _measured(section, names)}
    spots = ad.AnnData(values, obs=obs, var=var, uns=uns, obsm=obsm, layers=layers)
    add_places(spots, section.obsm[Obsm.SPATIAL])
    spots.uns[Uns.colours(Uns.CELL_TYPES)] = [of_types[name] for name in found.types]
    file_colours.add_to(spots, Obs.CELL_TYPE, of_types)
    return spots


def _most_common(found: Composed) -> pd.Categorical:
    """Return the type of which each spot holds most; of equal ones, the first, and missing for a spot without cells."""
    holds = found.proportion.sum(axis=1) > 0
    names = np.asarray(found.types)[found.proportion.argmax(axis=1)]
    return pd.Categorical(pd.Series(names).where(holds))


def _kept_genes(reference: ad.AnnData, ranking: pd.DataFrame, spots: int) -> np.ndarray:
    """Return the columns of the reference that X has room for: all, or the best markers of all types."""
    room = MOST_VALUES // max(spots, 1)
    if reference.n_vars <= room:
        return np.arange(reference.n_vars)
    best = ranking.sort_values("rank", kind="stable")["gene"].drop_duplicates()[: max(room, 1)]
    log.info("X has the %d best markers of %d genes: more would not fit", len(best), reference.n_vars)
    return np.sort(reference.var_names.get_indexer(best))


def _measured(section: Readable, names: pd.Index) -> sp.csr_matrix:
    """Return the measured log expression of genes, spots × genes; zeros for genes that were not measured."""
    kept = section.var_names[section.var_names.isin(names)]
    columns = section.var_names.get_indexer(kept)
    parts = [sp.csr_matrix(section.X[rows])[:, columns] for rows in blocks(section.n_obs)]
    return on_genes(sp.csr_matrix(sp.vstack(parts)), kept, names)
