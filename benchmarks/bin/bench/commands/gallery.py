"""Run the pipeline on the tissues of the gallery, and write its pages with their figures.

The runs lie in benchmarks/results/gallery, a folder each, and are resumed: a second call writes the pages again. The
first page lists all tissues that have a page.
"""

from pathlib import Path

import pandas as pd
from PIL import Image

from ..gallery import results
from ..gallery.all import TISSUES
from ..gallery.tissue import SHEET, Tissue
from ..page import gallery as page
from ..runner.browser import first_screen, need_chromium
from ..runner.start import ROOT, nextflow, python
from .common import options

REPORT, SCREEN = Path("multiqc") / "multiqc_report.html", "report.png"
WINDOW = {"width": 1100, "height": 835}  # CSS pixels
FILES = "files"  # folders of vendors, beside the data sets


def main() -> None:
    """Read the options; run and write the pages."""
    parser = options(__doc__)
    names = [tissue.name for tissue in TISSUES]
    parser.add_argument("--tissue", nargs="*", choices=names, default=names, help="tissues to run (default: all)")
    args = parser.parse_args()
    docs = args.docs / "gallery"
    if any(tissue.screen for tissue in TISSUES if tissue.name in args.tissue):
        need_chromium()
    for tissue in TISSUES:
        if tissue.name in args.tissue:
            folder = args.results.resolve() / "gallery" / tissue.name
            resolve(tissue, args.data.resolve(), folder)
            write(tissue, folder, docs)
    (docs / "README.md").write_text(page.first([entry(tissue) for tissue in TISSUES if written(tissue, docs)]))


def resolve(tissue: Tissue, data: Path, folder: Path) -> None:
    """Make the inputs of a tissue and run the pipeline on them."""
    folder.mkdir(parents=True, exist_ok=True)
    for source in tissue.sources:
        link = folder / source.name
        link.unlink(missing_ok=True)
        link.symlink_to(original(data, source.data_set))
    (folder / SHEET).write_text(tissue.sheet)
    if tissue.code and not (folder / "bulk.csv").exists():
        python(folder, "-c", tissue.code)
    nextflow(
        *(ROOT, folder, "-profile", "local", "-resume"),
        *("--input", SHEET, "--outdir", results.RESULTS, *tissue.options),
    )


def original(data: Path, data_set: str) -> Path:
    """Return where a data set lies, or a vendor's folder beside the data sets; end with a sentence without it."""
    found = data.parent / data_set if data_set.startswith(f"{FILES}/") else data / f"{data_set}.h5ad"
    if not found.exists():
        raise SystemExit(f"ERROR: --data: {found} is not there, name the folder with the benchmark's data sets")
    return found


def write(tissue: Tissue, folder: Path, docs: Path) -> None:
    """Write a page and its figures from the results of its run."""
    (docs / tissue.name).mkdir(parents=True, exist_ok=True)
    if tissue.draw:
        tissue.draw(folder)
    if tissue.screen:
        first_screen(folder / results.RESULTS / REPORT, folder / SCREEN, **WINDOW)
        copy_smaller(folder / SCREEN, docs / picture(tissue, SCREEN))
    for figure in tissue.figures:
        copy_smaller(folder / results.RESULTS / tissue.sample / figure.path, docs / picture(tissue, figure.path))
    data = [(f"`{one.name}`", one.what, one.accession) for one in tissue.sources]
    shown = page.Shown(
        tissue.name, tissue.title, tissue.question,
        pd.DataFrame(data, columns=["file", "what", "original"]),
        tissue.code, tissue.sheet, tissue.options,
        pictures(tissue),
        tissue.known, tissue.found(folder), results.sureness(folder, tissue.sample),
    )  # fmt: skip
    path = docs / f"{tissue.name}.md"
    path.write_text(page.text(shown))
    print(f"Written to {path}", flush=True)


def copy_smaller(figure: Path, path: Path) -> None:
    """Copy a figure in 256 colours, which take a third of the bytes: the pages are part of every clone."""
    with Image.open(figure) as opened:
        opened.convert("RGB").quantize(256, dither=Image.Dither.NONE).save(path, optimize=True)


def picture(tissue: Tissue, path: str) -> str:
    """Return where a figure lies, from the folder of the pages."""
    return f"{tissue.name}/{Path(path).name}"


def pictures(tissue: Tissue) -> list[tuple[str, str]]:
    """Return the pictures of a page with their captions, the first screen of the report before the figures."""
    screen = [(picture(tissue, SCREEN), tissue.screen)] if tissue.screen else []
    return screen + [(picture(tissue, figure.path), figure.caption) for figure in tissue.figures]


def written(tissue: Tissue, docs: Path) -> bool:
    """Tell whether a tissue has a page."""
    return (docs / f"{tissue.name}.md").exists()


def entry(tissue: Tissue) -> tuple[str, str, str, str]:
    """Return what the first page shows of a tissue."""
    return tissue.name, tissue.title, tissue.question, pictures(tissue)[0][0]


if __name__ == "__main__":
    main()
