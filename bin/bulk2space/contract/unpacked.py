"""Files compressed by gzip, read only as far as a data set could reach: a few bytes can be told to fill any memory."""

import gzip
import io
from pathlib import Path

from .problems import InputError

FREE_BYTES = 1 << 28
"""Unpacked bytes that any file may have."""
MOST_EXPANSION = 500
"""Times that a larger file may grow. Sparse tables of counts grow about 50 times; gzip itself ends at 1032."""


class _Unpacked(io.RawIOBase):
    """The unpacked bytes of a file, which end in an error where they are more than a data set has."""

    def __init__(self, path: Path):
        self._path, self._packed = path, path.stat().st_size
        self._file = gzip.open(path)  # noqa: SIM115 (close() closes it)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: "memoryview | bytearray") -> int:  # type: ignore[override]
        number = self._file.readinto(buffer)
        check_expansion(self._path, self._packed, self._file.tell())
        return number

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        return self._file.seek(offset, whence)

    def close(self) -> None:
        self._file.close()
        super().close()


def open_gzip(path: Path) -> io.BufferedReader:
    """Open a file compressed by gzip; reading it ends in an :class:`InputError` where it grows without end."""
    return io.BufferedReader(_Unpacked(path), 1 << 16)


def check_expansion(path: Path, packed: int, unpacked: int) -> None:
    """Check the size of what was unpacked.

    Raises
    ------
    InputError
        If the file grows more than data do.
    """
    if unpacked > FREE_BYTES and unpacked > MOST_EXPANSION * packed:
        raise InputError(
            f"{path.name}: unpacks to more than {MOST_EXPANSION} times its size, as no expression does; check where "
            f"the file comes from"
        )
