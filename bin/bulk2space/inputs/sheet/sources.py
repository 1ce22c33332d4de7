"""The distinct inputs of a samplesheet, each with an id of its own."""

import itertools
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import NamedTuple

from .samplesheet import PLATFORMS, Row

ENDINGS = re.compile(r"\.(h5ad|h5mu|h5|zarr|csv|tsv|txt)(\.gz)?$", re.IGNORECASE)
COMMON = re.compile(
    r"outs|(binned|segmented)_outputs|(sample_)?(filtered_|raw_|cell_)?feature_(bc_|cell_)?matrix|square_\d+um",
    re.IGNORECASE,
)
"""Names that every run of a vendor's software has: an input is named after the folder above."""


class Source(NamedTuple):
    """One distinct input: a matrix and, perhaps, its metadata.

    Attributes
    ----------
    kind
        ``bulk``, ``reference`` or ``section``.
    matrix, meta
        Paths as the samplesheet has them.
    platform
        Of a section.
    section
        Name of a section in a file that holds several.
    """

    kind: str
    matrix: str
    meta: str = ""
    platform: str = ""
    section: str = ""

    def in_words(self) -> str:
        """Return the matrix as the samplesheet has it, and the section's name in it if there are several."""
        return f"{self.matrix}, {self.section}" if self.section else self.matrix


@dataclass(frozen=True)
class ReadableSource:
    """An input that NORMALIZE can read, for the workflow; None where there is nothing to say.

    Attributes
    ----------
    id
        Name of the input.
    kind, matrix, meta, platform, section
        As of :class:`Source`.
    reference
        Id of the reference whose names a bulk or section takes: that of the first row that has the input.
    columns
        Of a bulk: its columns that rows name; None where a row takes all of them.
    """

    id: str
    kind: str
    matrix: str
    meta: str | None
    platform: str | None
    section: str | None
    reference: str | None
    columns: list[str] | None


def sources(row: Row) -> list[Source]:
    """Return the inputs of a row: bulk, reference and, if there is one, section."""
    found = [Source("bulk", row.bulk), Source("reference", row.reference, row.reference_meta)]
    if row.spatial:
        found.append(Source("section", row.spatial, row.spatial_meta, row.platform, row.section))
    return found


def identifiers(rows: Iterable[Row]) -> dict[Source, str]:
    """Name every distinct input after its file and section; by its whole path where an earlier one has that name."""
    ids: dict[Source, str] = {}
    taken: set[tuple[str, str]] = set()
    for source in dict.fromkeys(source for row in rows for source in sources(row) if source.matrix):
        stem = sanitized("_".join(filter(None, (_stem(source.matrix), source.section))))
        whole = sanitized("_".join(filter(None, source[1:])))
        names = itertools.chain([stem, whole], (f"{whole}_{n}" for n in itertools.count(2)))
        ids[source] = next(name for name in names if (source.kind, name) not in taken)
        taken.add((source.kind, ids[source]))
    return ids


def readable(rows: Iterable[Row], found: Collection[str]) -> list[ReadableSource]:
    """Return the inputs that can be read.

    Parameters
    ----------
    rows
        The samplesheet.
    found
        The paths that exist.
    """
    rows = list(rows)
    ids = identifiers(rows)

    def usable(source: Source) -> bool:
        there = source.matrix in found and (not source.meta or source.meta in found)
        return there and (source.kind != "section" or source.platform in PLATFORMS)

    listed: dict[Source, ReadableSource] = {}
    for row in rows:
        _bulk, reference, *_section = sources(row)
        partner = ids[reference] if usable(reference) else None
        for source in sources(row):
            if usable(source) and source not in listed:
                listed[source] = ReadableSource(
                    id=ids[source],
                    kind=source.kind,
                    matrix=source.matrix,
                    meta=source.meta or None,
                    platform=source.platform or None,
                    section=source.section or None,
                    reference=None if source.kind == "reference" else partner,
                    columns=_columns(source, rows) if source.kind == "bulk" else None,
                )
    return list(listed.values())


def _columns(bulk: Source, rows: Iterable[Row]) -> list[str] | None:
    """Return the columns of a bulk that rows name, each once; None where a row takes all of them."""
    named = dict.fromkeys(row.bulk_column for row in rows if sources(row)[0] == bulk)
    return None if "" in named else list(named)


def sanitized(name: str) -> str:
    """Return a name of letters, digits, '_', '.' and '-' that does not start with '.' or '-'."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "_"


def _stem(path: str) -> str:
    parts = [part for part in path.split("/") if part] or [""]
    for part in reversed(parts):
        stem = ENDINGS.sub("", part)
        if not COMMON.fullmatch(stem):
            return stem
    return ENDINGS.sub("", parts[-1])
