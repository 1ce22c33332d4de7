"""How well a result recovers the ground truth.

The correlation is that of NumPy: ``scipy.stats.pearsonr`` differs from it in the last bits, and so would the tables.
"""

import logging

import numpy as np
import pandas as pd

log = logging.getLogger(__name__)

CONSTANT = 1e-12  # product of the lengths of two centred rows, below which a row is constant


def align(recovered: pd.Series, truth: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Bring two series to the same names.

    A name that one of them lacks counts as 0 there, and the log says which. A type that was not recovered is an error
    of its whole proportion, not a missing value.

    Parameters
    ----------
    recovered, truth
        Values by name (types, or spot and type); unique indices.

    Returns
    -------
    Both on the sorted union of names.

    Raises
    ------
    ValueError
        When a name occurs twice in one of them.
    """
    for which, series in (("recovered", recovered), ("true", truth)):
        if not series.index.is_unique:
            raise ValueError(f"the {which} values name {series.index[series.index.duplicated()][0]!r} twice")
    for which, absent in (
        ("recovered", truth.index.difference(recovered.index)),
        ("true", recovered.index.difference(truth.index)),
    ):
        if len(absent):
            names = ", ".join(map(str, absent[:5])) + (", …" if len(absent) > 5 else "")
            log.warning("%d names are not among the %s values and count as 0 there: %s", len(absent), which, names)
    union = recovered.index.union(truth.index)
    return recovered.reindex(union, fill_value=0.0), truth.reindex(union, fill_value=0.0)


def pcc(recovered: np.ndarray | pd.Series, truth: np.ndarray | pd.Series) -> float:
    """Return Pearson's correlation of two vectors of equal length; NaN when one is constant or shorter than 2."""
    x, y = np.asarray(recovered, dtype=float), np.asarray(truth, dtype=float)
    if x.shape != y.shape:
        raise ValueError(f"two vectors of one length are needed, not {x.shape} and {y.shape}")
    # Compared exactly: rounding gives equal values a tiny variance.
    if x.size < 2 or np.ptp(x) == 0 or np.ptp(y) == 0:
        return float("nan")
    return float(np.corrcoef(x, y)[0, 1])


def pcc_of_rows(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Pearson's correlation of each row of one table with the same row of another, (rows,).

    It is 0 where a row is constant.

    Parameters
    ----------
    first, second
        Tables of one shape.
    """
    first, second = (values - values.mean(axis=1, keepdims=True) for values in (first, second))
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return np.divide((first * second).sum(axis=1), lengths, out=np.zeros(len(first)), where=lengths > CONSTANT)


def rmse(recovered: np.ndarray | pd.Series, truth: np.ndarray | pd.Series) -> float:
    """Return the root of the mean squared difference of two vectors of equal length; NaN when they are empty."""
    x, y = np.asarray(recovered, dtype=float), np.asarray(truth, dtype=float)
    if x.shape != y.shape:
        raise ValueError(f"two vectors of one length are needed, not {x.shape} and {y.shape}")
    return float(np.sqrt(np.mean((x - y) ** 2))) if x.size else float("nan")


def confusion(predicted: pd.Series, truth: pd.Series) -> pd.DataFrame:
    """Count the cells of each true type by predicted type.

    Parameters
    ----------
    predicted, truth
        Type by cell name. Cells that only one of them names are left out, and counted in the log.

    Returns
    -------
    True types × predicted types, integers. Both axes hold the sorted types of both series, so that the diagonal counts
    the cells that were predicted correctly.
    """
    cells = truth.index.intersection(predicted.index)
    left_out = len(truth.index.union(predicted.index)) - len(cells)
    if left_out:
        log.warning("%d cells have a true or a predicted type only and are not compared", left_out)
    predicted, truth = predicted.loc[cells].astype(str), truth.loc[cells].astype(str)
    types = sorted(pd.unique(pd.concat([predicted, truth])))
    table = pd.crosstab(truth, predicted).reindex(index=types, columns=types, fill_value=0)
    return table.rename_axis(index="truth", columns="predicted")


def accuracy(table: pd.DataFrame) -> float:
    """Return the proportion of cells on the diagonal of a ``confusion`` table; NaN when it is empty."""
    total = table.to_numpy().sum()
    return float(np.trace(table.to_numpy()) / total) if total else float("nan")
