"""Text whose zero bytes, as an incomplete copy has them, are an error."""

import io
from typing import IO


class TextOnly(io.RawIOBase):
    """A file for readers that end the program itself at a zero byte, as SciPy's of Matrix Market files does."""

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self.file = file

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes.

        Raises
        ------
        ValueError
            If one of them is zero.
        """
        content = self.file.read(size)
        if b"\0" in content:
            raise ValueError("holds zero bytes, so it is no text")
        return content
