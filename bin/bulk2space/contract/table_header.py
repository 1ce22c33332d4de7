"""Whether the first line of a table is its header, and how it fits the rows below."""

import re
from pathlib import Path

from .problems import InputError

IDENTIFIER = re.compile(r"ENS[A-Z]*[GT]\d{6,}.*", re.IGNORECASE)
"""A first cell that is no header if there are numbers beside it: a gene or transcript of Ensembl."""
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
CORNERS = frozenset(
    [
        "barcode",
        "barcodes",
        "cell",
        "cellbarcode",
        "cellid",
        "cellname",
        "cells",
        "ensembl",
        "ensemblgeneid",
        "ensemblid",
        "entityid",
        "feature",
        "featureid",
        "features",
        "gene",
        "geneid",
        "geneids",
        "genename",
        "genenames",
        "genes",
        "genesymbol",
        "hugosymbol",
        "id",
        "ids",
        "index",
        "name",
        "names",
        "rowname",
        "rownames",
        "sample",
        "sampleid",
        "samplename",
        "samples",
        "spot",
        "spotid",
        "spots",
        "symbol",
        "symbols",
        "targetid",
        "unnamed0",
        "v1",
        "x",
    ]
)
"""Words in the first cell of a header (letters and digits, lower case): where one stands, names may be numbers."""


def is_header(cells: list[str], *, is_short: bool = False) -> bool:
    """Tell whether the first line of a table holds names: not if there are numbers where names should be.

    Whole numbers, each once, are names below a first cell that is empty or says what stands below it.

    Parameters
    ----------
    cells
        The line.
    is_short
        Whether the next line has one cell more: the column of row names has no header then.
    """
    values = [cell for cell in cells[not is_short :] if cell]
    numbers = [cell for cell in values if NUMBER.fullmatch(cell)]
    if not numbers:
        return True
    if IDENTIFIER.fullmatch(cells[0]):
        return is_short
    are_names = all(cell.isdecimal() for cell in numbers) and len(set(numbers)) == len(numbers)
    return are_names and (is_short or _is_corner(cells[0]) or len(numbers) < len(values))


def letters_and_digits(name: str) -> str:
    """Return a name in lower case without anything else, so that ``Gene ID`` and ``gene_id`` are the same."""
    return re.sub("[^a-z0-9]", "", name.lower())


def _is_corner(cell: str) -> bool:
    return not cell or letters_and_digits(cell) in CORNERS


def fitted(header: list[str], row: list[str], path: Path, *, only_separators: bool) -> list[str]:
    """Return the header with one cell for each cell of a row.

    R's ``write.table`` gives the column of row names no header. Excel may end rows, or the header, in empty cells.
    Other programs end every row in a separator.

    Parameters
    ----------
    header, row
        Cells of the header, and of the first row.
    path
        The table, for the sentence.
    only_separators
        Whether the first rows have nothing but separators beyond the cells of the header.

    Raises
    ------
    InputError
        If the two do not fit together, with the name of the table's path.
    """
    extra = len(row) - len(header)
    if extra == 1 and not only_separators and (row[-1] or not _is_corner(header[0])):
        return ["", *header]
    if extra > 0 and not any(row[-extra:]):
        return header + [""] * extra
    if extra < 0 and not any(header[extra:]):
        return header[:extra]
    if extra:
        raise InputError(
            f"{path.name}: its first line has {len(header)} cells and the next has {len(row)}; remove what stands "
            f"above the header, and give every column a name"
        )
    return header
