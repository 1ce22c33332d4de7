"""The pages of the gallery: what they show, and that their inputs are there or made by the lines they show."""

import csv
import io
import re

import numpy as np
import pandas as pd
import pytest
from bench.commands.gallery import copy_smaller, entry, original, pictures
from bench.gallery.all import TISSUES
from bench.gallery.results import at_home, in_order
from bench.page import gallery as page
from PIL import Image

FILES = ("bulk", "reference", "spatial")


@pytest.mark.parametrize("tissue", TISSUES, ids=lambda tissue: tissue.name)
def test_every_input_is_a_source_or_made_by_the_lines_of_the_page(tissue):
    made = set(re.findall(r'(?:to_csv|write_h5ad)\("([^"]+)"\)', tissue.code))
    there = made | {source.name for source in tissue.sources}
    read = set(re.findall(r'(?:read_h5ad|read_10x_h5)\("([^"/]+)', tissue.code))
    (row,) = csv.DictReader(io.StringIO(tissue.sheet))
    assert {row[name] for name in FILES if row.get(name)} | read <= there
    assert tissue.sample.split(".")[0] == row["sample"] == tissue.name


def test_names_and_figures_are_different():
    assert len({tissue.name for tissue in TISSUES}) == len(TISSUES)
    for tissue in TISSUES:
        assert len({figure.path for figure in tissue.figures}) == len(tissue.figures) > 0


def test_a_page_has_question_data_command_known_found_and_figures():
    shown = page.Shown(
        "node", "A node", "Is it?", pd.DataFrame({"file": ["`a.h5ad`"]}), "print(1)", "sample,bulk\nnode,b.csv\n",
        ("--seed", "1"), [("node/one.png", "One")], ["It is known."], ["It was found."], ["It is sure."],
    )  # fmt: skip
    text = page.text(shown)
    parts = ["# A node", "Is it?", "`a.h5ad`", "```python\nprint(1)\n```", "node,b.csv", f"{page.COMMAND} --seed 1"]
    parts += ["- It is known.", "- It was found.", "- It is sure.", "![One](node/one.png)"]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert "These lines" not in page.text(shown._replace(code=""))


def test_the_first_page_links_to_each_page():
    text = page.first([("node", "A node", "Is it?", "node/one.png")])
    assert "### [A node](node.md)" in text
    assert "(node/one.png)](node.md)" in text


def test_a_page_with_a_first_screen_begins_with_it_and_others_with_their_first_figure():
    (red,) = [tissue for tissue in TISSUES if tissue.screen]
    assert pictures(red)[0] == ("wrong_reference/report.png", red.screen)
    assert len(pictures(red)) == len(red.figures) + 1
    assert entry(red)[3] == "wrong_reference/report.png"
    other = next(tissue for tissue in TISSUES if not tissue.screen)
    assert entry(other)[3] == pictures(other)[0][0] != f"{other.name}/report.png"


def test_data_lie_among_the_data_sets_or_beside_them(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "bulb.h5ad").touch()
    (tmp_path / "files" / "folder").mkdir(parents=True)
    assert original(tmp_path / "data", "bulb") == tmp_path / "data" / "bulb.h5ad"
    assert original(tmp_path / "data", "files/folder") == tmp_path / "files" / "folder"
    with pytest.raises(SystemExit, match="is not there, name the folder"):
        original(tmp_path / "data", "other")


def test_home_is_found_by_proportions_and_layers_by_depth():
    region = pd.Series(["in", "in", "out", "out"], index=list("abcd"))
    values = pd.DataFrame({"A": [0.9, 0.8, 0.1, 0.2], "B": [0.5] * 4}, index=list("dcba")[::-1])
    assert at_home(values, region, {"A": "in", "B": "in"}).tolist() == [1.0, 0.5]
    assert in_order(pd.Series([1, 2, 3, 4]).to_numpy(), pd.Series([0, 0, 1, 1]).to_numpy()) > 0.85


def test_a_figure_is_copied_in_fewer_bytes_and_looks_the_same(tmp_path):
    ramp = np.linspace(0, 255, 200, dtype=np.uint8)
    noise = np.random.default_rng(0).integers(0, 3, (200, 200, 3), dtype=np.uint8)
    given = np.stack([np.tile(ramp, (200, 1))] * 3, axis=-1) // 4 * 4 + noise
    Image.fromarray(given).save(tmp_path / "given.png")
    copy_smaller(tmp_path / "given.png", tmp_path / "copy.png")
    assert (tmp_path / "copy.png").stat().st_size < (tmp_path / "given.png").stat().st_size
    copied = np.asarray(Image.open(tmp_path / "copy.png").convert("RGB"), dtype=int)
    assert np.abs(copied - given).max() < 16
