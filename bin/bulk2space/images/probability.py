"""The probability of each type of an imaged cell, learned on cells whose type is known."""

from typing import NamedTuple

import numpy as np
from scipy.optimize import minimize, nnls
from scipy.special import softmax

PENALTY = 1e-3  # on squared coefficients, per cell
HELD = 0.2  # how strongly the section's composition is held to that of the cells, relative to one type
SMALLEST_PART = 1e-3  # of the section's composition that no type falls below before it is scaled to 1


class Weights(NamedTuple):
    """What was learned.

    Attributes
    ----------
    coefficients
        Of each kind of evidence, (kinds,).
    frequency
        Of each type among the cells that it was learned on, (types,).
    """

    coefficients: np.ndarray
    frequency: np.ndarray


def probabilities(evidence: np.ndarray, coefficients: np.ndarray, composition: np.ndarray) -> np.ndarray:
    """Return the probability of each type, cells × types; rows sum to 1.

    Parameters
    ----------
    evidence
        Cells × types × kinds (:func:`.evidence.evidence`).
    coefficients
        Of each kind, (kinds,).
    composition
        How common each type is, (types,): the probability before any evidence.
    """
    return softmax(evidence @ coefficients + np.log(np.maximum(composition, 1e-12)), axis=1)


def learn(evidence: np.ndarray, codes: np.ndarray, frequency: np.ndarray) -> Weights:
    """Find the weight of each kind of evidence by which the probabilities of the true types are largest.

    A conditional logit model (McFadden 1974): all types share the coefficients, so that a rare type needs no cells of
    its own to learn from. Coefficients are not negative.

    Parameters
    ----------
    evidence
        Of cells whose type is known, cells × types × kinds.
    codes
        Their types, (cells,).
    frequency
        Of each type, (types,).
    """
    rows = np.arange(len(codes))

    def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
        found = probabilities(evidence, coefficients, frequency)
        slope = np.einsum("nt,ntk->k", found, evidence) - evidence[rows, codes].sum(axis=0)
        value = -np.log(np.maximum(found[rows, codes], 1e-12)).mean() + PENALTY * np.square(coefficients).sum()
        return value, slope / len(codes) + 2 * PENALTY * coefficients

    kinds = evidence.shape[2]
    found = minimize(loss, np.zeros(kinds), jac=True, method="L-BFGS-B", bounds=[(0, None)] * kinds)
    return Weights(found.x, frequency)


def composition_of(section: np.ndarray, known: np.ndarray, codes: np.ndarray, weights: Weights) -> np.ndarray:
    """Estimate how common each type is in the section, (types,), from mean probabilities.

    Cells of known type say which mean probabilities each type gives. Those of the section are a mixture of these (black
    box shift estimation; Lipton et al. 2018, ICML), held to the cells' own composition where they tell little.

    Parameters
    ----------
    section, known
        Evidence of the imaged cells and of cells of known type, cells × types × kinds.
    codes
        Types of the latter.
    weights
        From :func:`learn`.
    """
    n_types = len(weights.frequency)
    mean = probabilities(section, *weights).mean(axis=0)
    of_known = probabilities(known, *weights)
    columns = np.eye(n_types)  # a type without known cells is taken to be recognised
    for code in np.unique(codes):
        columns[:, code] = of_known[codes == code].mean(axis=0)
    system = np.vstack([columns, HELD * np.eye(n_types)])
    found = nnls(system, np.concatenate([mean, HELD * weights.frequency]))[0] + SMALLEST_PART
    return found / found.sum()
