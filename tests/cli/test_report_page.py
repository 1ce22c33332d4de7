"""The report's page in a browser: one sample at a time, large figures, links into folded parts, no errors."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
from bulk2space.contract.colours import palette
from bulk2space.report import drawing, embedded, headline, multiqc, proportions, style

ROOT = Path(__file__).parents[2]
BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
NAMES = ["one", "two.b"]
CHECKS = """
window.errors = [];
window.addEventListener('error', function (event) { window.errors.push(event.message); });
window.addEventListener('load', function () { setTimeout(function () {
  var seen = function () { return Array.prototype.filter.call(document.querySelectorAll('[data-sample]'),
    function (mark) { return mark.closest('.mqc-section').offsetParent; }).map(function (mark) {
      return mark.getAttribute('data-sample'); }); };
  var select = document.getElementById('b2s-sample'), found = {'all': seen()};
  found.options = Array.prototype.map.call(select.options, function (option) { return option.value; });
  select.value = 'two.b';
  select.dispatchEvent(new Event('change'));
  found.one = seen();
  location.hash = '#b2s_proportions_one';
  setTimeout(function () {
    found.linked = seen();
    document.querySelector('.b2s-large').click();
    found.large = document.querySelector('dialog').open;
    found.methods = document.querySelector('.b2s-folded').open;
    found.errors = window.errors;
    document.title = JSON.stringify(found);
  }, 300);
}, 500); });
"""


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
    methods = {"id": "b2s_methods", "section_name": "Methods", "plot_type": "html", "data": "<p>Text</p>"}
    multiqc.write(methods, folder, "methods")
    program = str(Path(sys.executable).with_name("multiqc"))
    options = ["--config", str(ROOT / "assets" / "multiqc_config.yml"), "--filename", "page.html"]
    environment = os.environ | {"PYTHONPATH": str(ROOT / "assets" / "report")}
    done = subprocess.run([program, ".", *options], cwd=folder, capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    return folder / "page.html"


@pytest.mark.skipif(BROWSER is None, reason="no browser")
def test_one_sample_is_shown_links_lead_to_hidden_parts_and_figures_open_large(page):
    text = page.read_text()
    watched = page.with_name("watched.html")
    watched.write_text(text.replace("<head>", f"<head><script>{CHECKS}</script>", 1))
    options = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=8000", "--dump-dom"]
    done = subprocess.run([BROWSER, *options, watched.as_uri()], capture_output=True, text=True, timeout=120)
    title = done.stdout.split("<title>", 1)[1].split("</title>", 1)[0]
    found = json.loads(title.replace("&amp;", "&").replace("&quot;", '"'))
    assert found["options"] == ["", *NAMES]
    assert sorted(found["all"]) == ["one", "one", "two.b", "two.b"]
    assert found["one"] == ["two.b", "two.b"]
    assert found["linked"] == ["one", "one"]
    assert found["large"] is True
    assert found["methods"] is False
    assert found["errors"] == []


def test_without_the_script_the_page_shows_everything(page):
    text = page.read_text()
    assert '<div class="b2s-pick" hidden>' in text
    assert re.search("<[^>]+data-sample-hidden", text) is None
    assert "2 samples: ● 2 good" in text
