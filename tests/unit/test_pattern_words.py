"""What a section says, in words."""

import pandas as pd
from bulk2space.report import pattern_words

GENES = pd.DataFrame({"gene": ["G1", "G2"], "morans_i": [0.8, 0.1], "p_adjusted": [0.001, 0.6]})
PAIRS = pd.DataFrame(
    {
        "cell_type": ["A", "A", "B"],
        "other": ["A", "B", "C"],
        "correlation": [0.6, -0.5, 0.4],
        "p": [0.001, 0.001, 0.002],
        "finding": ["together", "apart", "together"],
    }
)
REGIONS = pd.DataFrame(
    {
        "level": ["proportion", "proportion", "expression"],
        "region": ["core", "rim", "core"],
        "name": ["A", "B", "G1"],
        "inside": [0.5, 0.3, 2.0],
        "outside": [0.1, 0.2, 1.0],
        "correlation": [0.7, 0.6, 0.9],
        "p_adjusted": [0.01, 0.01, 0.01],
    }
)


def verdict(word: str) -> pd.DataFrame:
    whole = pd.DataFrame({"input": ["bulk", "section"], "cell_type": "", "verdict": ["good", word]})
    doubted = pd.DataFrame({"input": ["section"], "cell_type": "B", "verdict": "doubtful"})
    return pd.concat([whole, doubted]).assign(rna_fraction=0.1)


def test_genes_pairs_and_regions_are_told_in_a_line_each():
    assert pattern_words.words(GENES, PAIRS, REGIONS, verdict("good")).splitlines() == [
        "1 of 2 tested genes vary in space.",
        "Avoid each other: A and B. Stand together: B and C.",
        "core: A (50% inside, 10% outside).",
        "rim: B (30% inside, 20% outside; in doubt).",
    ]


def test_types_of_a_wrong_reference_are_not_to_be_relied_on():
    first = pattern_words.words(GENES, PAIRS, None, verdict("poor")).splitlines()[0]
    assert first.startswith("The reference does not explain this section")


def test_pairs_that_could_not_be_tested_are_not_said_to_be_chance():
    told = pattern_words.UNTESTED
    assert pattern_words.of_pairs(PAIRS.assign(p=1.0, finding="")) == told
    assert pattern_words.of_pairs(PAIRS.iloc[:0]) == told
    chance = "No two types stand together or apart beyond chance."
    assert pattern_words.of_pairs(PAIRS.assign(p=0.4, finding="")) == chance


def test_a_region_without_a_sure_type_is_not_said_to_be_like_the_others():
    told = pattern_words.of_regions(REGIONS.assign(p_adjusted=0.2), verdict("good"))
    assert told[0] == "core: no type is more frequent than elsewhere beyond chance."


def test_a_section_of_one_type_has_no_pairs():
    assert pattern_words.of_pairs(PAIRS.iloc[:1].assign(p=1.0, finding="")).startswith("Only A makes up 1% of the")
