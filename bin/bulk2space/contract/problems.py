"""What a user has to mend: the one exception for it, its record, and what the sentences share."""

import contextlib
import dataclasses
from collections.abc import Iterator, Sequence
from typing import Self


class InputError(ValueError):
    """Bad input. The message is one sentence: which file, which place in it, what is wrong, what to do.

    Attributes
    ----------
    parameter
        Name of the parameter whose value is wrong, such as ``gene_map``; None where an input file is.
    """

    def __init__(self, sentence: str, *, parameter: str | None = None):
        super().__init__(sentence)
        self.parameter = parameter


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
    """Return the first three names in quotes, to show a user what a file holds."""
    return ", ".join(f"'{name}'" for name in names[:3]) + (" …" if len(names) > 3 else "")
