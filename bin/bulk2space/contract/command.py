"""What every script in bin/ shares: its parser, its log, and one sentence instead of a stack trace."""

import argparse
import logging
import os
import sys
from collections.abc import Callable
from pathlib import Path

from . import remarks
from .problems import InputError, NoWayToCloseError


def parser(doc: str) -> argparse.ArgumentParser:
    """Return a parser that shows the script's docstring and every option's default."""

    class Formatter(argparse.ArgumentDefaultsHelpFormatter, argparse.RawDescriptionHelpFormatter):
        pass

    return argparse.ArgumentParser(description=doc, formatter_class=Formatter)


def add_code(options: argparse.ArgumentParser) -> None:
    """Add the option with the digest of the step's code, which goes into the record of its results."""
    options.add_argument("--code", help="digest of the code of this step")


_collector = remarks.Collector()


def collected(subject: str) -> list[remarks.Remark]:
    """Return the remarks of this script since the last call; those that name no subject are about this one."""
    found = _collector.about(subject)
    _collector.remarks.clear()
    return found


def run(main: Callable[[], None]) -> None:
    """Run a script's ``main`` with logging on stderr; bad input ends it with exit code 1 and one line.

    So does a full disk, without the last steps of Python. Among them, HDF5 would try to write what it still holds, and
    crash with an exit code for which the task is started again.
    """
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.INFO,
        format=f"%(asctime)s {Path(sys.argv[0]).stem}: %(levelname)s %(message)s",
        datefmt="%H:%M:%S",
    )
    logging.getLogger().addHandler(_collector)
    _collector.remarks.clear()  # tests run several scripts in one process
    try:
        main()
    except NoWayToCloseError as problem:
        print(f"ERROR: {problem}", file=sys.stderr, flush=True)
        os._exit(1)
    except InputError as problem:
        raise SystemExit(f"ERROR: {problem}") from None
