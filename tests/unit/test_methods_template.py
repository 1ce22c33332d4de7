"""The methods text has a sentence for every value of the parameters that it follows, and cites what it lists."""

import html
import json
import re
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
TEMPLATE = yaml.safe_load((ROOT / "assets" / "methods_description_template.yml").read_text(encoding="utf-8"))
SCHEMA = json.loads((ROOT / "nextflow_schema.json").read_text())
PARAMETERS = {name: entry for group in SCHEMA["$defs"].values() for name, entry in group["properties"].items()}


def choices(part: str | dict | list) -> list[dict]:
    """Return a sentence's choices, those within others too."""
    if isinstance(part, list):
        return [inner for each in part for inner in choices(each)]
    if isinstance(part, str):
        return []
    return [part, *(inner for key, entry in part.items() if key != "by" for inner in choices(entry))]


def texts(part: str | dict | list) -> list[str]:
    """Return every text that a sentence may become."""
    if isinstance(part, list):
        return [text for each in part for text in texts(each)]
    return [part] if isinstance(part, str) else [text for key in part if key != "by" for text in texts(part[key])]


CHOICES = [choice for part in TEMPLATE["text"] for choice in choices(part)]
TEXT = " ".join(text for part in TEMPLATE["text"] for text in texts(part))


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice["by"])
def test_each_value_of_a_parameter_has_a_sentence(choice):
    entry = PARAMETERS[choice["by"]]
    values = ["false", "true"] if entry["type"] == "boolean" else entry.get("enum", ["other"])
    absent = [] if "default" in entry else ["none"]
    default = entry["default"] if isinstance(entry.get("default"), int | float) else None
    plain = [] if default is None or entry["type"] == "boolean" else [f"{default:g}"]
    assert set(choice) - {"by"} == {*values, *absent, *plain}


def test_values_named_in_the_text_are_parameters():
    assert set(re.findall(r"\{(\w+)\}", TEXT)) <= {*PARAMETERS, "pipeline"}


def named(citation: str) -> str:
    """Return a citation as one reads it."""
    return html.unescape(re.sub(r"</?em>", "", citation))


def test_every_citation_has_its_work_and_every_work_is_cited():
    cited = re.findall(r"(?<=[(;] )[^();]+, \d{4}|(?<=\()[^();]+, \d{4}", named(TEXT))
    assert set(cited) == {named(citation) for citation in TEMPLATE["references"]}


@pytest.mark.parametrize("citation", [named(citation) for citation in TEMPLATE["references"]])
def test_every_work_is_on_the_page_of_citations(citation):
    first, year = re.match(r"(.*?)(?: et al\.| &|,).*(\d{4})", citation).groups()
    works = (ROOT / "CITATIONS.md").read_text(encoding="utf-8").split("\n- ")
    assert any(re.search(rf"\b{first} [A-Z]", work) and year in work for work in works)
