"""A page of the gallery before its run: what is asked, of which data, and what the results say of it."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

SHEET = "samplesheet.csv"


class Source(NamedTuple):
    """A file that the page works on.

    Attributes
    ----------
    name
        Name of the file in the page's commands.
    data_set
        Name of the data set among those of the benchmarks, or a folder beside them.
    what
        What it holds.
    accession
        Where the original is found.
    """

    name: str
    data_set: str
    what: str
    accession: str


class Figure(NamedTuple):
    """A figure of the run: its path below the sample's folder of results, and what is to be seen on it."""

    path: str
    caption: str


class Tissue(NamedTuple):
    """One tissue.

    Attributes
    ----------
    name
        Of the page.
    sample
        The sample whose results are shown.
    title, question
        Of the page.
    sources
        Files of the data.
    code
        Lines of Python that make the other inputs; the page shows them and the run runs them.
    sheet
        The samplesheet.
    options
        Further words of the command.
    known
        Sentences on what is known of the tissue, each with its source.
    figures
        Figures of the sample.
    found
        Returns sentences on what the results say, from the folder of the run.
    screen
        What is to be seen on the first screen of the report, where the page begins with its picture.
    draw
        Draws figures of the page's own into the sample's folder of results, from the folder of the run.
    """

    name: str
    sample: str
    title: str
    question: str
    sources: tuple[Source, ...]
    code: str
    sheet: str
    options: tuple[str, ...]
    known: tuple[str, ...]
    figures: tuple[Figure, ...]
    found: Callable[[Path], list[str]]
    draw: Callable[[Path], None] | None = None
    screen: str = ""


def sum_of_section(name: str) -> str:
    """Return lines of Python that write the sum of a section of spots as the bulk, with its column's name."""
    return f"""import anndata as ad
import pandas as pd

section = ad.read_h5ad("section.h5ad")
counts = pd.Series(section.X.sum(axis=0).A1, index=section.var_names, name="{name}")
counts.astype(int).to_csv("bulk.csv")"""
