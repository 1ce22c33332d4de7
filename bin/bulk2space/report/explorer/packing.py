"""Arrays as short text: few bits a value, compressed, base64."""

import base64
import gzip
from collections.abc import Sequence

import numpy as np

COMPRESSION = 6  # of gzip
GAP = 255  # rows without a value that one byte skips


def packed(values: np.ndarray) -> str:
    """Return an array's bytes, little-endian, as compressed text."""
    little = np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<"), copy=False)
    return _text(little.tobytes())


def packed_names(names: Sequence[str]) -> str:
    """Return names, one a line, as compressed text; a line break in a name is a space."""
    return _text("\n".join(" ".join(str(name).splitlines()) for name in names).encode())


def packed_gaps(rows: np.ndarray) -> str:
    """Return ascending row numbers as the gaps between them, one byte each: 255 goes on without a row."""
    gaps = np.diff(rows, prepend=-1) - 1
    onward, rest = np.divmod(gaps, GAP)
    spread = np.full(int(onward.sum()) + len(rows), GAP, dtype=np.uint8)
    spread[np.cumsum(onward + 1) - 1] = rest
    return packed(spread)


def steps(values: np.ndarray, dtype: type) -> tuple[np.ndarray, float, float]:
    """Round values to the steps that a type of unsigned whole numbers has between their least and their largest.

    Returns
    -------
    The steps; the least value, and the size of a step: value ≈ least + step × size.
    """
    least, largest = (float(values.min()), float(values.max())) if values.size else (0.0, 0.0)
    size = (largest - least) / np.iinfo(dtype).max or 1.0
    return np.rint((values - least) / size).astype(dtype), least, size


def parts_of(values: np.ndarray, whole: float, dtype: type = np.uint8) -> np.ndarray:
    """Round values from 0 to ``whole`` to as many parts as a type of unsigned numbers has; undefined ones are 0."""
    return np.rint(np.clip(np.nan_to_num(values) / (whole or 1.0), 0, 1) * np.iinfo(dtype).max).astype(dtype)


def _text(raw: bytes) -> str:
    return base64.b64encode(gzip.compress(raw, COMPRESSION, mtime=0)).decode()
