"""A Matrix Market file in which there is nothing but numbers below its header."""

import io
from typing import IO

MOST_HEADER = 1 << 20  # bytes of comments: more are no header
OF_NUMBERS = b"0123456789.eE+- \t\r\n"


class NumbersOnly(io.RawIOBase):
    """A file for SciPy's reader, which passes over what follows a number, and ends the program itself at a zero byte.

    Parameters
    ----------
    file
        The file, at its start.
    """

    def __init__(self, file: IO[bytes]) -> None:
        super().__init__()
        self.file, self.header = file, 0
        line = file.readline(MOST_HEADER)
        while line.startswith(b"%"):
            self.header = file.tell()
            if self.header > MOST_HEADER:
                raise ValueError("its header has no end")
            line = file.readline(MOST_HEADER)
        file.seek(0)

    def readable(self) -> bool:
        """Say that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Read so many bytes.

        Raises
        ------
        ValueError
            If one of them, below the header, is of no number.
        """
        below = max(self.header - self.file.tell(), 0)
        content = self.file.read(size)
        odd = content[below:].translate(None, OF_NUMBERS)
        if odd:
            raise ValueError(f"holds '{odd[:1].decode('latin-1')}' among its numbers")
        return content
