"""The pages of the gallery: one per tissue, and the first page that lists them."""

from collections.abc import Sequence
from typing import NamedTuple

import pandas as pd

from .markdown import filled

COMMAND = "nextflow run org/bulk2space -profile docker --input samplesheet.csv --outdir results"


class Shown(NamedTuple):
    """A page of the gallery.

    Attributes
    ----------
    name, title, question
        Of the page.
    data
        Columns file, what, original; one row per file.
    code, sheet
        Lines of Python that make the inputs, or nothing; the samplesheet.
    options
        Further words of the command.
    figures
        Paths from the page, with their captions.
    known, found, sure
        Sentences.
    """

    name: str
    title: str
    question: str
    data: pd.DataFrame
    code: str
    sheet: str
    options: Sequence[str]
    figures: Sequence[tuple[str, str]]
    known: Sequence[str]
    found: Sequence[str]
    sure: Sequence[str]


def text(page: Shown) -> str:
    """Return a page of the gallery in Markdown."""
    return filled(
        "gallery_page", title=page.title, question=page.question, data=page.data, code=_code(page.code),
        sheet=page.sheet.strip(), command=" ".join([COMMAND, *page.options]),
        known=_list(page.known), found=_list(page.found), sure=_list(page.sure),
        figures="\n\n".join(f"![{caption}]({path})\n\n*{caption}*" for path, caption in page.figures),
    )  # fmt: skip


def first(pages: Sequence[tuple[str, str, str, str]]) -> str:
    """Return the first page of the gallery, from the name, title, question and first picture of each page."""
    parts = [
        f"### [{title}]({name}.md)\n\n{question}\n\n[![{title}]({picture})]({name}.md)"
        for name, title, question, picture in pages
    ]
    return filled("gallery", pages="\n\n".join(parts))


def _code(code: str) -> str:
    if not code:
        return ""
    return f"These lines make the other inputs:\n\n```python\n{code}\n```\n"


def _list(sentences: Sequence[str]) -> str:
    return "\n".join(f"- {sentence}" for sentence in sentences)
