"""The report's page in a browser: samples in order and one at a time, large figures, links into folded parts."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bench.runner.browser import Page, chromium
from bulk2space.contract.colours import palette
from bulk2space.report import composition, drawing, embedded, headline, multiqc, proportions, style

ROOT = Path(__file__).parents[2]
NAMES = ["two.b", "one"]  # in the order of the samplesheet
SEEN = """[...document.querySelectorAll("[data-sample]")]
    .filter((mark) => mark.closest(".mqc-section").offsetParent).map((mark) => mark.dataset.sample)"""


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> Path:
    """Return the page of two samples with one figure each."""
    folder = tmp_path_factory.mktemp("page")
    table = pd.DataFrame({"cell_type": ["A", "B"], "proportion": [0.7, 0.3], "ci_low": 0.1, "ci_high": 0.9})
    with style.styled():
        drawn = proportions.draw(table, None, sample="s", colours=palette("AB"))
        saved = [(drawn, drawing.save(drawn, folder))]
    for name in NAMES:
        card = multiqc.sample_section(name, multiqc.SUMMARY, '<div class="b2s-card" data-worst="good"></div>')
        multiqc.write(card, folder, f"{name}_summary")
        multiqc.write(embedded.figures(name, multiqc.PROPORTIONS, saved), folder, f"{name}_proportions")
        multiqc.write(headline.part(name, {"answer": "good", "types": "A<sub>", "cells": 3}), folder, f"{name}_line")
        multiqc.write(composition.part(name, table, palette("AB")), folder, f"{name}_proportion_bars")
    multiqc.write_order(NAMES, folder)
    methods = {"id": "b2s_methods", "section_name": "Methods", "plot_type": "html", "data": "<p>Text</p>"}
    multiqc.write(methods, folder, "methods")
    program = str(Path(sys.executable).with_name("multiqc"))
    options = ["--config", str(ROOT / "assets" / "multiqc_config.yml"), "--filename", "page.html"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "assets" / "report")}
    done = subprocess.run([program, ".", *options], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return folder / "page.html"


@pytest.mark.skipif(chromium() is None, reason="no Chromium is installed")
def test_one_sample_is_shown_links_lead_to_hidden_parts_and_figures_open_large(page, tmp_path):
    with Page(tmp_path / "profile") as opened:
        opened.open(page)
        assert opened.ask("[...document.getElementById('b2s-sample').options].map((one) => one.value)") == ["", *NAMES]
        assert opened.ask(SEEN) == [*NAMES, *NAMES]
        rows = "[...document.querySelectorAll('#general_stats_table_table tr[data-sample-group]')]"
        rows += ".map((row) => row.dataset.sampleGroup)"
        assert opened.ask(rows) == NAMES
        bars = "[...document.querySelectorAll('.hc-plot .ytick text')].map((one) => one.textContent)"
        opened.wait(f"{bars}.length > 0")
        assert opened.ask(bars) == NAMES[::-1]  # plotly counts from below
        opened.ask(
            "const select = document.getElementById('b2s-sample'); select.value = 'two.b';"
            "select.dispatchEvent(new Event('change'))"
        )
        assert opened.ask(SEEN) == ["two.b", "two.b"]
        opened.ask("location.hash = '#b2s_proportions_one'")
        opened.wait(f"{SEEN}.join() === 'one,one'")
        opened.ask("document.querySelector('.b2s-large').click()")
        assert opened.ask("document.querySelector('dialog').open") is True
        assert opened.ask("document.querySelector('.b2s-folded').open") is False
        assert opened.said == []


def test_without_the_script_the_page_shows_everything(page):
    text = page.read_text()
    assert '<div class="b2s-pick" hidden>' in text
    assert re.search("<[^>]+data-sample-hidden", text) is None
    assert "2 samples: ● 2 good" in text
