"""Files that hold several sections: recognised, and refused unless the samplesheet names one."""

import logging
import re
from collections.abc import Collection
from typing import NamedTuple

import anndata as ad
import numpy as np
import pandas as pd
from scipy.spatial import cKDTree

from ...contract import remarks
from ...contract.keys import Uns
from ...contract.problems import InputError, few

log = logging.getLogger(__name__)

LIBRARY = "library_id"
OF_SECTIONS = {
    "library", "section", "slide", "slice", "sample", "batch", "puck", "dataset", "experiment", "replicate", "bregma",
    "donor", "patient", "subject", "specimen", "individual", "animal", "mouse", "rat", "origident", "capturearea",
}  # fmt: skip
"""Words in which authors and merging software note where a spot is from; not fields of view, which share borders."""
BESIDE = {"id", "ids", "name", "names", "label", "labels", "number", "no", "nr", "index", "key", "brain", "tissue"}
"""Words that may stand beside them in the name of a column."""
MOST_AMONG_OTHERS = 0.2
"""Proportion of spots whose nearest neighbour may be of another group in such a column.

Pieces of tissue side by side touch at their edges. Of two sections laid on one another, about half of the spots have
their nearest neighbour in the other one.
"""
MOST_COINCIDING = 0.2
"""Proportion of spots that may lie exactly on another.

Within a section nothing does: spots, beads and cells have an extent. Cells whose places are rounded to a micrometer
or pixel rarely do. Of two sections on one array, as many spots coincide as both tissues cover: mostly more than half.
"""

BARCODE = r"^(.*?)([ACGT]{8,})(.*)$"
"""What stands before the barcode in a name, the barcode, and what stands behind it."""
FEWEST_COINCIDING = 10  # in a file of a handful of spots, a proportion says nothing


class Stack(NamedTuple):
    """The column of ``obs`` that says of which section a spot is, and the sections' names in the order of the file."""

    column: str
    names: list[str]


def one_section(
    file: ad.AnnData, libraries: Collection[str], wanted: str | None, source: str, thing: str
) -> tuple[ad.AnnData, str | None]:
    """Return the section that the samplesheet wants, everything where the file holds only one, and its name if known.

    Parameters
    ----------
    file
        Observations × genes. ``uns["section_column"]`` names the column of its sections where the format tells it.
    libraries
        Names of the sections whose images or scale factors the file has.
    wanted
        The samplesheet's ``section``.
    source, thing
        Name of the file, and ``spot`` or ``cell``, for the sentences.

    Raises
    ------
    InputError
        If there are several and none is wanted, or not that which is wanted.
    """
    stack = _stack(file, libraries)
    if wanted is None:
        _refuse_several(stack, libraries, source, thing)
        told = [name for name in (stack.names if stack is not None else ()) if name in libraries]
        return file, next(iter(told or libraries), None)
    column = stack.column if stack is not None else _column_with(file.obs, wanted)
    if column is None and list(libraries) == [wanted]:
        return file, wanted
    chosen = np.zeros(file.n_obs, bool) if column is None else (labels(file.obs[column]) == wanted).to_numpy()
    if not chosen.any():
        known = few(stack.names if stack is not None else list(libraries))
        there = f"its sections are {known}" if known else f"no column of obs has that name, such as {LIBRARY}"
        raise InputError(f"{source}: holds no section '{wanted}'; {there}: correct the samplesheet's column section")
    remarks.note(
        log,
        "section_picked",
        f"{source}: section '{wanted}' (obs['{column}']) is read, {chosen.sum()} of {file.n_obs} {thing}s",
        kept=int(chosen.sum()),
        observations=file.n_obs,
    )
    return file[chosen].copy(), wanted


def _refuse_several(stack: Stack | None, libraries: Collection[str], source: str, thing: str) -> None:
    if stack is not None and len(stack.names) > 1:
        raise InputError(
            f"{source}: holds {len(stack.names)} sections (obs['{stack.column}']), {few(stack.names)}; name one of "
            f"them in the samplesheet's column section"
        )
    if stack is None and len(libraries) > 1:
        raise InputError(
            f"{source}: uns['spatial'] has {len(libraries)} sections, {few(list(libraries))}, but obs does not say "
            f"which {thing} is of which; add the column {LIBRARY} to obs, or keep one section"
        )


def refuse_overlapping(places: np.ndarray, obs: pd.DataFrame, source: str, thing: str) -> None:
    """Refuse spots or cells that lie among or exactly on those of another section.

    Parameters
    ----------
    places
        x and y, observations × 2.
    obs
        Their metadata.
    source, thing
        Name of the file, and ``spot`` or ``cell``, for the sentence.
    """
    coinciding = int(pd.DataFrame(places).duplicated(keep=False).sum())
    is_stacked = coinciding > max(MOST_COINCIDING * len(places), FEWEST_COINCIDING)
    for column in _columns(obs) if is_stacked else _of_sections(obs):
        names = _names(obs[column])
        if 1 < len(names) < len(places) / 2 and _tells_apart(labels(obs[column]), places, is_stacked=is_stacked):
            raise InputError(
                f"{source}: holds {len(names)} sections (obs['{column}']), {few(names)}, whose {thing}s lie among each "
                f"other; name one of them in the samplesheet's column section"
            )
    ends = None if is_stacked else _of_repeated_barcodes(obs.index)
    if ends is not None and _tells_apart(ends, places, is_stacked=False):
        raise InputError(
            f"{source}: the same barcodes appear with {few(list(ends.unique()))}, as in joined sections, "
            f"and these {thing}s lie among each other; give a file of one section, or a column {LIBRARY} in obs and "
            f"the name of one section under section in the samplesheet"
        )
    if is_stacked:
        raise InputError(
            f"{source}: {coinciding} of {len(places)} {thing}s lie exactly on another one, as where a file holds "
            f"several sections; give a file of one section, or a column {LIBRARY} in obs and the name of one section "
            f"under section in the samplesheet"
        )


def _of_repeated_barcodes(names: pd.Index) -> pd.Series | None:
    """Return what stands beside the barcode in each name where the same barcodes appear with several of these."""
    parts = names.astype(str).str.extract(BARCODE)
    beside = (parts[0] + parts[2]).set_axis(names)
    if parts[1].isna().any() or not 1 < beside.nunique() < len(names) / 2:
        return None
    return beside if parts[1].duplicated(keep=False).mean() > MOST_COINCIDING else None


def _tells_apart(groups: pd.Series, places: np.ndarray, *, is_stacked: bool) -> bool:
    """Tell whether groups of spots are sections: no two of one group coincide, or groups lie among each other."""
    codes = pd.factorize(groups, use_na_sentinel=False)[0]
    if is_stacked:
        return not pd.DataFrame(places).assign(group=codes).duplicated().any()
    nearest = cKDTree(places).query(places, k=2)[1][:, 1]
    return bool((codes[nearest] != codes).mean() > MOST_AMONG_OTHERS)


def labels(column: pd.Series) -> pd.Series:
    """Return labels as text, None where there is none: ``1`` for 1.0, as in a column of numbers with gaps."""

    def word(value: object) -> str:
        if isinstance(value, bytes):
            return value.decode(errors="replace")
        return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value).strip()

    values = column.astype(object)
    words = {value: word(value) for value in values[values.notna()].unique()}
    return values.map(words).where(values.notna(), None)


def _stack(file: ad.AnnData, libraries: Collection[str]) -> Stack | None:
    """Return the column of the sections; None where nothing says that a column is one."""
    told = file.uns.get(Uns.SECTION_COLUMN)
    if told is not None or LIBRARY in file.obs:
        column = str(told or LIBRARY)
        return Stack(column, _names(file.obs[column]))
    for column in _columns(file.obs):
        names = _names(file.obs[column])
        if set(names) & set(libraries) and len(libraries) > 1:
            return Stack(column, [name for name in names if name in libraries])
    return None


def _column_with(obs: pd.DataFrame, name: str) -> str | None:
    return next((column for column in _columns(obs) if name in _names(obs[column])), None)


def _columns(obs: pd.DataFrame) -> list[str]:
    """Return the columns that may hold names, those that are called after sections first."""
    usual = _of_sections(obs)
    return usual + [column for column in obs if column not in usual and not pd.api.types.is_float_dtype(obs[column])]


def _of_sections(obs: pd.DataFrame) -> list[str]:
    """Return the columns that are called after sections, in any case, such as ``SampleID`` and ``brain_section_label``.

    ``library_id`` comes first.
    """

    def is_one(column: object) -> bool:
        words = [word.lower() for word in re.findall("[A-Z]?[a-z]+|[A-Z]+", str(column))]
        return "".join(words) in OF_SECTIONS or (
            not OF_SECTIONS.isdisjoint(words) and (OF_SECTIONS | BESIDE).issuperset(words)
        )

    return sorted((column for column in obs if is_one(column)), key=lambda column: column != LIBRARY)


def _names(column: pd.Series) -> list[str]:
    return [name for name in labels(column).unique() if name]
