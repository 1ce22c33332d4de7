"""explore_section.py by subprocess on simulated samples, and its pages in headless Chromium."""

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import anndata as ad
import numpy as np
import pytest
from bench.runner.browser import Page, chromium
from bench.runner.explorer import DRAWN, READY, choose_gene
from bokeh.resources import Resources
from bulk2space.contract import tables
from bulk2space.contract.stored import Stored
from bulk2space.patterns.varying_genes import have_counts, varying
from PIL import Image
from simulated_sample import write_sample

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "bin" / "explore_section.py"
EVIL = "<script>alert(1)</script>"
KINDS = ("A", EVIL, "C")
GREY = (0xD9, 0xD9, 0xD9)  # of a place that is not chosen
LEAST, MOST = (0xDE, 0xDE, 0xDE), (0x2D, 0x11, 0x60)  # ends of the colours of expression

in_chromium = pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A folder with the files and the page of a section of spots and of imaged cells."""
    folder = tmp_path_factory.mktemp("explorer")
    for sample, platform in (("spots", "spot"), ("image", "image")):
        given = write_sample(folder / sample, sample, kinds=KINDS, platform=platform, cells=400)
        with Stored(given / "section.h5ad") as section:
            found = varying(
                section, np.asarray(section.obsm["spatial"]), have_counts(section), np.random.default_rng(0)
            )
        tables.SPATIAL_GENES.write(found, given / "genes_in_space.csv")
        verdict = tables.VERDICT.read(given / "verdict.csv")
        whole = (verdict["cell_type"] == "") & (verdict["input"] == "section")
        verdict.loc[verdict["cell_type"] == "", "verdict"] = "good"
        verdict.loc[whole & (platform == "image"), "verdict"] = "poor"
        tables.VERDICT.write(verdict, given / "verdict.csv")
        done = run(given, sample, "--page-genes", "G7, NOPE")
        assert done.returncode == 0, done.stderr
        assert "WARNING --page_genes names genes that neither section nor reference has: NOPE" in done.stderr
    return folder


def run(given: Path, sample: str, *options: str) -> subprocess.CompletedProcess:
    line = ["--sample", sample, "--section", given / "section.h5ad", "--spatial", given / "spatial.h5ad"]
    line += ["--varying", given / "genes_in_space.csv", "--markers", given / "markers.csv"]
    line += ["--verdict", given / "verdict.csv", "--output", given / "explorer.html", *options]
    if (given / "spots.h5ad").exists():
        line += ["--expected", given / "spots.h5ad"]
    return subprocess.run([sys.executable, SCRIPT, *line], capture_output=True, text=True)


@pytest.fixture(scope="module")
def opened(folder, tmp_path_factory):
    """Return a function that opens a page once; all pages are quit at the end and must have reported no error."""
    pages = {}

    def of(sample: str) -> Page:
        if sample not in pages:
            pages[sample] = Page(tmp_path_factory.mktemp("profile")).__enter__()
            pages[sample].open(folder / sample / "explorer.html", until=READY)
        return pages[sample]

    yield of
    for page in pages.values():
        page.__exit__(None, None, None)
    assert [page.said for page in pages.values()] == [[]] * len(pages)


def on_screen(page: Page, side: str, x: float, y: float) -> tuple[float, float]:
    """Return where a place of a map (coordinate units) is on the screen."""
    view = f"Bokeh.index.get_one(Bokeh.documents[0].get_model_by_name('{side}'))"
    left, top = (f"{view}.el.getBoundingClientRect().{edge}" for edge in ("left", "top"))
    return tuple(page.ask(f"[{left} + {view}.frame.x_scale.compute({x}), {top} + {view}.frame.y_scale.compute({y})]"))


def colour(page: Page, tmp_path: Path, *place: float) -> tuple[int, ...]:
    page.picture(tmp_path / "seen.png")
    return Image.open(tmp_path / "seen.png").convert("RGB").getpixel(tuple(map(round, place)))


def click(page: Page, selector: str) -> None:
    page.ask(f"document.querySelector({json.dumps(selector)}).click()")
    page.ask(DRAWN)


def test_a_page_is_one_file_that_asks_for_nothing_else(folder):
    for sample in ("spots", "image"):
        text = (folder / sample / "explorer.html").read_text()
        ours = text.replace("\n".join(Resources(mode="inline", components=["bokeh"]).js_raw), "")
        assert len(ours) < len(text) / 2
        assert not re.findall(r"""(?:src|href)=["']?http|\son\w+=|@import|<link""", ours)
        assert EVIL not in text
        assert len(text) < 3_000_000


def test_a_page_has_the_genes_that_were_asked_for_first(folder):
    for sample in ("spots", "image"):
        text = (folder / sample / "explorer.html").read_text()
        about = json.loads(re.search(r'id="about">(.*?)</script>', text)[1])
        assert about["genes"][0]["name"] == "G7"
        assert {gene["name"] for gene in about["genes"]} == {f"G{number}" for number in range(30)}
        assert about["absent"] == ["NOPE"]


@in_chromium
def test_a_type_stays_text(opened):
    for sample in ("spots", "image"):
        page = opened(sample)
        names = page.ask("[...document.querySelectorAll('#legend span')].map((one) => one.textContent)")
        assert names == sorted(KINDS)
        assert page.ask("document.querySelectorAll('#type option')[1].textContent") == sorted(KINDS)[0]
        assert page.ask("[...document.scripts].filter((one) => one.textContent === 'alert(1)').length") == 0


@in_chromium
def test_a_gene_recolours_the_maps(opened, folder, tmp_path):
    page, section = opened("image"), ad.read_h5ad(folder / "image" / "section.h5ad")
    places = section.obsm["spatial"]
    alone = np.array([np.sort(np.hypot(*(places - one).T))[1] > 30 for one in places])
    for gene in ("G3", "G7"):
        values = section[:, gene].X.toarray().ravel()
        choose_gene(page, gene)
        zero = places[np.flatnonzero(alone & (values == 0))[0]]
        assert colour(page, tmp_path, *on_screen(page, "left", *zero)) == LEAST
        highest = places[values.argmax()]
        if alone[values.argmax()]:
            assert colour(page, tmp_path, *on_screen(page, "left", *highest)) == MOST
        assert page.ask("document.getElementById('left-title').textContent") == f"{gene}, measured"
        assert page.ask("document.querySelector('#left-scale span:last-of-type').textContent") == f"{values.max():.2f}"
    choose_gene(page, "G20")  # not in the panel
    assert page.ask("document.getElementById('left-title').textContent") == "G20 was not measured"
    assert page.ask("document.getElementById('right-title').textContent") == "G20, predicted"


@in_chromium
def test_a_wrong_reference_is_called_so_above_the_maps(opened):
    said = "document.getElementById('wrong').hidden ? '' : document.getElementById('wrong').textContent"
    assert opened("spots").ask(said) == ""
    wrong = "Wrong reference: it does not explain the section. Use neither types nor places."
    assert opened("image").ask(said) == wrong


@in_chromium
def test_the_scale_bar_has_the_length_that_it_names(opened):
    page = opened("spots")
    for button in ("#whole", "#closer"):
        click(page, button)
        number, unit = page.ask("document.querySelector('#bar span').textContent").split()
        assert unit == "µm"
        drawn = page.ask("document.querySelector('#bar i').getBoundingClientRect().width")
        (start, _), (end, _) = (on_screen(page, "left", x, 0.0) for x in (0.0, float(number)))
        assert drawn == pytest.approx(end - start, abs=1)
    click(page, "#whole")


@in_chromium
def test_the_page_expects_of_spots_what_the_file_expects(opened, folder, tmp_path):
    page, expected = opened("spots"), ad.read_h5ad(folder / "spots" / "spots.h5ad")
    choose_gene(page, "G7")
    values = np.asarray(expected[:, "G7"].X).ravel()
    assert page.ask("document.querySelector('#right-scale span:last-of-type').textContent") == f"{values.max():.2f}"
    spot = expected.obsm["spatial"][41]
    page.point(*on_screen(page, "right", *spot))
    said = page.ask("document.getElementById('tip').textContent").split("\n")
    assert said[0] == "spot s41"
    assert float(said[-1].removeprefix("G7: ")) == pytest.approx(values[41], abs=0.02)


@in_chromium
def test_the_mouse_says_cell_type_probability_and_spot(opened, folder):
    for sample, score in (("spots", "score"), ("image", "cell_type_score")):
        page, cells = opened(sample), ad.read_h5ad(folder / sample / "spatial.h5ad")
        click(page, "#legend button")
        click(page, "#legend button[aria-pressed=true]")
        places = cells.obsm["spatial"]
        alone = np.flatnonzero([np.sort(np.hypot(*(places - one).T))[1] > 12 for one in places])[-1]
        page.point(*on_screen(page, "right", *places[alone]))
        cell = cells.obs.iloc[alone]
        said = page.ask("document.getElementById('tip').hidden ? '' : document.getElementById('tip').textContent")
        expected = [f"cell {cells.obs_names[alone]}", f"type: {cell['cell_type']}"]
        assert said.split("\n")[:2] == expected
        probability = float(re.search(r"probability: (\d+) %", said)[1])
        assert probability == pytest.approx(100 * cell[score], abs=1)
        if sample == "spots":
            assert said.split("\n")[3] == f"spot: {cell['spot']}"


@in_chromium
def test_the_lasso_counts_the_cells_of_a_region(opened, folder):
    page, cells = opened("spots"), ad.read_h5ad(folder / "spots" / "spatial.h5ad")
    click(page, "#lasso")
    corners = [(-60, 150), (350, 150), (350, 450), (550, 450), (550, 650), (-60, 650)]  # between the spots
    page.drag([on_screen(page, "left", *corner) for corner in corners])
    page.wait("document.querySelectorAll('#region tr').length > 0")
    x, y = cells.obsm["spatial"].T
    inside = (x < 350) & (y > 150) & (y < 650) | (x < 550) & (y > 450) & (y < 650)
    counts = Counter(cells.obs["cell_type"][inside])
    rows = page.ask(
        "[...document.querySelectorAll('#region tr')].map((row) => [...row.cells].map((one) => one.textContent))"
    )
    assert {name: int(number) for name, number, _share in rows} == counts
    assert sum(float(share.removesuffix(" %")) for *_, share in rows) == pytest.approx(100, abs=1.5)
    assert page.ask("document.getElementById('region-title').textContent") == f"Region: {inside.sum()} cells"
    click(page, "#forget")
    assert page.ask("document.querySelectorAll('#region tr').length") == 0
    click(page, "#move")


@in_chromium
def test_a_click_on_the_legend_shows_one_type_alone(opened, folder, tmp_path):
    page, cells = opened("image"), ad.read_h5ad(folder / "image" / "spatial.h5ad")
    places, types = cells.obsm["spatial"], cells.obs["cell_type"].astype(str).to_numpy()
    alone = np.array([np.sort(np.hypot(*(places - one).T))[1] > 30 for one in places])
    other = places[np.flatnonzero(alone & (types == "A"))[0]]
    click(page, "#whole")
    click(page, "#legend button:last-child")
    assert page.ask("document.body.dataset.shown") == "type 2"
    assert colour(page, tmp_path, *on_screen(page, "right", *other)) == GREY
    click(page, "#legend button:last-child")
    assert page.ask("document.body.dataset.shown") == "type -1"
    assert colour(page, tmp_path, *on_screen(page, "right", *other)) != GREY
