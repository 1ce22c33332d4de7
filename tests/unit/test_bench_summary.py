"""The summary page says what the pages of tables say: in the repository, and after a command changed one of them."""

import re
import shutil
from pathlib import Path

import pytest
from bench.page import end_to_end, figures, summary
from bench.page.markdown import markdown, tables

DOCS = Path(__file__).parents[2] / "docs"
PAGES = sorted((DOCS / "benchmarks").glob("*.md"))
WORDS = Path(summary.__file__).parent / "text" / "summary.md"


@pytest.fixture(scope="module")
def pages() -> dict:
    return summary.read(DOCS / "benchmarks")


def test_the_summary_follows_from_the_tables(pages):
    assert summary.text(pages) == (DOCS / "benchmarks.md").read_text(), "run `python -m bench.commands.page`"


def test_no_result_is_written_by_hand():
    numbers = re.findall(r"(?<![\w{])\d[\d.]*", WORDS.read_text())
    assert numbers == ["1", "0", "1", "2", "0.5", "95", "0"], (
        "what is perfect, the paper's steps, what is chance, the level of intervals, and no error"
    )


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_tables_survive_reading_and_writing(page):
    text = page.read_text()
    for name, table in tables(text).items():
        assert "\n".join(markdown(table)) in text, name


def test_every_page_and_figure_is_there_and_linked(pages):
    text = "\n".join(path.read_text() for path in [DOCS / "benchmarks.md", *PAGES])
    assert set(pages) - summary.JOINING == set(summary.PAGES)
    for page in PAGES:
        assert f"(benchmarks/{page.name})" in text
    for name in figures.FIGURES:
        assert f"images/{name}.png)" in text
        assert (DOCS / "images" / f"{name}.png").exists()


def test_a_changed_table_changes_its_sentence_and_draws_the_figures(tmp_path):
    shutil.copytree(DOCS / "benchmarks", tmp_path / "benchmarks")
    page = tmp_path / "benchmarks" / "end_to_end.md"
    text = page.read_text()
    won = re.search(rf"\| default \| {end_to_end.IGNORED} \| {end_to_end.DIFFERS} \| (\d+) \| \d+ \| (\d+) \|", text)
    page.write_text(text.replace(won[0], won[0].replace(f"| {won[1]} |", "| 17 |", 1)))
    assert summary.refresh(tmp_path)
    lines = (tmp_path / "benchmarks.md").read_text().splitlines()
    changed = [line for line in lines if line not in (DOCS / "benchmarks.md").read_text().splitlines()]
    assert len(changed) == 1
    assert f"wins 17 of {won[2]} comparisons" in changed[0]
    assert {path.stem for path in (tmp_path / "images").iterdir()} == set(figures.FIGURES)


def test_without_all_pages_of_tables_there_is_no_summary(tmp_path):
    (tmp_path / "benchmarks").mkdir()
    shutil.copy(PAGES[0], tmp_path / "benchmarks")
    assert not summary.refresh(tmp_path)
    assert not (tmp_path / "benchmarks.md").exists()
