"""The one exception for input that a user has to mend, and what its sentences share."""

from collections.abc import Sequence


class InputError(ValueError):
    """Bad input. The message is one sentence: which file, which place in it, what is wrong, what to do."""


def few(names: Sequence[str]) -> str:
    """Return the first three names in quotes, to show a user what stands in a file."""
    return ", ".join(f"'{name}'" for name in names[:3]) + (" …" if len(names) > 3 else "")
