"""How far a long step is, for its log: said now and then, with the time that is left."""

import logging
import time
from collections.abc import Callable

EVERY = 20.0  # seconds between two lines


class Progress:
    """Counts what is done of a whole, and says so in the log every `EVERY` seconds until the last part is done.

    Parameters
    ----------
    log
        Where it is said.
    what
        What is counted, as in "spots fitted".
    total
        How many there are.
    clock
        Returns seconds.
    """

    def __init__(self, log: logging.Logger, what: str, total: int, clock: Callable[[], float] = time.monotonic):
        self._log, self._what, self._total, self._clock = log, what, total, clock
        self._done, self._began = 0, clock()
        self._said = self._began

    def add(self, number: int) -> None:
        """Count more that is done."""
        self._done += number
        now = self._clock()
        if now - self._said < EVERY or self._done >= self._total:
            return
        self._said = now
        left = (now - self._began) * (self._total - self._done) / max(self._done, 1)
        self._log.info("%s: %s of %s, about %s left", self._what, f"{self._done:,}", f"{self._total:,}", in_words(left))


def in_words(seconds: float) -> str:
    """Return a time in the unit in which a reader waits."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 90 * 60 else f"{seconds / 3600:.1f} h"
