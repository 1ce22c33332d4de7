"""Commands of the docs, run as a reader would run them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def python_of(page: str, heading: str) -> list[str]:
    """Return the blocks of Python between a heading of the second or third level and the next."""
    section = re.split("\n##+ ", (DOCS / page).read_text().split(f"# {heading}\n")[1])[0]
    return re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
