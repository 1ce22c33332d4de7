"""The lattice that the spots of a section lie on."""

import numpy as np
import scipy.sparse as sp
from scipy.spatial import cKDTree

TOLERANCE = 0.2  # relative spread of distances on a lattice, whose spots lie a little off their nodes
MOST_REGULAR = 0.8  # proportion of spots whose nearest neighbour is one unit away, from which there is a lattice
TOUCHING = 0.8  # diameter of a spot, in distances of neighbouring spots, from which spots touch and tell of each other
ADJOINING = 1.5  # distances of neighbouring spots, within which spots of a lattice are neighbours
NEAREST = 6  # neighbours of a place on no lattice
SQUARE_DIAGONAL = np.sqrt(2)  # distance of a square lattice's next four neighbours, in units


def neighbour_distance(spatial: np.ndarray) -> float:
    """Return the median distance of a spot to its nearest neighbour, in coordinate units (1 for a single spot).

    Parameters
    ----------
    spatial
        Centres of the spots, spots × 2.
    """
    if len(spatial) < 2:
        return 1.0
    nearest = cKDTree(spatial).query(spatial, k=2)[0][:, 1]
    positive = nearest[nearest > 0]
    return float(np.median(positive)) if len(positive) else 1.0


def touch(spatial: np.ndarray, diameter: float) -> bool:
    """Tell whether spots of a diameter, in coordinate units, touch; ``spatial`` is as above."""
    return diameter >= TOUCHING * neighbour_distance(spatial)


def lattice(spatial: np.ndarray) -> str:
    """Recognise the lattice of a section by its spots' neighbours.

    On a hexagonal lattice a spot has six neighbours at one distance. On a square lattice it has four, and the next four
    are √2 times as far away. Spots at the border have fewer.

    Parameters
    ----------
    spatial
        Centres of the spots, spots × 2.

    Returns
    -------
    ``hexagonal``, ``square`` or ``irregular``.
    """
    if len(spatial) < 9:
        return "irregular"
    unit = neighbour_distance(spatial)
    distance = cKDTree(spatial).query(spatial, k=9)[0][:, 1:] / unit  # spots × 8, ascending
    near = distance < (1 + SQUARE_DIAGONAL) / 2
    count = near.sum(axis=1)
    spread = np.where(near, np.abs(distance - 1), 0).max(axis=1)
    regular = (np.abs(distance[:, 0] - 1) < TOLERANCE).mean() > MOST_REGULAR and np.median(spread) < TOLERANCE
    if not regular:
        return "irregular"
    return "hexagonal" if (count >= 5).mean() > (count <= 4).mean() * 0.5 else "square"


def neighbours(spatial: np.ndarray) -> sp.csr_matrix:
    """Return which places are neighbours of a place, places × places; each row sums to 1.

    On a lattice these are all within one and a half distances of neighbouring spots. Elsewhere, as between cells, they
    are the six nearest. A place alone has a row of zeros.

    Parameters
    ----------
    spatial
        Centres of the spots or cells, places × 2.
    """
    n, tree = len(spatial), cKDTree(spatial)
    if lattice(spatial) == "irregular":
        nearest = tree.query(spatial, k=min(NEAREST + 1, n))[1].reshape(n, -1)
        rows, columns = np.repeat(np.arange(n), nearest.shape[1]), nearest.ravel()
    else:
        pairs = tree.query_pairs(ADJOINING * neighbour_distance(spatial), output_type="ndarray")
        rows, columns = np.concatenate([pairs, pairs[:, ::-1]]).T
    others = rows != columns
    found = sp.csr_matrix((np.ones(others.sum()), (rows[others], columns[others])), shape=(n, n))
    return sp.csr_matrix(found.multiply(1 / np.maximum(found.sum(axis=1), 1)))


def patches(spatial: np.ndarray, most: int, patch: int, rng: np.random.Generator) -> np.ndarray:
    """Return at most so many places, sorted: patches of neighbours of a large section, all places of a small one.

    Parameters
    ----------
    spatial
        Centres of the places, places × 2.
    most, patch
        Number of places, of all and of one patch.
    rng
        Draws the centres of the patches.
    """
    if len(spatial) <= most:
        return np.arange(len(spatial))
    centres = rng.choice(len(spatial), most // patch, replace=False)
    return np.unique(cKDTree(spatial).query(spatial[centres], k=patch)[1])
