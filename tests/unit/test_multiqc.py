import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from bulk2space.contract.findings import Findings
from bulk2space.contract.remarks import Remark
from bulk2space.inputs.plan import Join
from bulk2space.report import generated_cells, multiqc, style

CONFIG = Path(__file__).parents[2] / "assets" / "multiqc_config.yml"
HISTORY = pd.DataFrame(
    {"epoch": range(1, 13), "train_loss": 3.0, "validation_loss": np.nan, "reconstruction": 2.0, "kl": 1.0}
)


def test_the_config_orders_every_chapter():
    config = yaml.safe_load(CONFIG.read_text())
    order = config["custom_content"]["order"]
    assert [c for c in order if c in multiqc.CHAPTERS] == list(multiqc.CHAPTERS)
    assert config["no_version_check"] and config["no_ai"]
    assert config["fn_clean_sample_names"] is False
    for wanted in ("Liao", "Nextflow", "MultiQC", "SCANPY", "anndata", "Deep forest", "PyTorch"):
        assert wanted in config["custom_data"]["b2s_methods"]["data"]


def test_statistics_leave_out_what_is_absent_or_undefined():
    part = multiqc.statistics("s", {"cells": 700, "pcc": float("nan"), "places": None, "condition": "x", "warnings": 0})
    assert part["data"] == {"s": {"cells": 700, "condition": "x", "warnings": 0}}
    # MultiQC takes the last file's columns for all samples: they must be the same in each.
    assert part["headers"] == multiqc.statistics("t", {"rmse": 0.1})["headers"]


def test_bars_of_one_list_of_types_share_a_graph_and_other_lists_have_their_own():
    table = pd.DataFrame({"cell_type": ["A", "B"], "proportion": [0.4, 0.6]})
    one, two = (multiqc.proportion_bars(s, table, style.palette("ABC")) for s in ("one", "two"))
    other = multiqc.proportion_bars("three", table, style.palette("AB"))
    assert one["id"] == two["id"] != other["id"]
    assert one["data"] == {"one": {"A": 0.4, "B": 0.6, "C": 0.0}}
    assert one["categories"]["C"]["color"] == style.COLOURS[2]


def test_two_samples_of_one_reference_write_the_same_training_curves(tmp_path):
    for sample in ("a", "b"):
        for name, part in multiqc.training_curves("pbmc", HISTORY).items():
            multiqc.write(part, tmp_path, f"{sample}_{name}")
    for name in ("training_1_loss", "training_2_reconstruction", "training_3_kl"):
        first, second = ((tmp_path / f"{s}_{name}_mqc.yaml").read_text() for s in "ab")
        assert first == second


def test_epochs_stay_numbers_and_an_absent_held_out_loss_is_left_out(tmp_path):
    multiqc.write(multiqc.training_curves("pbmc", HISTORY)["training_1_loss"], tmp_path, "a")
    data = yaml.safe_load((tmp_path / "a_mqc.yaml").read_text())["data"]
    assert list(data["pbmc: trained on"]) == list(range(1, 13))
    assert data["pbmc: held out"] == {}


def test_pictures_carry_title_caption_and_image_and_escape_names(tmp_path):
    table = pd.DataFrame({"cell_type": ["A<b>"], "proportion": [1.0], "ci_low": [0.9], "ci_high": [1.0]})
    with style.styled():
        picture = generated_cells.proportions(table, None, sample="s.1", colours=style.palette(["A<b>"]))
        path = style.save(picture, tmp_path)
    part = multiqc.pictures("s.1", "b2s_proportions", [(picture._replace(caption="a < b"), path)], note="T<sub>")
    assert part["data"].startswith("<p>T&lt;sub&gt;</p><h4")
    assert part["section_name"] == "s.1"
    assert part["parent_id"] == "b2s_proportions"
    assert "a &lt; b" in part["data"]
    assert 'src="data:image/png;base64,' in part["data"]
    multiqc.write(part, tmp_path, "s")
    assert json.loads((tmp_path / "s_mqc.json").read_text()) == part


FOUND = [
    Findings("bulk", "b", shape=(2, 900), unit="CPM/TPM-like"),
    Findings(
        "reference",
        "r",
        remarks=[Remark("cells_left_out", "note", "r", {}, "r<1>: 3 cells")],
        shape=(50, 1000),
        unit="counts",
        types={"A": 50},
    ),
]


def test_inputs_stand_in_a_table_with_the_genes_they_share():
    joins = [Join("bulk", "b", reference=name, shared=number) for name, number in (("r", 800), ("q", 700))]
    part = multiqc.inputs_table(FOUND, joins)
    assert part["data"]["bulk b"] == {
        "observations": 2, "genes": 900, "unit": "CPM/TPM-like", "shared": 700, "remarks": 0,
    }  # fmt: skip
    assert part["data"]["reference r"]["types"] == 1
    assert set(part["data"]["reference r"]) <= set(part["headers"])


def test_what_was_left_out_is_listed_and_escaped():
    assert "<li>r&lt;1&gt;: 3 cells.</li>" in multiqc.inputs_remarks(FOUND)["data"]
    assert multiqc.inputs_remarks(FOUND[:1]) is None


def test_ids_are_safe_and_stay_different():
    assert multiqc.slug("a_b-1") == "a_b-1"
    assert len({multiqc.slug(name) for name in ("a.b", "a_b", "a b")}) == 3


@pytest.mark.parametrize("name", ["b2s_warnings", "b2s_spots"])
def test_chapters_have_a_sentence(name):
    title, sentence = multiqc.CHAPTERS[name]
    assert title and sentence.endswith(".")
