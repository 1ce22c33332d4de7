"""A section of spots on its explorer page: measured spots, their expected values, and the placed cells."""

import numpy as np
import pandas as pd

from ...contract.keys import Expected, Obs, Obsm, Uns
from ...contract.stored import Readable, Stored
from ...numerics.lattice import touch
from .content import Content, positions_of
from .packing import packed, packed_names, parts_of, steps

PACKED = 0.75  # diameter of a cell's disc over that with which a typical spot's cells would fill the spot
FINE_UP_TO = 50_000  # spots whose proportions and weights are rounded to 16 bits; beyond, to 8
NONE = ""  # type of a spot without a composition


def add(content: Content, expected: Stored, placed: Readable) -> None:
    """Add spots and placed cells.

    Parameters
    ----------
    content
        What the page holds so far.
    expected
        spots.h5ad: spots × genes.
    placed
        Cells placed in these spots.
    """
    diameter = float(placed.uns[Uns.SPOT_DIAMETER])
    centres = positions_of(expected)
    content.add_places("spots", centres, diameter, touching=touch(centres, diameter))
    content.arrays["spots names"] = packed_names(expected.obs_names)
    _add_proportions(content, expected)
    _add_weights(content, np.asarray(expected.obsm[Obsm.WEIGHTS], dtype=float))

    of_spot = pd.Index(expected.obs_names).get_indexer(placed.obs[Obs.SPOT].astype(str))
    filled = np.bincount(of_spot, minlength=expected.n_obs)
    typical = float(np.median(filled[filled > 0])) if filled.any() else 1.0
    content.add_places("cells", positions_of(placed), PACKED * diameter / np.sqrt(typical))
    content.add_types("cells types", placed.obs[Obs.CELL_TYPE], [one["name"] for one in content.about["types"]])
    content.arrays["cells spots"] = packed(of_spot.astype(np.uint32))
    content.arrays["cells scores"] = packed(parts_of(placed.obs[Obs.SCORE].to_numpy(float), 1.0))


def _add_proportions(content: Content, expected: Stored) -> None:
    """Add the proportions of all types of the page, types × spots, and the most frequent type of each spot.

    The type follows from the proportions before they are rounded: rounded ones are often equal.
    """
    proportions = pd.DataFrame(expected.obsm[Obsm.PROPORTIONS], columns=list(expected.uns[Uns.CELL_TYPES]))
    names = [one["name"] for one in content.about["types"]]
    shown = proportions.reindex(columns=names, fill_value=0.0).to_numpy()
    kind = _kind(len(shown))
    content.arrays["spots proportions"] = packed(parts_of(shown.T, 1.0, kind))
    content.about["parts"] = int(np.iinfo(kind).max)
    largest = np.asarray(names, dtype=object)[shown.argmax(axis=1)]
    content.add_types("spots types", pd.Series(np.where(shown.sum(axis=1) > 0, largest, NONE)), names)


def _add_weights(content: Content, weights: np.ndarray) -> None:
    """Add the weights (spots × rows of the profiles) that times a gene's profile are its expected expression."""
    kind = _kind(len(weights))
    columns = [steps(column, kind) for column in weights.T]
    content.arrays["spots weights"] = packed(np.concatenate([whole for whole, _, _ in columns]))
    content.about["weights"] = {
        "bytes": np.dtype(kind).itemsize,
        "steps": [[least, size] for _, least, size in columns],
    }


def _kind(spots: int) -> type:
    """Return the type of numbers to which proportions and weights are rounded."""
    return np.uint16 if spots <= FINE_UP_TO else np.uint8


def profiles(expected: Stored, genes: list[str]) -> np.ndarray:
    """Return the linear profiles of some genes, rows of the weights × genes; NaN for genes without a prediction."""
    tables = expected.uns[Uns.EXPECTED]
    columns = pd.Index(tables[Expected.GENES]).get_indexer(genes)
    found = np.asarray(tables[Expected.PROFILES], dtype=np.float32)[:, columns]
    return np.where(columns >= 0, found, np.float32("nan"))


def expected_correlations(expected: Stored) -> pd.Series:
    """Return, of each gene that was left out, the correlation of expected with measured values; NaN for the others."""
    tables = expected.uns[Uns.EXPECTED]
    return pd.Series(np.asarray(tables[Expected.LEFT_OUT_PCC], float), index=list(map(str, tables[Expected.GENES])))
