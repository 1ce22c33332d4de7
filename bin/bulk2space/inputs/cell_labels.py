"""Labels of cells: their types and libraries, and those that mean that there is none."""

import logging
import re

import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.problems import InputError

log = logging.getLogger(__name__)

NO_LABEL = ("", "na", "n/a", "#n/a", "nan", "none", "null", "-", "--", ".", "?")
"""Labels, in lower case, that mean that a cell has none."""
UNKNOWN = re.compile(
    r"((unk|unkn?own|unassigned|unclassified|undefined|undetermined|unidentified|unlabel+ed|unannotated|ambiguous|artifact"
    r"|not?[ _-]?(assigned|available|applicable|annotated|determined|defined)|native|eukaryotic|animal"
    r"|debris|ambient([ _-]?rna)?|empty([ _-]?(droplet|drop)s?)?|(dead|dying)|junk|trash|poor[ _-]?quality"
    r"|low[ _-]?q(uality)?|contaminat(ed|ion)|(to[ _-]?)?(removed?|excluded?|discard(ed)?)|filtered([ _-]?out)?)"
    r"([ _-]?cells?)?([ _-]?\d+)?|cells?"
    r"|(?!non?t?[ _-])(.*[^a-z])?(doublet|multiplet)s?(?![ _-]like)([^a-z].*)?|low[ _-]?quality[ _-].*)",
    re.IGNORECASE,
)
"""Labels that mean that a cell's type is not known, or that it is no single cell."""
MERGED = "other"
"""The type that small types are merged into."""


def cell_types(column: pd.Series) -> np.ndarray:
    """Return the labels as text, (cells,), None where a cell has none."""
    codes, names = pd.factorize(column.astype(object))  # of a million cells, a hundred names are different
    words = [str(name).strip() for name in names]
    labels = np.array([None if word.lower() in NO_LABEL else word for word in words] + [None], dtype=object)
    return labels[codes]  # -1, a missing label, is the last


def is_unknown(label: str) -> bool:
    """Tell whether a label, or each part of it between slashes, means that a cell's type is not known."""
    return UNKNOWN.fullmatch(label) is not None or all(UNKNOWN.fullmatch(part) for part in label.split("/"))


def without_unknown(labels: np.ndarray, source: str) -> np.ndarray:
    """Take away the labels that say that a cell's type is not known; a warning counts them.

    Parameters
    ----------
    labels
        From :func:`cell_types`.
    source
        The file's name, for the warning.
    """
    unclear = [name for name in pd.unique(labels) if name is not None and is_unknown(name)]
    unknown = pd.Series(labels, dtype=object).isin(unclear).to_numpy()
    if not unknown.any():
        return labels
    sizes = pd.Series(labels[unknown]).value_counts().sort_index()
    listed = ", ".join(f"'{name}' ({size})" for name, size in sizes.items())
    remarks.warn(
        log,
        "unknown_types_left_out",
        f"{source}: {unknown.sum()} of {len(labels)} cells have labels that say that their type is not known: "
        f"{listed}; they are left out as cells without a type (--keep_unknown keeps them)",
        types={str(name): int(size) for name, size in sizes.items()},
    )
    return np.where(unknown, np.array(None, dtype=object), labels)


def say_left_out(left_out: int, cells: int, lack: str, source: str) -> None:
    """Remark how many of the cells of a file are left out as they lack something."""
    remarks.note(
        log,
        "cells_left_out",
        f"{source}: {left_out} of {cells} cells without {lack} are left out",
        left_out=left_out,
        cells=cells,
        lack=lack,
    )


def large_types(labels: np.ndarray, source: str, *, fewest: int, action: str) -> np.ndarray:
    """Leave out or merge the types that have too few cells.

    Parameters
    ----------
    labels
        Type of each cell, (cells,), None where a cell has none.
    source
        The file's name, for the remark.
    fewest
        The smallest number of cells that a type may have.
    action
        ``drop`` takes the labels away. ``merge`` makes the small types one, called ``other``, and takes that away too
        when it is still too small.

    Returns
    -------
    The labels, None where they were taken away.
    """
    sizes = pd.Series(labels).value_counts().sort_index()
    small = sizes[sizes < fewest]
    if small.empty:
        return labels
    is_small = pd.Series(labels).isin(small.index)
    together = small.sum() + sizes.get(MERGED, 0) * (MERGED not in small)
    merged = action == "merge" and together >= fewest
    if merged:
        outcome = f"merged into '{MERGED}'"
    else:
        outcome = "left out, being too few even together" if action == "merge" else "left out"
    listed = ", ".join(f"{name} ({size})" for name, size in small.items())
    remarks.warn(
        log,
        "small_types",
        f"{source}: {len(small)} types have fewer than {fewest} cells: {listed}; they are {outcome} "
        f"(--min_cells, --min_cells_action)",
        types={str(name): int(size) for name, size in small.items()},
        merged=merged,
    )
    return np.where(is_small, np.array(MERGED if merged else None, dtype=object), labels)


def libraries(labels: pd.Series, key: str, source: str) -> pd.Categorical:
    """Return each cell's library as text.

    Parameters
    ----------
    labels
        Text or None, by cell.
    key, source
        Column and file, for the sentence.

    Raises
    ------
    InputError
        If a cell has none.
    """
    missing = labels.isna().to_numpy()
    if missing.any():
        raise InputError(
            f"{source}: {missing.sum()} cells have no library in '{key}', such as "
            f"'{labels.index[missing][0]}'; give one for each cell or leave out --batch_key"
        )
    return pd.Categorical(labels.astype(str))
