"""The paper's simulations for step 1: halves of one set, or two technologies of it, and bulks of known composition.

Everything works on positions of cells and on the values as a set has them; files are the script's business.
"""

import numpy as np
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder

FEWEST_CELLS = 8  # of a type on both sides of an unpaired set
SEEN_IN = 3  # cells of the reference in which a gene must be seen
OWN = "own"  # the composition of the held-out cells as they are


def halves(n_cells: int, *, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of the reference's and the held-out cells: a random order cut in the middle.

    Parameters
    ----------
    n_cells
        Cells of the set.
    most
        Cells to use in all; the rest of the random order is left out.
    """
    order = np.random.default_rng(0).permutation(n_cells)[:most]
    middle = (len(order) + 1) // 2
    return np.sort(order[:middle]), np.sort(order[middle:])


def between(
    technology: np.ndarray, cell_type: np.ndarray, reference: str, held_out: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of the cells of two technologies, of the types that both have enough cells of.

    Raises
    ------
    InputError
        If a technology is unknown, or no two types are shared.
    """
    for name in (reference, held_out):
        if name not in technology:
            raise InputError(f"technology {name} is not in the set, it has {', '.join(np.unique(technology))}")
    shared = [
        kind
        for kind in np.unique(cell_type)
        if all(((technology == name) & (cell_type == kind)).sum() >= FEWEST_CELLS for name in (reference, held_out))
    ]
    if len(shared) < 2:
        raise InputError(f"{reference} and {held_out} share {len(shared)} types of {FEWEST_CELLS} cells, 2 are needed")
    fit = np.isin(cell_type, shared)
    return np.flatnonzero(fit & (technology == reference)), np.flatnonzero(fit & (technology == held_out))


def variable_genes(values: sp.csr_matrix, most: int | None) -> np.ndarray:
    """Return sorted positions of the genes of a reference whose log expression varies most.

    Parameters
    ----------
    values
        The reference's cells × genes, linear.
    most
        Genes to keep; None: all that are seen in some cells.
    """
    seen = np.flatnonzero(np.asarray(values.astype(bool).sum(axis=0)).ravel() >= SEEN_IN)
    if most is None or len(seen) <= most:
        return seen
    logs = log_normalize(values)[:, seen]
    mean = np.asarray(logs.mean(axis=0)).ravel()
    variance = np.asarray(logs.multiply(logs).mean(axis=0)).ravel() - mean**2
    return np.sort(seen[np.argsort(-variance, kind="stable")[:most]])


def mislabelled(cell_type: np.ndarray, share: float, rng: np.random.Generator) -> np.ndarray:
    """Return the types with a share of the cells given another type at random."""
    types = np.unique(cell_type)
    changed = rng.choice(len(cell_type), round(share * len(cell_type)), replace=False)
    codes = np.searchsorted(types, cell_type)
    codes[changed] = (codes[changed] + rng.integers(1, len(types), len(changed))) % len(types)
    return types[codes]


def noisy(values: sp.csr_matrix, share: float, rng: np.random.Generator) -> sp.csr_matrix:
    """Return the values with noise in a share of the cells (paper, eq. 8).

    Noise is uniform between minus and plus the largest value, in every gene; sums below zero become zero, and whole
    numbers stay whole.

    Parameters
    ----------
    values
        Counts or linear expression, cells × genes.
    share
        Of the cells that are disturbed.
    rng
        Source of all randomness.
    """
    largest = values.max()
    whole = bool((values.data == np.rint(values.data)).all())
    rows = np.sort(rng.choice(values.shape[0], round(share * values.shape[0]), replace=False))
    loud = values[rows].toarray() + rng.uniform(-largest, largest, (len(rows), values.shape[1]))
    loud = np.maximum(np.rint(loud) if whole else loud, 0)
    quiet = np.setdiff1d(np.arange(values.shape[0]), rows)
    mixed = sp.vstack([values[quiet], sp.csr_matrix(loud, dtype=np.float32)], format="csr")
    return mixed[np.argsort(np.concatenate([quiet, rows]))]


def compositions(cell_type: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Return, of each composition, the positions of the held-out cells that its bulk is made of.

    ``own`` is every cell once. Every other name is a composition of its own: shares of the types from a flat Dirichlet
    distribution, and as many cells as there are, drawn with replacement within each type.

    Parameters
    ----------
    cell_type
        Types of the held-out cells, (cells,).
    names
        Of the compositions; the draw depends on the place in this list.
    """
    types = np.unique(cell_type)
    drawn = {}
    for place, name in enumerate(names):
        if name == OWN:
            drawn[name] = np.arange(len(cell_type))
            continue
        rng = np.random.default_rng(place)
        shares = rng.dirichlet(np.ones(len(types)))
        numbers = largest_remainder(shares[None, :], np.array([len(cell_type)]))[0]
        cells = [
            rng.choice(np.flatnonzero(cell_type == kind), number) for kind, number in zip(types, numbers, strict=True)
        ]
        drawn[name] = np.concatenate(cells)
    return drawn
