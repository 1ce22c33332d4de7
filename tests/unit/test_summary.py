"""The first screen of the report: lights, advice, cards, and the overview of all samples."""

import ast
import dataclasses
import sys
from pathlib import Path
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import tables
from bulk2space.contract.colours import palette
from bulk2space.contract.remarks import NOTE, WARNING, Remark
from bulk2space.contract.verdicts import DOUBTFUL, GOOD, POOR
from bulk2space.report import advice, found, headline, lights, multiqc, remark_chapters, summary
from bulk2space.report.sample import Patterns, Sample, Section, read_section
from simulated_sample import verdict, write_sample

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "assets" / "report"))
import bulk2space_page as page  # noqa: E402


@pytest.fixture(scope="module")
def folders(tmp_path_factory) -> dict[str | None, Path]:
    folder = tmp_path_factory.mktemp("samples")
    return {platform: write_sample(folder / str(platform), platform=platform) for platform in ("spot", "image", None)}


def sample(folder: Path, *, section: Section | None = None, name: str = "one", **changed) -> Sample:
    given = {
        "name": name,
        "colours": palette("ABC"),
        "reference_name": "reference",
        "reference": ad.read_h5ad(folder / "reference.h5ad"),
        "markers": tables.MARKERS.read(folder / "markers.csv"),
        "proportions": tables.PROPORTIONS.read(folder / "proportions.csv"),
        "verdict": judged(bulk=GOOD, section=None if section is None else GOOD),
        "cells": ad.read_h5ad(folder / "cells.h5ad"),
        "section": section,
    }
    return Sample(**given | changed)


def judged(
    *, bulk: str, section: str | None = None, unknown: float = 0.1, in_doubt: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Return a verdict with these words; types in doubt have a poor one."""
    table = verdict("one", ["A", "B", "C"], ["bulk"] if section is None else ["bulk", "section"])
    whole = table["cell_type"] == ""
    table.loc[~whole, "verdict"] = np.where(table.loc[~whole, "cell_type"].isin(in_doubt), POOR, GOOD)
    table.loc[whole, "verdict"] = table.loc[whole, "input"].map({"bulk": bulk, "section": section})
    table.loc[whole, "agreement"] = table.loc[whole, "verdict"].map({GOOD: 0.8, DOUBTFUL: 0.4, POOR: 0.1})
    table.loc[whole, "unknown"] = unknown
    return table


def spots(folders) -> Section:
    folder = folders["spot"]
    paths = (folder / name for name in ("section.h5ad", "spatial.h5ad", "spots.csv", "spots.h5ad"))
    return read_section(*paths, "one")


def image(folders) -> Section:
    return read_section(folders["image"] / "section.h5ad", folders["image"] / "spatial.h5ad", None, None, "one")


def states(shown) -> dict[str, str]:
    return {light.topic: light.state for light in shown}


def test_a_bulk_alone_is_judged_by_its_reference(folders):
    shown = lights.of_sample(sample(folders[None]), set())
    assert states(shown) == {"Bulk": GOOD, "Section": lights.NOT_JUDGED, "What the bulk did": lights.NOT_JUDGED}
    assert lights.worst(shown) == GOOD


def test_a_wrong_reference_is_called_so_first_and_the_advice_is_another(folders):
    one = sample(folders["spot"], section=spots(folders), verdict=judged(bulk=POOR, section=POOR))
    card = summary.part(one, [])["data"]
    assert "Wrong reference: it does not explain the bulk and the section" in card
    assert card.index("Wrong reference") < card.index("b2s-lights")
    assert 'data-worst="poor"' in card
    warned = [Remark("few_source_cells", WARNING, "one", {"types": {"A": 3}}, "few")]
    steps = advice.of_sample(one, warned, lights.of_sample(one, set()))
    assert len(steps) == 1
    assert steps[0].startswith(
        "Give another reference: one of the same tissue and species as the bulk and the section."
    )
    assert states(lights.of_sample(one, set()))["Places"] == POOR


def test_the_card_says_which_type_lies_in_which_region(folders):
    table = pd.DataFrame({"level": "proportion", "region": ["core", "rim"], "name": "A", "inside": [0.6, 0.1]})
    table = table.assign(outside=[0.1, 0.6], correlation=[0.7, -0.7], p_adjusted=0.01)
    pairs = pd.DataFrame(columns=["cell_type", "other", "correlation", "finding"])
    patterns = Patterns(genes=pd.DataFrame({"p_adjusted": [0.01]}), pairs=pairs, regions=table)
    one = sample(folders["spot"], section=spots(folders), patterns=patterns)
    card = summary.part(one, [])["data"]
    assert "<li>core: A (60% inside, 10% outside).</li>" in card
    assert f'href="#{multiqc.anchor("one", multiqc.PATTERNS)}">Found</a>' in card
    largest = one.proportions.nlargest(1, "proportion").iloc[0]
    assert f"<li>Most frequent cell types of the bulk: {largest.cell_type} {largest.proportion:.0%}, " in card
    wrong = sample(folders["spot"], section=spots(folders), verdict=judged(bulk=GOOD, section=POOR), patterns=patterns)
    assert "Found" not in summary.part(wrong, [])["data"]


def test_places_follow_the_confidence_of_the_placed_cells(folders):
    section = spots(folders)
    for confidence, state in ((0.85, GOOD), (0.7, DOUBTFUL), (0.4, POOR)):
        table = section.spots.assign(confidence=confidence)
        one = sample(folders["spot"], section=Section(measured=section.measured, placed=section.placed, spots=table))
        shown = lights.of_sample(one, {"random_cells_of_a_type"})
        (places,) = (light for light in shown if light.topic == "Places")
        assert places.state == state
        assert places.sentence.startswith(f"{confidence:.0%} of the placed cells")
        assert places.sentence.endswith("is drawn at random.")
        (places,) = (light for light in lights.of_sample(one, {"cells_of_a_type_uncertain"}) if light.topic == "Places")
        assert places.state == state
        assert places.sentence.endswith("is uncertain.")
        heading = {GOOD: "Good to use", DOUBTFUL: "Usable with care: places", POOR: "Do not rely on: places"}[state]
        assert heading in summary.part(one, [])["data"]
        # Unsure places leave the proportions what they are.
        assert lights.worst(shown) == (GOOD if state == GOOD else DOUBTFUL)


def test_types_that_the_bulk_lacks_are_not_named_as_frequent_and_rare_ones_are_not_zero(folders):
    one = sample(folders[None])
    table = one.proportions.iloc[:3].assign(cell_type=["A", "B", "C"], proportion=[0.9961, 0.0039, 0.0])
    one = dataclasses.replace(one, proportions=table)
    assert found.of_sample(one)[0] == "Most frequent cell types of the bulk: A 99.6%, B 0.4%."
    assert headline.values(one, answer=GOOD, n_warnings=0)["types"] == '"A 99.6% · B 0.4%"'


def test_a_light_agrees_with_the_percentage_beside_it(folders):
    section = spots(folders)
    table = section.spots.assign(confidence=0.797)
    one = sample(folders["spot"], section=Section(measured=section.measured, placed=section.placed, spots=table))
    (places,) = (light for light in lights.of_sample(one, set()) if light.topic == "Places")
    assert (places.sentence[:3], places.state) == ("80%", GOOD)


def test_predicted_genes_are_counted_and_leave_the_answer_as_it_is(folders):
    section = image(folders)
    known = section.placed.var["expected_pcc"].dropna()
    shown = lights.of_sample(sample(folders["image"], section=section), set())
    (genes,) = (light for light in shown if light.topic == lights.GENES)
    good = int((known >= 0.2).sum())
    assert genes.sentence.startswith(f"{good} of {len(known)} genes that were not measured")
    assert genes.state == (GOOD if good / len(known) >= lights.MOST else DOUBTFUL)
    others = [light for light in shown if light.topic != lights.GENES]
    assert lights.worst([*others, genes._replace(state=POOR)]) == lights.worst(others)


def test_types_in_doubt_are_named_and_looked_at(folders):
    one = sample(folders[None], verdict=judged(bulk=GOOD, in_doubt=("B",)))
    assert lights.of_sample(one, set())[0].sentence.endswith("In doubt: B.")
    assert advice.of_sample(one, [], []) == ["Before you use B, look at the evidence for it."]


def test_a_missing_type_and_a_contradiction_lead_to_advice(folders):
    table = judged(bulk=DOUBTFUL, section=GOOD, unknown=0.4)
    table.loc[table["input"] == "section", "unknown"] = np.nan
    one = sample(folders["spot"], section=spots(folders), verdict=table)
    assert lights.of_sample(one, set())[0].sentence.startswith("About 40% of the mRNA of the bulk")
    assert "also has the cell type which the bulk seems to hold" in advice.of_sample(one, [], [])[0]
    table = judged(bulk=GOOD, section=GOOD)
    table["contradiction"] = np.where(table["cell_type"].isin(["", "A"]), 0.2, 0.0)
    one = sample(folders["spot"], section=spots(folders), verdict=table)
    assert states(lights.of_sample(one, set()))["Bulk and section"] == DOUBTFUL
    assert advice.of_sample(one, [], [])[0].startswith("Check that bulk and section are of the same tissue")


def test_bulk_and_section_agree_only_where_they_were_compared(folders):
    def light(table: pd.DataFrame) -> lights.Light:
        one = sample(folders["spot"], section=spots(folders), verdict=table)
        return next(light for light in lights.of_sample(one, set()) if light.topic == "Bulk and section")

    table = judged(bulk=GOOD, section=GOOD)
    assert light(table).sentence.startswith("They agree within their intervals.")
    apart = light(table.assign(contradiction=np.where(table["cell_type"].isin(["", "A"]), 0.02, 0.0)))
    assert apart.state == GOOD
    assert apart.sentence.startswith("They agree but for 2% of the cells, beyond the intervals.")
    unknown = light(table.assign(contradiction=np.nan))
    assert unknown.state == lights.NOT_JUDGED
    assert unknown.sentence.startswith("They could not be compared.")
    wrong = light(judged(bulk=GOOD, section=POOR))
    assert wrong.state == lights.NOT_JUDGED
    assert "agree" not in wrong.sentence


def test_warnings_lead_to_advice_and_notes_do_not(folders):
    one = sample(folders[None])
    assert advice.of_sample(one, [], []) == [advice.NOTHING]
    severities = {"few_source_cells": WARNING, "unknown_mrna_content": WARNING, "few_counts_in_spots": NOTE}
    said = [Remark(code, severity, "one", {"types": ["A", "B"]}, "x") for code, severity in severities.items()]
    mrna, sources = advice.of_sample(one, said, [])
    assert "--mrna_content" in mrna
    assert sources.startswith("Add reference cells of these types: A, B.")


def used_codes() -> set[str]:
    """Return the codes of all remarks that the scripts can make."""
    found = set()
    for path in (ROOT / "bin").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            place = {"warn": 1, "note": 1, "Remark": 0}.get(name)
            if place is not None and len(node.args) > place and isinstance(node.args[place], ast.Constant):
                found.add(node.args[place].value)
    return found


def test_every_remark_leads_to_a_chapter_and_advice_is_on_remarks_that_exist():
    codes = used_codes()
    assert len(codes) > 60
    assert set(remark_chapters.CHAPTER_OF) == codes
    assert set(advice.OF_REMARKS) <= codes
    assert set(remark_chapters.CODES) <= set(multiqc.CHAPTERS)


def test_names_in_a_card_stay_text(folders):
    table = judged(bulk=GOOD, in_doubt=("B",)).replace({"cell_type": {"B": "<script>"}})
    card = summary.part(sample(folders[None], name='a"<b>', verdict=table), [])["data"]
    assert "<script>" not in card
    assert 'data-sample="a&quot;&lt;b&gt;"' in card


def general_stats(**answers: str) -> dict:
    return {"one": {name: [SimpleNamespace(sample=name, data={"answer": word})] for name, word in answers.items()}}


def test_the_overview_counts_samples_and_names_the_exceptions():
    found = page.of_answers(general_stats(a="good", b="poor", c="good", d="doubtful"))
    assert page.in_words(found) == "4 samples: ● 2 good, ▲ 1 doubtful, ■ 1 poor"
    assert page.exceptions(found) == [("Wrong reference", ["b"], 0), ("To use with care", ["d"], 0)]
    many = page.of_answers(general_stats(**{f"s{number}": "poor" for number in range(page.MOST_NAMED + 2)}))
    assert page.exceptions(many)[0][2] == 2
