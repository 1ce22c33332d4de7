"""Measure time and memory of every step on a section of imaged cells of Xenium's size, on simulated data.

The section has 300 000 cells and a panel of 400 genes; 15 000 genes are predicted from 50 000 generated cells. Each
step is a process of its own with two threads. Keeps imaged_size.csv and writes docs/benchmarks/imaged_size.md.
"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from ..cases import large_image
from ..page import imaged_size as page
from ..runner.start import Ended, script
from ..runner.steps import SAMPLE
from .common import as_they_come, keep, options, publish

IMAGED, GENERATED, PANEL = 300_000, 50_000, 400
THREADS = 2
MINUTES, GIB = 20, 8  # that each step may take, and memory


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--imaged", type=int, default=IMAGED, help="cells of the section")
    parser.add_argument("--generated", type=int, default=GENERATED, help="generated cells")
    args = parser.parse_args()
    folder = args.results / "imaged_size" / f"{args.imaged}_from_{args.generated}"
    kept = args.results / "imaged_size.csv"
    table = keep(as_they_come(measured(folder, args.imaged, args.generated), kept), kept, digits=4)
    shutil.rmtree(folder)
    publish(args.docs, "imaged_size", page.text(table))


def measured(folder: Path, imaged: int, generated: int) -> Iterator[dict]:
    """Yield time and memory of each step, in the order of the pipeline."""
    if not (folder / "section.h5ad").exists():  # written last
        folder.mkdir(parents=True, exist_ok=True)
        large_image.write(folder, imaged=imaged, generated=generated, panel=PANEL)
        large_image.write_sample(folder, SAMPLE)
    (folder / "samples.json").write_text(json.dumps([{"id": SAMPLE}]))
    script("rank_markers", folder, reference="ranked.h5ad", output="markers.csv")
    cells = {"cells": f"{SAMPLE}.cells.h5ad", "section": "normalised.h5ad", "sample": SAMPLE}
    steps = {
        "NORMALIZE": ("normalize", ("section",), {
            "id": "section", "platform": "image", "matrix": "section.h5ad", "output": "normalised.h5ad",
            "findings": "findings.json"}),
        "MAP_CELLS": ("map_cells", (), cells | {"reference": "reference.h5ad", "output": "spatial.h5ad"}),
        "VALIDATE_GENES": ("validate_genes", (), cells | {"reference": "reference.h5ad", "output": "genes.csv"}),
        "PLOT_SAMPLE": ("plot_sample", (), {
            "samples": "samples.json", "reference": "reference.h5ad", "markers": "markers.csv",
            "section": "normalised.h5ad", "spatial": "spatial.h5ad", "genes": "genes.csv"}),
    }  # fmt: skip
    for step, (name, words, given) in steps.items():
        used = script(name, folder, *words, library_threads=THREADS, **given)
        written = {"MAP_CELLS": "spatial.h5ad", "NORMALIZE": "normalised.h5ad"}.get(step)
        size = (folder / written).stat().st_size / 1e6 if written else None
        yield row(step, imaged, used) | {"file, MB": size}


def row(step: str, imaged: int, used: Ended) -> dict:
    """Return one row of the table."""
    fits = used.seconds <= 60 * MINUTES and used.peak <= 1024 * GIB
    return {
        "step": step,
        "imaged cells": imaged,
        "seconds": used.seconds,
        "processor, s": used.processor,
        "peak memory, GiB": used.peak / 1024,
        f"within {MINUTES} min and {GIB} GiB": "yes" if fits else "no",
    }


if __name__ == "__main__":
    main()
