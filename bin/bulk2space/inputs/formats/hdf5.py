"""HDF5 files that users bring, checked when they are opened: they hold what they promise, and read no other file."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import h5py

from ...contract.problems import InputError
from .promises import check_array, check_memory


@contextlib.contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading, once :func:`check` has passed it."""
    with h5py.File(path, "r") as file:
        check(file, path.name)
        yield file


def check_whole(path: Path) -> None:
    """Check a file that is read into memory as a whole.

    Raises
    ------
    InputError
        As :func:`check`, or if it does not fit into the memory of this machine.
    """
    with h5py.File(path, "r") as file:
        check_memory(path.name, check(file, path.name))


def check(file: h5py.File, name: str) -> int:
    """Check links and arrays of a file, and return the bytes of its arrays in memory.

    Raises
    ------
    InputError
        If a link or an array leads to another file, or an array is larger than the file's bytes can make it.
    """
    links: dict[str, object] = {}
    file.visititems_links(lambda place, link: links.update({place: link}))
    outside = [place for place, link in links.items() if isinstance(link, h5py.ExternalLink)]
    if outside:
        raise _leaves(name, outside[0])
    places = [place for place, link in links.items() if isinstance(link, h5py.HardLink)]
    found = [(place, file[place]) for place in places]
    arrays = [(place, one) for place, one in found if isinstance(one, h5py.Dataset) and one.shape is not None]
    for place, array in arrays:
        if array.external or array.is_virtual:
            raise _leaves(name, place)
        check_array(name, place, array.nbytes, array.id.get_storage_size())
    return sum(array.nbytes for _place, array in arrays)


def _leaves(name: str, place: str) -> InputError:
    return InputError(
        f"{name}: {place} is kept in another file, which is not read; give one file that holds everything"
    )
