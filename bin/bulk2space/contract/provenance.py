"""Where a result comes from: version and digest of the code, parameters of the step, checksums of the user's files."""

import argparse
import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from .keys import Uns
from .version import VERSION

CODE = "code"
"""Option with the digest of the step's code, which lib/CodeDigest.groovy makes."""
INPUTS = "inputs"
"""Entry of a record with names and checksums of the user's files, by kind of input."""
NO_PARAMETERS = (CODE, "threads", "device")
"""Options on which no result may depend but by rounding."""


def checksum(path: Path) -> str:
    r"""Return the SHA-256 of a file; of a folder, that of the lines that ``sha256sum`` writes of its sorted files.

    ``cd FOLDER; find -L . -type f -printf '%P\0' | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum`` gives it, too.
    """
    if not path.is_dir():
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    files = sorted((found for found in path.rglob("*") if found.is_file()), key=os.fsencode)
    lines = [f"{checksum(found)}  {found.relative_to(path)}\n" for found in files]
    return hashlib.sha256("".join(lines).encode("utf-8", "surrogateescape")).hexdigest()


def checksums(*paths: Path | None) -> list[dict[str, str]]:
    """Return name and SHA-256 of each file or folder; None stands for no file."""
    return [{"name": path.name, "sha256": checksum(path)} for path in paths if path]


def of_input(kind: str, files: list[dict[str, str]]) -> str:
    """Return the record of a normalised input, as JSON: names and checksums of its files.

    It names no code: the steps behind are not to be repeated where edited code reads the same.
    """
    return json.dumps({INPUTS: {kind: files}}, sort_keys=True)


def of_sources(*sources: Mapping[str, Any]) -> str:
    """Return the record of what lies between inputs and results, as JSON: the inputs of its sources, as for a step."""
    return json.dumps({INPUTS: _inputs(sources)}, sort_keys=True)


def of_step(args: argparse.Namespace, *sources: Mapping[str, Any]) -> str:
    """Return the record of a result, as JSON.

    Parameters
    ----------
    args
        Options of the step.
    sources
        ``uns`` of the pipeline's own files that the result is made of, whose inputs are its inputs.
    """
    parameters = {name: value for name, value in vars(args).items() if name not in NO_PARAMETERS and _is_plain(value)}
    record = {"version": VERSION, CODE: args.code or "", "parameters": parameters, INPUTS: _inputs(sources)}
    return json.dumps(record, sort_keys=True)


def _inputs(sources: Iterable[Mapping[str, Any]]) -> dict[str, list[dict[str, str]]]:
    """Return the files of all sources, by kind."""
    inputs: dict[str, list[dict[str, str]]] = {}
    for source in sources:
        inputs |= json.loads(str(source.get(Uns.PROVENANCE, "{}"))).get(INPUTS, {})
    return inputs


def _is_plain(value: object) -> bool:
    """Tell whether an option is a number or a word: the contents of files are in the inputs."""
    return isinstance(value, str | int | float)
