"""Start the pipeline's scripts, modules of the benchmarks, R and Nextflow as processes of their own."""

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[4]
MEASURE = Path(__file__).with_name("measure.py")
MODULES = os.pathsep.join(str(ROOT / folder) for folder in ("bin", "benchmarks/bin"))


class Ended(NamedTuple):
    """What a process used and said.

    Attributes
    ----------
    seconds
        Wall time, start-up included.
    peak
        Peak memory in MiB.
    said
        Its standard output.
    processor
        Seconds of all processors together: what other work on the machine hardly changes.
    """

    seconds: float
    peak: float
    said: str
    processor: float


def script(name: str, folder: Path, *words: str, library_threads: int | None = None, **options: object) -> Ended:
    """Run one of the pipeline's scripts in a folder.

    Parameters
    ----------
    name
        Name of the script in ``bin/``, without its ending.
    folder
        Working directory: file names among the options are relative to it.
    *words
        Arguments before the options.
    library_threads
        Threads of numerical libraries; None leaves this to the machine.
    **options
        The script's options. ``True`` is a flag; options that are ``None`` or ``False`` are left out.
    """
    return _measured([sys.executable, ROOT / "bin" / f"{name}.py", *words, *_words(options)], folder, library_threads)


def module(name: str, *arguments: object, python: Path | str = sys.executable) -> Ended:
    """Run a module of the benchmarks in the current directory, by another tool's interpreter if it is given."""
    return _measured([python, "-m", name, *arguments], Path.cwd(), None, PYTHONPATH=MODULES)


def python(folder: Path, *words: object) -> None:
    """Run Python in a folder: a script with its arguments, or lines behind ``-c``."""
    subprocess.run(list(map(str, [sys.executable, *words])), cwd=folder, check=True)


def other_tool(python: Path, **options: object) -> Ended:
    """Run a tool of other authors in its own environment, whose interpreter is given; options are as for `script`."""
    return _measured([python, ROOT / "benchmarks" / "bin" / "external_tool.py", *_words(options)], Path.cwd(), None)


def r_script(*words: object) -> bool:
    """Run Rscript; return whether there is one and it did what it was told."""
    if shutil.which("Rscript") is None:
        return False
    return subprocess.run(["Rscript", *map(str, words)], capture_output=True, check=False).returncode == 0


def nextflow(project: Path, folder: Path, *arguments: object) -> None:
    """Run a Nextflow pipeline in a folder, which is made where it is missing. Its progress goes to the terminal."""
    folder.mkdir(parents=True, exist_ok=True)
    command = [ROOT / "tools" / "nextflow", "run", project, *arguments]
    done = subprocess.run(list(map(str, command)), cwd=folder, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def _words(options: dict[str, object]) -> list[str]:
    """Return options as words of a command line."""
    words: list[str] = []
    for name, value in options.items():
        if value is None or value is False:
            continue
        words.append(f"--{name.replace('_', '-')}")
        if value is not True:
            words.append(str(value))
    return words


def _measured(command: list[object], folder: Path, threads: int | None, **variables: str) -> Ended:
    """Run a command through measure.py; a command that fails ends the benchmark with what it said."""
    environment = os.environ | variables | ({} if threads is None else {"OMP_NUM_THREADS": str(threads)})
    lean = [sys.executable, "-S", "-E", MEASURE]
    done = subprocess.run(
        list(map(str, [*lean, *command])), cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    said, _, used = done.stdout.rstrip("\n").rpartition("\n")
    seconds, processor, peak = map(float, used.split())
    return Ended(seconds, peak, said, processor)
