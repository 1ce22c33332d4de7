"""What every script in bin/ shares: its parser, its log, and one sentence instead of a stack trace."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np

from .problems import InputError


def parser(doc: str) -> argparse.ArgumentParser:
    """Return a parser that shows the script's docstring and every option's default."""

    class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
        pass

    return argparse.ArgumentParser(description=doc, formatter_class=Formatter)


class _Collector(logging.Handler):
    """Keeps the warnings, so that a script can write them beside its results."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.name != "py.warnings":
            self.said.append(record.getMessage())


_collector = _Collector()


def warnings() -> np.ndarray:
    """Return what this script has warned of so far, for ``uns["notes"]`` and thereby the report."""
    return np.array(_collector.said, dtype=object)


def run(main: Callable[[], None]) -> None:
    """Run a script's ``main`` with logging on stderr; bad input ends it with exit code 1 and one line."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format=f"%(asctime)s {Path(sys.argv[0]).stem}: %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.getLogger().addHandler(_collector)
    try:
        main()
    except InputError as problem:
        raise SystemExit(f"ERROR: {problem}") from None
