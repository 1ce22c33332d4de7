"""Measure explorer pages of large simulated sections: making them, their size, and in headless Chromium their speed.

Chromium draws without a graphics card. Keeps explorer.csv and writes docs/benchmarks/explorer.md.
"""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from ..cases import explored
from ..page import explorer as page
from ..runner import explorer
from ..runner.browser import Page, need_chromium
from ..runner.start import script
from .common import as_they_come, keep, options, publish

SECTIONS = (("image", 50_000), ("spot", 50_000), ("spot", 400_000))
CHOSEN = 8  # genes, spread over the list of the page


def main() -> None:
    """Read the options; print, keep and publish the table."""
    args = options(__doc__).parse_args()
    need_chromium()
    kept = args.results / "explorer.csv"
    folder = args.results / "explorer"
    table = keep(as_they_come(measured(folder), kept), kept, digits=4)
    shutil.rmtree(folder)
    publish(args.docs, "explorer", page.text(table))


def measured(folder: Path, sections: tuple[tuple[str, int], ...] = SECTIONS) -> Iterator[dict]:
    """Yield one row per section."""
    for platform, places in sections:
        own = folder / f"{platform}_{places}"
        explored.write(own, platform, places)
        given = {"section": "section.h5ad", "spatial": "spatial.h5ad", "markers": "markers.csv"}
        given["varying"] = "genes_in_space.csv"
        if platform == "spot":
            given["expected"] = "spots.h5ad"
        used = script("explore_section", own, sample="section", output="explorer.html", **given)
        made = own / "explorer.html"
        yield {
            "section": f"{places} {'bins' if platform == 'spot' else 'imaged cells'}",
            "made in, s": used.seconds,
            "peak memory, GiB": used.peak / 1024,
            "page, MB": made.stat().st_size / 1e6,
            **opened(made),
        }


def opened(made: Path) -> dict[str, object]:
    """Return how long a page takes to load and to show a gene, and whether it said nothing wrong."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Page(Path(profile)) as chromium_page:
        loaded = chromium_page.open(made, until=explorer.READY)
        genes = explorer.genes_of(chromium_page)
        places = np.linspace(0, len(genes) - 1, CHOSEN).astype(int)
        seconds = [explorer.choose_gene(chromium_page, genes[place]) for place in places]
        if chromium_page.said:
            raise RuntimeError(f"{made}: {chromium_page.said}")
    return {
        "genes": len(genes),
        "loaded in, s": loaded,
        "gene shown in, s": np.median(seconds),
        "at most, s": max(seconds),
    }


if __name__ == "__main__":
    main()
