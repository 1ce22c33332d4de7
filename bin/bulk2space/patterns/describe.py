"""All that a section says of itself."""

import logging
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import seeds, tables
from ..contract.keys import Obs, Obsm, SectionChoice, Uns
from ..contract.patterns import EXPRESSION, PROPORTION, SURE
from ..contract.stored import LOGS, Stored
from ..numerics.lattice import neighbours
from . import regions, type_pairs
from .correlation import FEWEST_INDEPENDENT, Places
from .varying_genes import have_counts, varying

log = logging.getLogger(__name__)

MOST_GENES = 300  # most patterned genes that are compared between regions


class Composition(NamedTuple):
    """Types of the cells of each place.

    Attributes
    ----------
    types
        Names of the types.
    proportion
        Places × types; of imaged cells 1 for their type.
    alone
        The same as each place says it alone: not yet smoothed over its neighbours, and before the bulk had its say.
    are_apart
        Whether places share no counts.
    """

    types: list[str]
    proportion: np.ndarray
    alone: np.ndarray
    are_apart: bool


class Description(NamedTuple):
    """What a section says.

    Attributes
    ----------
    genes
        Genes that vary in space (contract/tables.py, SPATIAL_GENES).
    pairs
        Types that stand together (TYPE_PAIRS).
    regions
        What regions hold (REGIONS); empty where the section has no regions.
    """

    genes: pd.DataFrame
    pairs: pd.DataFrame
    regions: pd.DataFrame


def of_spots(table: pd.DataFrame, fitted: ad.AnnData) -> Composition:
    """Return the composition of the spots, in the order of the section.

    Parameters
    ----------
    table
        spots.csv.
    fitted
        composition.h5ad: their fit (composition/composition_file.py).
    """
    types = [str(name) for name in fitted.uns[Uns.CELL_TYPES]]
    wide = table.pivot(index="spot", columns="cell_type", values="proportion").loc[fitted.obs_names, types]
    pooling = float(fitted.uns[Uns.SECTION_CHOICE][SectionChoice.POOLING])
    return Composition(types, wide.to_numpy(dtype=float), np.asarray(fitted.obsm[Obsm.PROPORTIONS]), pooling == 0)


def of_cells(predicted: pd.Series) -> Composition:
    """Return the composition of imaged cells, one each, from their predicted types."""
    types, codes = np.unique(predicted.astype(str), return_inverse=True)
    each = np.eye(len(types))[codes]
    return Composition(list(types), each, each, True)


def described(section: Stored, composition: Composition, *, sample: str, seed: int) -> Description:
    """Describe a section: each part has a stream of chance of its own.

    Of a place without counts nothing is known: it takes no part.

    Parameters
    ----------
    section
        The section as measured.
    composition
        Types of the cells of its places.
    sample, seed
        Of the run.
    """
    spatial = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    measured = have_counts(section)
    genes = varying(section, spatial, measured, seeds.generator(seed, "genes in space", sample))
    of_pairs = pairs(composition, spatial, measured, seeds.generator(seed, "types together", sample))
    of_regions = _regions(section, composition, measured, genes, seeds.generator(seed, "regions", sample))
    log.info(
        "%d of %d genes vary in space; %d of %d pairs of types stand together or apart; %d regions",
        (genes["p_adjusted"] < SURE).sum(), len(genes), (of_pairs["finding"] != "").sum(), len(of_pairs),
        of_regions["region"].nunique(),
    )  # fmt: skip
    return Description(genes, of_pairs, of_regions)


def pairs(
    composition: Composition, spatial: np.ndarray, measured: np.ndarray, rng: np.random.Generator
) -> pd.DataFrame:
    """Return the types that stand together and apart in the places that say what they hold (TYPE_PAIRS).

    A place with cells says nothing alone if it has no count in the genes of the fit.

    Parameters
    ----------
    composition
        Of all places.
    spatial
        Their centres, places × 2.
    measured
        Which have counts, (places,), boolean.
    rng
        Draws the places that tell how alike values are by distance.
    """
    telling = measured & (composition.proportion.sum(axis=1) > 0) & (composition.alone.sum(axis=1) > 0)
    places = spatial[telling]
    if len(places) < FEWEST_INDEPENDENT:
        return pd.DataFrame(columns=tables.TYPE_PAIRS.header)
    return type_pairs.pairs(
        composition.types,
        composition.alone[telling],
        neighbours(places),
        Places.of(places, rng),
        are_apart=composition.are_apart,
    )


def _regions(
    section: Stored, composition: Composition, measured: np.ndarray, genes: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    """Return proportions and expression of the most patterned genes by region; without regions an empty table."""
    region = np.full(section.n_obs, "")
    if Obs.REGION in section.obs:
        labels = section.obs[Obs.REGION]
        region = np.where(labels.isna(), "", labels.astype(str))
    spatial = np.asarray(section.obsm[Obsm.SPATIAL], dtype=float)
    filled = measured & (composition.proportion.sum(axis=1) > 0)
    held = regions.compared(composition.types, composition.proportion[filled], region[filled], spatial[filled], rng)
    chosen = genes.loc[genes["p_adjusted"] < SURE, "gene"].head(MOST_GENES).to_list()
    if held.empty or not chosen:
        return held.assign(level=PROPORTION)
    values = section.columns(LOGS, chosen).toarray()
    expressed = regions.compared(chosen, values[measured], region[measured], spatial[measured], rng)
    return pd.concat([held.assign(level=PROPORTION), expressed.assign(level=EXPRESSION)], ignore_index=True)
