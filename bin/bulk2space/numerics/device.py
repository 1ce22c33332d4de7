"""Where dense algebra runs: on the CPU with NumPy, or on a GPU with PyTorch (:mod:`.gpu`).

Code that runs on both takes arrays of either kind (the array API, https://data-apis.org/array-api). It puts its arrays
on the device and takes its results back as NumPy. A script says once, by :func:`use`, on which device it works.
"""

from collections.abc import Callable, Iterator
from typing import Any, TypeVar

T = TypeVar("T")
ROWS_AT_ONCE = 1024  # on the CPU


class Device:
    """The CPU: arrays are NumPy's and stay as they are."""

    out_of_memory: tuple[type[Exception], ...] = ()
    """What is raised where a block of rows is too large; nothing where no block is."""

    def put(self, parts: Any) -> Any:
        """Return arrays on the device: one, or a tuple of them; whatever is no array stays as it is."""
        return parts

    def take(self, parts: Any) -> Any:
        """Return arrays of the device as NumPy: one, or a tuple of them."""
        return parts

    def rows_at_once(self, bytes_of_row: int) -> int:
        """Return how many rows a block has whose work needs so many bytes of memory for a row."""
        return ROWS_AT_ONCE

    def halved(self, rows: int) -> int:
        """Return how many rows a block has after one of so many took more memory than there is."""
        raise NotImplementedError

    def in_blocks(self, number: int, bytes_of_row: int, work: Callable[[slice], T]) -> Iterator[tuple[slice, T]]:
        """Yield blocks of rows, each with what the work makes of it; where memory runs out, blocks are halved.

        Parameters
        ----------
        number
            Of all rows.
        bytes_of_row
            Memory on the device that the work needs for a row.
        work
            May change nothing: it is repeated where memory runs out.

        Raises
        ------
        MemoryError
            If there is too little memory for a single row.
        """
        first, size = 0, self.rows_at_once(bytes_of_row)
        while first < number:
            rows, fits = slice(first, min(first + size, number)), True
            try:
                done = work(rows)
            except self.out_of_memory:
                fits = False  # the error holds arrays of the work: blocks are halved after it is gone
            if fits:
                yield rows, done
                first = rows.stop
            else:
                size = self.halved(rows.stop - first)


_used = [Device()]


def used() -> Device:
    """Return the device that the script works on; the CPU, unless it says otherwise."""
    return _used[-1]


def use(device: Device) -> None:
    """Let the script work on this device from now on."""
    _used[-1] = device
