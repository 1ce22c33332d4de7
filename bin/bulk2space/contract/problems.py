"""The one exception for input that a user has to mend, and what its sentences share."""

from collections.abc import Sequence


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


def few(names: Sequence[str]) -> str:
    """Return the first three names in quotes, to show a user what a file holds."""
    return ", ".join(f"'{name}'" for name in names[:3]) + (" …" if len(names) > 3 else "")
