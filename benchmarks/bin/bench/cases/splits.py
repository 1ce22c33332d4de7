"""Splits of a data set into a reference and held-out cells, and bulks of known composition made of the latter.

These are the paper's simulations for step 1, from bulk to cells. Everything works on positions of cells and on the
values as a set has them.
"""

import numpy as np
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.numerics.scaling import log_normalize
from bulk2space.numerics.shares import largest_remainder

FEWEST_CELLS = 8  # of a type in each of two technologies, for the type to be compared
SEEN_IN = 3  # cells of the reference in which a gene must be seen
OWN = "own"  # the composition of the held-out cells as they are


def halves(n_cells: int, *, most: int | None = None) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of the reference cells and of the held-out cells: a random order cut in the middle.

    Parameters
    ----------
    n_cells
        Cells of the set.
    most
        Cells to use in all; None uses every cell.
    """
    order = np.random.default_rng(0).permutation(n_cells)[:most]
    middle = (len(order) + 1) // 2
    return np.sort(order[:middle]), np.sort(order[middle:])


def between(
    technology: np.ndarray, cell_type: np.ndarray, reference: str, held_out: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of the cells of two technologies, of the types that have enough cells in both.

    Parameters
    ----------
    technology, cell_type
        Technology and type of each cell, (cells,).
    reference, held_out
        The two technologies.

    Raises
    ------
    InputError
        If a technology is unknown, or the two share fewer than two types.
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
    """Return sorted positions of the genes whose log expression varies most in a reference.

    Parameters
    ----------
    values
        Linear values, cells × genes.
    most
        Genes to keep; None keeps all that are seen in some cells.
    """
    seen = np.flatnonzero(np.asarray(values.astype(bool).sum(axis=0)).ravel() >= SEEN_IN)
    if most is None or len(seen) <= most:
        return seen
    logs = log_normalize(values)[:, seen]
    mean = np.asarray(logs.mean(axis=0)).ravel()
    variance = np.asarray(logs.multiply(logs).mean(axis=0)).ravel() - mean**2
    return np.sort(seen[np.argsort(-variance, kind="stable")[:most]])


def compositions(cell_type: np.ndarray, names: list[str]) -> dict[str, np.ndarray]:
    """Return the positions of the held-out cells that each bulk is made of.

    The bulk ``own`` holds every cell once. Every other bulk has proportions of its own, drawn from a flat Dirichlet
    distribution. It is made of as many cells as there are, drawn with replacement within each type.

    Parameters
    ----------
    cell_type
        Types of the held-out cells, (cells,).
    names
        Names of the bulks; the draw depends on the place in this list.
    """
    types = np.unique(cell_type)
    drawn = {}
    for place, name in enumerate(names):
        if name == OWN:
            drawn[name] = np.arange(len(cell_type))
            continue
        rng = np.random.default_rng(place)
        proportions = rng.dirichlet(np.ones(len(types)))
        numbers = largest_remainder(proportions[None, :], np.array([len(cell_type)]))[0]
        cells = [
            rng.choice(np.flatnonzero(cell_type == kind), number) for kind, number in zip(types, numbers, strict=True)
        ]
        drawn[name] = np.concatenate(cells)
    return drawn
