"""Random damage to files, the same for the same generator of random numbers."""

import gzip
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
import pandas as pd

ODD_CELLS = [
    "",
    "NA",
    "nan",
    "inf",
    "-1",
    "1e400",
    "12,5",
    '"',
    "'",
    "é",
    "x" * 5000,
    "\0",
    "\r",
    "#",
    "0",
    "a\tb",
    "1e5",
]
ODD_BYTES = [b"\0", b"\xff", b"\r", b"\n", b'"', b",", b"\t", b"-", b"\xef\xbb\xbf", b"9" * 30]
ODD_JSON = [None, -1, 0, "word", "", [], {}, 1e400, True, [1, "a"], {"a": None}, 2**70]
TEXT = re.compile(r"\.(csv|tsv|txt|gct|tab|mtx|json|geojson|zattrs|zgroup)(\.gz)?$")
JSON = re.compile(r"\.(json|geojson|zattrs|zgroup)$")
HDF5 = re.compile(r"\.(h5|h5ad|h5mu)$")

Damage = Callable[[bytes, np.random.Generator], bytes]


def pick(options, rng: np.random.Generator):
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]


def cut(content: bytes, rng: np.random.Generator) -> bytes:
    """Cut the end off."""
    return content[: int(rng.integers(len(content) + 1))]


def other_bytes(content: bytes, rng: np.random.Generator) -> bytes:
    """Change, insert or remove some bytes."""
    changed = bytearray(content)
    for _change in range(int(rng.integers(1, 6))):
        place = int(rng.integers(len(changed) + 1))
        width = int(rng.integers(0, 9))
        changed[place : place + width] = pick([rng.bytes(width), b"", pick(ODD_BYTES, rng)], rng)
    return bytes(changed)


def other_lines(content: bytes, rng: np.random.Generator) -> bytes:
    """Swap, double, remove or empty a line; the header is changed as often as all others."""
    lines = content.splitlines(keepends=True) or [b""]
    one, other = pick([0, int(rng.integers(len(lines)))], rng), int(rng.integers(len(lines)))
    how = int(rng.integers(4))
    if how == 0:
        lines[one], lines[other] = lines[other], lines[one]
    elif how == 1:
        lines.insert(other, lines[one])
    elif how == 2:
        del lines[one]
    else:
        lines[one] = pick([b"\n", b",,,\n", b"\t\t\n", b"# word\n", b"word\n"], rng)
    return b"".join(lines)


def other_cell(content: bytes, rng: np.random.Generator) -> bytes:
    """Replace one to three cells."""
    for _change in range(int(rng.integers(1, 4))):
        parts = re.split(rb"([,\t \r\n]+)", content)
        first = min(len(parts), 20)
        place = 2 * int(rng.integers(pick([(first + 1) // 2, (len(parts) + 1) // 2], rng)))
        parts[place] = pick(ODD_CELLS, rng).encode()
        content = b"".join(parts)
    return content


def other_column(content: bytes, rng: np.random.Generator) -> bytes:
    """Remove or double a column, or fill it with one text."""
    mark = b"\t" if b"\t" in content else b","
    rows = [line.split(mark) for line in content.splitlines()]
    place, how = int(rng.integers(max(map(len, rows), default=0) + 1)), int(rng.integers(3))
    odd = pick(ODD_CELLS, rng).encode()
    for row in rows:
        if place < len(row):
            row[place : place + 1] = [[], [row[place]] * 2, [odd]][how]
    return b"\n".join(mark.join(row) for row in rows) + b"\n"


def other_ends(content: bytes, rng: np.random.Generator) -> bytes:
    """End some or all lines otherwise."""
    share = pick([0.1, 1.0], rng)
    end = pick([b"\r", b"\r\n", b"\n\n", b"\0\n", b""], rng)
    return b"".join(
        line.rstrip(b"\r\n") + (end if rng.random() < share else b"\n") for line in content.splitlines(keepends=True)
    )


def other_encoding(content: bytes, rng: np.random.Generator) -> bytes:
    """Save the text as other software does."""
    text = content.decode("utf-8", errors="replace").replace("e", "é", int(rng.integers(3)))
    return text.encode(pick(["utf-16", "utf-8-sig", "latin-1", "utf-16-be", "utf-32"], rng), errors="replace")


def other_json(content: bytes, rng: np.random.Generator) -> bytes:
    """Replace or remove a value somewhere in JSON."""
    document = json.loads(content)
    node, places = document, []
    while isinstance(node, dict | list) and node:
        key = pick(list(node) if isinstance(node, dict) else range(len(node)), rng)
        places.append((node, key))
        node = node[key]
    if not places:
        return json.dumps(pick(ODD_JSON, rng)).encode()
    parent, key = pick(places, rng)
    if rng.random() < 0.3:
        del parent[key]
    else:
        parent[key] = pick(ODD_JSON, rng)
    return json.dumps(document).encode()


BYTES: list[Damage] = [cut, other_bytes]
LINES: list[Damage] = [cut, other_bytes, other_lines, other_cell, other_cell, other_column, other_ends, other_encoding]


def damage(folder: Path, rng: np.random.Generator) -> str:
    """Damage one file below a folder and return what was done."""
    path = pick(sorted(path for path in folder.rglob("*") if path.is_file()), rng)
    where = path.relative_to(folder)
    if rng.random() < 0.04:
        path.unlink()
        return f"{where}: removed"
    if HDF5.search(path.name) and rng.random() < 0.85:
        return f"{where}: {other_hdf5(path, rng)}"
    if path.suffix == ".parquet" and rng.random() < 0.6:
        return f"{where}: {other_parquet(path, rng)}"
    if path.parent.name == "c" and rng.random() < 0.2:
        shutil.rmtree(path.parent)
        return f"{where.parent}: removed"
    unpack = path.suffix == ".gz" and rng.random() < 0.8
    ways = [other_json] if JSON.search(path.name) and rng.random() < 0.7 else BYTES
    ways = LINES if ways is BYTES and TEXT.search(path.name) and (unpack or path.suffix != ".gz") else ways
    how = pick(ways, rng)
    content = path.read_bytes()
    damaged = gzip.compress(how(gzip.decompress(content), rng)) if unpack else how(content, rng)
    path.write_bytes(damaged)
    return f"{where}: {how.__name__}"


def other_parquet(path: Path, rng: np.random.Generator) -> str:
    """Remove or change a column of a table."""
    table = pd.read_parquet(path)
    column = pick(list(table), rng)
    values = [None, "word", np.nan, np.inf, table[column].iloc[0], [[1, 2]] * len(table), pd.Timestamp(0)]
    place = int(rng.integers(len(values) + 1))
    if place == len(values):
        table = table.drop(columns=column)
    else:
        table[column] = values[place]
    table.to_parquet(path, index=bool(rng.random() < 0.3))
    return f"other_parquet {column} {place}"


def other_hdf5(path: Path, rng: np.random.Generator) -> str:
    """Remove or change a dataset, a group or an attribute."""
    with h5py.File(path, "r+") as file:
        places = ["/"]
        file.visit(places.append)
        node = file[pick(places, rng)]
        if len(node.attrs) and rng.random() < 0.35:
            return _other_attribute(node, rng)
        if not isinstance(node, h5py.Dataset) or rng.random() < 0.15:
            return _other_member(file, node.name, rng)
        name, values = node.name, node[()]
        attributes = dict(node.attrs)
        del file[name]
        how, changed = _other_values(np.asarray(values), rng)
        file[name] = changed
        for key, value in attributes.items():
            file[name].attrs[key] = value
        return f"{name}: {how}"


def _other_attribute(node: h5py.HLObject, rng: np.random.Generator) -> str:
    key = pick(sorted(node.attrs), rng)
    odd = pick([None, "word", "array", "csr_matrix", "csc_matrix", "dataframe", -1, 2.5, [1, 2], [10**12, 3], ""], rng)
    del node.attrs[key]
    if odd is not None:
        node.attrs[key] = odd
    return f"{node.name} attribute {key} = {odd!r}"


def _other_member(file: h5py.File, name: str, rng: np.random.Generator) -> str:
    if name == "/":
        name = pick(sorted(file), rng)
    del file[name]
    replacement = pick([None, 3, "word", np.arange(4.0)], rng)
    if replacement is not None:
        file[name] = replacement
    return f"{name} replaced by {replacement!r}"


def _other_values(values: np.ndarray, rng: np.random.Generator) -> tuple[str, np.ndarray]:
    """Return a dataset's values of other kind, shape or size, and what was changed."""
    flat = values.ravel()
    if values.dtype.kind in "OSU":
        words = np.array([value.decode() if isinstance(value, bytes) else str(value) for value in flat], dtype=object)
        options = {
            "numbers": np.arange(len(words)),
            "one word for all": np.full(len(words), words[0] if len(words) else "", dtype=object),
            "one odd word": _with_one(words, pick(["", "\n", "é", "x" * 5000, "1", "/"], rng), rng),
            "fewer": words[:-1],
            "more": np.append(words, "word"),
            "bytes": np.full(len(words), b"\xff\xfe", dtype="S2"),
        }
    elif values.dtype.kind in "buif":
        numbers = flat.astype(float)
        options = {
            "words": np.full(len(flat), "word", dtype=object).reshape(values.shape),
            "one not finite": _with_one(numbers, pick([np.nan, np.inf, -np.inf], rng), rng).reshape(values.shape),
            "one below 0": _with_one(flat.astype(np.int64), -1, rng).reshape(values.shape),
            "one large": _with_one(flat.astype(np.int64), 10**12, rng).reshape(values.shape),
            "one huge": _with_one(numbers, 1e300, rng).reshape(values.shape),
            "fewer": values[:-1] if values.ndim else values,
            "more": np.append(flat, flat[:1]),
            "two dimensions": flat[:, np.newaxis],
            "fractions": (numbers + 0.5).reshape(values.shape),
            "complex": flat.astype(complex).reshape(values.shape),
            "truth": flat.astype(bool).reshape(values.shape),
            "half precision": np.clip(numbers, -6e4, 6e4).astype(np.float16).reshape(values.shape),
            "none": flat[:0],
            "zeros": np.zeros_like(values),
        }
    else:
        options = {"none": np.arange(0)}
    how = pick(sorted(options), rng)
    return how, _storable(options[how])


def _storable(values: np.ndarray) -> np.ndarray:
    return values.astype(h5py.string_dtype()) if values.dtype == object else values


def _with_one(values: np.ndarray, odd: object, rng: np.random.Generator) -> np.ndarray:
    if len(values):
        values = values.copy()
        values[int(rng.integers(len(values)))] = odd
    return values
