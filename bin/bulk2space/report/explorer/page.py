"""An explorer page as one file: its content, BokehJS, and the scripts of this folder."""

import json
from pathlib import Path
from string import Template

from bokeh.resources import Resources

from .content import Content
from .panels import document

HERE = Path(__file__).parent
SCRIPTS = (
    "data.js",
    "colours.js",
    "drawing.js",
    "scale_bar.js",
    "region.js",
    "controls.js",
)  # in this order, as one module


def written(content: Content) -> str:
    """Return the page as HTML.

    Names stay text: they travel as JSON without a ``<``, and the scripts put them into the page as text alone.
    """
    page = Template((HERE / "page.html").read_text(encoding="utf-8"))
    return page.substitute(
        style=(HERE / "page.css").read_text(encoding="utf-8"),
        bokeh="\n".join(Resources(mode="inline", components=["bokeh"], minified=True).js_raw),
        about=_json(content.about),
        arrays=_json(content.arrays),
        panels=_json(document(content.about["unit"])),
        scripts="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    )


def _json(data: dict) -> str:
    """Return JSON that may stand between ``<script>`` and ``</script>``."""
    return json.dumps(data, ensure_ascii=False, allow_nan=False).replace("<", "\\u003c")
