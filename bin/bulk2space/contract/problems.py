"""What a user has to mend: the one exception for it, its record, and what the sentences share."""

import contextlib
import dataclasses
import re
from collections.abc import Iterator, Sequence
from typing import Self

LONGEST_WORD, SHOWN_AT_START, SHOWN_AT_END = 120, 60, 40
"""Letters: a longer word is a whole line or file taken for one cell, whose start and end are enough."""

LONGEST_REASON = 160
"""Letters of what a library says."""
LONGEST_NAME = 50
"""Letters of one name of several."""


class InputError(ValueError):
    """Bad input. The message is one sentence: which file, which place in it, what is wrong, what to do.

    What it quotes of a file may hold ends of lines, unprintable characters and words without end. They are replaced
    and shortened, so that the sentence stays one line that can be read.

    Attributes
    ----------
    parameter
        Name of the parameter whose value is wrong, such as ``gene_map``; None where an input file is.
    """

    def __init__(self, sentence: str, *, parameter: str | None = None):
        super().__init__(_readable(sentence))
        self.parameter = parameter


class NoWayToCloseError(InputError):
    """A file cannot be completed: HDF5, which keeps it open, would crash when Python ends in the usual way."""


def reason(error: Exception) -> str:
    """Return what a library says of an unreadable file, as a part of a sentence.

    Its first line alone, without the path, which is that of a task's folder, objects of Python
    and advice to programmers.
    """
    said = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    said = re.sub(r"( from| of)? <[^>]*>| \(b'.*?'\)|\. You may need to\b.*", "", said)
    first = next((line for line in map(str.strip, said.splitlines()) if line), type(error).__name__)
    short = first if len(first) <= LONGEST_REASON else f"{first[:LONGEST_REASON]}…"
    return short.rstrip(".")


def remedy(error: Exception) -> str:
    """Return what to do about a file that a library cannot read, as a part of a sentence."""
    return "allow your user to read it" if isinstance(error, PermissionError) else "check that the file is complete"


def _readable(sentence: str) -> str:
    printable = "".join(letter if letter.isprintable() else " \ufffd"[not letter.isspace()] for letter in sentence)
    return re.sub(
        rf"\S{{{LONGEST_WORD + 1},}}", lambda word: f"{word[0][:SHOWN_AT_START]}…{word[0][-SHOWN_AT_END:]}", printable
    )


@dataclasses.dataclass(frozen=True)
class Problem:
    """One thing that a user has to mend before any heavy task runs.

    Attributes
    ----------
    sentence
        What the user reads.
    subject
        The sample or input that it is about; empty for the samplesheet as a whole.
    parameter
        As of :class:`InputError`.
    """

    sentence: str
    subject: str = ""
    parameter: str | None = None

    @classmethod
    def of(cls, error: InputError, *, subject: str = "") -> Self:
        """Return the record of an exception."""
        return cls(str(error), subject, error.parameter)


@contextlib.contextmanager
def of_parameter(name: str) -> Iterator[None]:
    """Name, in a problem of the table that a parameter names, this parameter."""
    try:
        yield
    except InputError as problem:
        raise InputError(f"--{name}: {problem}", parameter=name) from None


def few(names: Sequence[str]) -> str:
    """Return the first three names in quotes, to show a user what a file holds; long ones are shortened."""
    shown = [name if len(name) <= LONGEST_NAME else f"{name[:LONGEST_NAME]}…" for name in map(str, names[:3])]
    return ", ".join(f"'{name}'" for name in shown) + (" …" if len(names) > 3 else "")
