"""Figures inside the page: in full resolution, with links to their files.

Figures travel inside the JSON as HTML: plain ``_mqc.png`` files would all have one id, name and description.
"""

import base64
import html
import io
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import quote

from matplotlib.figure import Figure
from PIL import Image

from ..contract.tables import REGIONS, SPATIAL_GENES, TYPE_PAIRS
from . import multiqc
from .drawing import DOTS_PER_INCH, Drawing

RESULTS = re.compile("|".join(re.escape(table.name) for table in (SPATIAL_GENES, TYPE_PAIRS, REGIONS)))
"""Files in a sample's folder that captions name, and which become links."""


def figures(
    sample: str,
    chapter: multiqc.Chapter,
    saved: Sequence[tuple[Drawing, Path]],
    *,
    verdict: str = "",
    note: str = "",
    table: str = "",
    folder: str = "",
    fold: bool = False,
) -> dict:
    """Return the sample's section of a chapter: the caption of each figure above it, its files below.

    Parameters
    ----------
    sample, chapter
        The sample's id; the chapter.
    saved
        Figures and their PNGs.
    verdict
        One sentence with its light, as HTML.
    note
        What to know of this sample before its figures, as plain text; each line is a paragraph.
    table
        A table between the note and the figures, as HTML.
    folder
        The sample's folder in the results; empty: named by the sample.
    fold
        Whether all figures but the first are folded.
    """
    parts = [verdict, *(f"<p>{html.escape(line)}</p>" for line in note.splitlines()), table]
    drawn = [_figure(sample, *one, folder or sample) for one in saved]
    if fold and len(drawn) > 1:
        parts += [drawn[0], f"<details><summary>Details</summary>{''.join(drawn[1:])}</details>"]
    else:
        parts += drawn
    return multiqc.sample_section(sample, chapter, "".join(parts))


def _figure(sample: str, drawing: Drawing, png: Path, folder: str) -> str:
    """Return the HTML of one figure, which links to its files: the report lies in a folder beside the sample's."""
    alt = html.escape(f"{drawing.title}, {sample}", quote=True)
    caption = RESULTS.sub(rf'<a href="../{quote(folder)}/\g<0>">\g<0></a>', html.escape(drawing.caption))
    start = f"../{quote(folder)}/figures/{quote(drawing.name)}"
    endings = [ending for ending in ("png", "pdf", "csv") if png.with_suffix(f".{ending}").exists()]
    links = ", ".join(f'<a href="{start}.{ending}">{ending.upper()}</a>' for ending in endings)
    shown = f'<img alt="{alt}" src="{_as_data(Image.open(png))}">'
    return (
        f'<figure class="b2s-figure"><h4>{html.escape(drawing.title)}</h4><p>{caption}</p>'
        f'<a class="b2s-large" href="{start}.png" title="Show large">{shown}</a>'
        f'<figcaption class="b2s-files">Files: {links}</figcaption></figure>'
    )


def image(drawn: Figure, alt: str) -> str:
    """Return a figure without files as HTML."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    data, text = _as_data(Image.open(buffer)), html.escape(alt, quote=True)
    return f'<img class="b2s-small" alt="{text}" src="{data}">'


def _as_data(picture: Image.Image) -> str:
    """Return an image as WebP without loss, in half of the bytes of a PNG."""
    buffer = io.BytesIO()
    picture.convert("RGB").save(buffer, "WEBP", lossless=True, method=4)
    return f"data:image/webp;base64,{base64.b64encode(buffer.getvalue()).decode()}"
