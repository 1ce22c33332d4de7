#!/usr/bin/env python3
"""Run the notebook of the first hour on the demo's results and keep its outputs, so that GitHub shows them."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOK = ROOT / "docs" / "first_hour.ipynb"


def executed(notebook: nbformat.NotebookNode, folder: Path) -> nbformat.NotebookNode:
    """Run a notebook and return it with its outputs, without what libraries log and what differs between two runs.

    Parameters
    ----------
    notebook
        As it was read.
    folder
        Where it runs: it has the results in ``results``.

    Raises
    ------
    nbclient.exceptions.CellExecutionError
        If a cell fails.
    """
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}})
    made = client.execute()
    made.metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    for cell in made.cells:
        cell.metadata = {}
        if cell.cell_type == "code":
            cell.outputs = [output for output in cell.outputs if output.output_type != "stream"]
    return made


def main() -> None:
    """Run the notebook in the folder of the project, where `make demo` leaves its results."""
    notebook = nbformat.read(NOTEBOOK, as_version=4)
    nbformat.write(executed(notebook, ROOT), NOTEBOOK)


if __name__ == "__main__":
    main()
