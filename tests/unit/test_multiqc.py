import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from bulk2space.contract.colours import palette
from bulk2space.contract.findings import Findings, Join
from bulk2space.contract.remarks import NOTE, WARNING, Remark
from bulk2space.report import composition, drawing, embedded, headline, inputs, multiqc, proportions, style, training
from PIL import Image

CONFIG = Path(__file__).parents[2] / "assets" / "multiqc_config.yml"
EPOCHS = np.arange(1, 101)
FALLING = 50 + 40 * np.exp(-EPOCHS / 8)
HISTORY = pd.DataFrame(
    {"epoch": EPOCHS, "train_loss": FALLING, "validation_loss": FALLING, "reconstruction": 2.0, "kl": 1.0}
)


def test_the_config_orders_every_chapter():
    config = yaml.safe_load(CONFIG.read_text())
    order = config["custom_content"]["order"]
    chapters = [chapter.id for chapter in multiqc.CHAPTERS]
    assert [chapter for chapter in order if chapter in chapters] == chapters
    assert config["no_version_check"] and config["no_ai"]
    assert config["fn_clean_sample_names"] is False


def test_the_headline_leaves_out_what_is_absent_or_undefined():
    part = headline.part("s", {"cells": 700, "pcc": float("nan"), "places": None, "condition": "x", "warnings": 0})
    assert part["data"] == {"s": {"cells": 700, "condition": "x", "warnings": 0}}
    # MultiQC takes the last file's columns for all samples: they must be the same in each.
    assert part["headers"] == headline.part("t", {"rmse": 0.1})["headers"]


def test_bars_of_one_list_of_types_share_a_graph_and_other_lists_have_their_own():
    table = pd.DataFrame({"cell_type": ["A", "B"], "proportion": [0.4, 0.6]})
    one, two = (composition.part(s, table, palette("ABC")) for s in ("one", "two"))
    other = composition.part("three", table, palette("AB"))
    assert one["id"] == two["id"] != other["id"]
    assert one["data"] == {"one": {"A": 0.4, "B": 0.6, "C": 0.0}}
    assert one["categories"]["C"]["color"] == style.COLOURS[2]


def test_names_of_types_stay_text_in_the_bars():
    table = pd.DataFrame({"cell_type": ["a<b>c"], "proportion": [1.0]})
    part = composition.part("one", table, palette(["a<b>c"]))
    assert part["categories"]["a<b>c"]["name"] == "a&lt;b&gt;c"  # Plotly takes <b> for bold letters
    assert part["data"] == {"one": {"a<b>c": 1.0}}


def test_seven_columns_are_shown_where_no_ground_truth_is_known():
    shown = [key for key, column in headline.COLUMNS.items() if not column.folded]
    assert shown[-2:] == ["pcc", "rmse"]  # which MultiQC leaves out where no sample has a value
    assert len(shown) - 2 <= 7


def test_two_samples_of_one_reference_write_the_same_training():
    assert training.part("pbmc", HISTORY) == training.part("pbmc", HISTORY)
    assert training.part("pbmc", HISTORY)["id"] != training.part("p.bmc", HISTORY)["id"]


def test_training_that_levels_off_is_good():
    assert training.verdict(HISTORY) == ("good", "The held-out loss levelled off within 100 epochs.")


def test_a_held_out_loss_that_rises_is_told_with_its_best_epoch():
    rising = np.where(EPOCHS > 50, FALLING + 0.5 * (EPOCHS - 50), FALLING)
    state, sentence = training.verdict(HISTORY.assign(validation_loss=rising))
    assert state == "doubtful"
    assert sentence.startswith("The held-out loss rose after epoch ")


def test_a_loss_that_still_falls_is_told_also_without_held_out_cells():
    state, sentence = training.verdict(HISTORY.assign(validation_loss=np.nan, train_loss=100.0 - 0.5 * EPOCHS))
    assert state == "doubtful"
    assert sentence.startswith("The loss was still falling at the end of 100 epochs")


def test_one_epoch_tells_nothing():
    state, sentence = training.verdict(HISTORY.head(1))
    assert state == "doubtful"
    assert sentence.startswith("Training ended after one epoch: whether the held-out loss would fall")


def test_figures_carry_title_caption_and_image_and_escape_names(tmp_path):
    table = pd.DataFrame({"cell_type": ["A<b>"], "proportion": [1.0], "ci_low": [0.9], "ci_high": [1.0]})
    with style.styled():
        drawn = proportions.draw(table, None, sample="s.1", colours=palette(["A<b>"]))
        path = drawing.save(drawn, tmp_path)
    part = embedded.figures("s.1", multiqc.PROPORTIONS, [(drawn._replace(caption="a < b"), path)], note="T<sub>")
    assert '<p>T&lt;sub&gt;</p><figure class="b2s-figure"><h4>' in part["data"]
    assert 'data-sample="s.1"' in part["data"]
    assert part["section_name"] == "s.1"
    assert part["parent_id"] == "b2s_proportions"
    assert "a &lt; b" in part["data"]
    assert 'src="data:image/webp;base64,' in part["data"]
    files = re.findall('href="([^"]+)"', part["data"])
    assert files == [f"../s.1/figures/proportions.{ending}" for ending in ("png", "png", "pdf", "csv")]
    multiqc.write(part, tmp_path, "s")
    assert json.loads((tmp_path / "s_mqc.json").read_text()) == part


FEW = Remark("few_cells", NOTE, "r<1>", {"cells": 3}, "3 cells have no type")
LOGS = Remark("log_values", WARNING, "r<1>", {}, "its values are logs")
BULK = Findings("bulk", "b", shape=(2, 900), unit="CPM/TPM-like")
REFERENCE = Findings("reference", "r", shape=(50, 1000), unit="counts", types={"A": 50}, remarks=[FEW, LOGS])


def test_inputs_are_in_a_table_with_the_genes_they_share_and_their_number_of_warnings():
    joins = [Join("bulk", "b", reference, shared) for reference, shared in (("r", 800), ("q", 700))]
    part = inputs.parts([BULK, REFERENCE], joins)["inputs_table"]
    assert part["data"]["bulk b"] == {
        "observations": 2, "genes": 900, "unit": '"CPM/TPM-like"', "shared": 700, "warnings": 0,
    }  # fmt: skip
    assert part["data"]["reference r"]["types"] == 1
    assert part["data"]["reference r"]["warnings"] == 1
    assert set(part["data"]["reference r"]) <= set(part["headers"])


def test_remarks_on_inputs_are_listed_warnings_first():
    listed = inputs.parts([BULK, REFERENCE], [])["inputs_remarks"]["data"]
    assert listed.index("r&lt;1&gt;</strong>: its values are logs.") < listed.index("3 cells have no type.")
    assert "inputs_remarks" not in inputs.parts([BULK], [])


def test_the_picture_in_the_page_has_the_pixels_of_the_file(tmp_path):
    table = pd.DataFrame({"cell_type": ["A"], "proportion": [1.0], "ci_low": [0.9], "ci_high": [1.0]})
    with style.styled():
        drawn = proportions.draw(table, None, sample="s", colours=palette("A"))
        path = drawing.save(drawn, tmp_path)
    drawn = drawn._replace(caption="All pairs: type_pairs.csv")
    page = embedded.figures("s", multiqc.PROPORTIONS, [(drawn, path)], folder="co horts/a.b")["data"]
    assert '<p>All pairs: <a href="../co%20horts/a.b/type_pairs.csv">type_pairs.csv</a></p>' in page
    assert 'href="../co%20horts/a.b/figures/proportions.csv"' in page
    data = base64.b64decode(re.search('image/webp;base64,([^"]+)', page)[1])
    shown, saved = (np.asarray(Image.open(file).convert("RGB")) for file in (io.BytesIO(data), path))
    assert np.array_equal(shown, saved)
    assert len(data) < path.stat().st_size


def test_ids_are_safe_and_stay_different():
    assert multiqc.slug("a_b-1") == "a_b-1"
    assert len({multiqc.slug(name) for name in ("a.b", "a_b", "a b")}) == 3


@pytest.mark.parametrize("chapter", multiqc.CHAPTERS, ids=lambda chapter: chapter.short)
def test_chapters_have_a_name_and_whole_sentences(chapter):
    assert chapter.name and chapter.description.endswith(".")
