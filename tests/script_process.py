"""Scripts of bin/ as processes of their own, without the seconds that it takes to load their libraries.

A server that has loaded the libraries, and nothing of this project, forks a process for each script.
"""

import atexit
import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from subprocess import CompletedProcess

BIN = Path(__file__).parents[1] / "bin"
LIBRARIES = [
    "anndata",
    "h5py",
    "matplotlib.axes",
    "pandas",
    "scipy.optimize",
    "scipy.stats",
    "sklearn.ensemble",
    "torch",
]

_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(LIBRARIES)


def run_script(
    script: str | Path, *options: object, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> CompletedProcess[str]:
    """Run a script of bin/ and return what became of it.

    Parameters
    ----------
    script
        Name of the file, or its path.
    *options
        Its arguments.
    cwd, env
        Working directory and environment; those of the tests where they are not given.
    """
    words = [str(BIN / script), *map(str, options)]
    given = dict(os.environ if env is None else env) | {"PYTHONDONTWRITEBYTECODE": "1"}
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = _processes.Process(target=_run, args=(words, str(cwd or Path.cwd()), given, out, err))
        process.start()
        process.join()
        said = (path.read_text(errors="replace") if path.exists() else "" for path in (out, err))
        return CompletedProcess(words, process.exitcode or 0, *said)


def _run(words: list[str], cwd: str, env: dict[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT), number)
    os.environ.clear()
    os.environ.update(env)
    os.chdir(cwd)
    sys.argv = words
    sys.path.insert(0, str(BIN))
    sys.dont_write_bytecode = True
    runpy.run_path(words[0], run_name="__main__")
    atexit._run_exitfuncs()  # which processes of multiprocessing leave out
