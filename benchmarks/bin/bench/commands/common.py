"""What the commands share: their options, and how they keep a table of results."""

import argparse
from collections.abc import Iterable, Iterator
from pathlib import Path

import pandas as pd

from ..page import scale, summary
from ..runner.start import ROOT


def options(text: str) -> argparse.ArgumentParser:
    """Return a parser with a command's description and the folders of data sets, results and pages."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="folder of the data sets")
    parser.add_argument("--results", type=Path, default=ROOT / "benchmarks" / "results", help="folder of the tables")
    parser.add_argument("--docs", type=Path, default=ROOT / "docs", help="folder of the pages")
    return parser


def add_sizes(parser: argparse.ArgumentParser, rows: int, references: int, sections: int) -> None:
    """Add the sizes of a samplesheet (cases/many_rows.py) to a command's options, with their defaults."""
    parser.add_argument("--rows", type=int, default=rows, help="rows of the samplesheet")
    parser.add_argument("--references", type=int, default=references, help="references of these rows")
    parser.add_argument("--sections", type=int, default=sections, help="rows with a section of their own")


def keep(rows: Iterable[dict] | pd.DataFrame, path: Path, *, digits: int = 6) -> pd.DataFrame:
    """Print a table and write it; return it as it was written, so that a page says what the file says.

    Parameters
    ----------
    rows
        Rows of the table.
    path
        Where to write it, csv.
    digits
        Significant digits of numbers.
    """
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="{:.3f}".format, na_rep="–"), end="\n\n", flush=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(path, index=False, float_format=f"%.{digits}g")
    print(f"Kept in {path}", flush=True)
    return pd.read_csv(path)


def as_they_come(rows: Iterator[dict], path: Path) -> list[dict]:
    """Return the rows; each is printed and written when it is there, so that a run that is ended leaves them."""
    found: list[dict] = []
    for row in rows:
        add(row, found, path)
    return found


def add(row: dict, rows: list[dict], path: Path) -> None:
    """Print a row, add it to the others, and write them all."""
    print(row, flush=True)
    rows.append(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(path, index=False)


def publish(docs: Path, name: str, text: str) -> None:
    """Write a page of tables, and the summary and the page on large runs, which follow from all of them."""
    page = docs / "benchmarks" / f"{name}.md"
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(text)
    print(f"Written to {page}", flush=True)
    if not summary.refresh(docs):
        print(f"{docs} lacks pages of other benchmarks: the summary is not written", flush=True)
    scale.refresh(docs)
