"""The one exception for input that a user has to mend."""


class InputError(ValueError):
    """Bad input. The message is one sentence: which file, which place in it, what is wrong, what to do."""
