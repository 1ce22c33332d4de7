"""The pipeline's own files, found damaged: a later step says which, and how to make it anew."""

import contextlib
import logging
from collections.abc import Iterator
from pathlib import Path

from .problems import InputError, reason

log = logging.getLogger(__name__)


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what a library says of a damaged file, which an earlier step wrote, into one sentence.

    Raises
    ------
    InputError
        If the block fails in any way but for want of memory.
    """
    try:
        yield
    except (InputError, MemoryError):
        raise
    except Exception as error:
        log.debug("%s", path, exc_info=True)  # so that a mistake of the reader can be found
        raise InputError(damaged(path, reason(error))) from None


def damaged(path: Path, why: str) -> str:
    """Return the sentence about a damaged file; a task's inputs are links into the folders of earlier tasks."""
    return (
        f"{path.name}: was written by an earlier step and can no longer be read ({why}); delete the folder "
        f"{path.resolve().parent} and start again with -resume, which makes the file anew"
    )
