"""Commands of the docs, run as a reader would run them."""

import re
from pathlib import Path

DOCS = Path(__file__).parents[1] / "docs"


def python_of(page: str, heading: str) -> list[str]:
    """Return the blocks of Python below a heading of the second level."""
    section = (DOCS / page).read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return re.findall(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
