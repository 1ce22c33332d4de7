"""The page of the report: a child of MultiQC's default template, which MultiQC finds by the entry point beside it.

`PYTHONPATH=assets/report multiqc --template bulk2space` puts the page together. What is not here is MultiQC's own.
"""

from collections import Counter
from pathlib import Path
from typing import Any

template_dir = str(Path(__file__).parent)
template_parent = "default"
base_fn = "base.html"

ANSWERS = ("good", "doubtful", "poor")
IN_WORDS = {"poor": "Wrong reference", "doubtful": "To use with care"}
SHAPES = {"good": "●", "doubtful": "▲", "poor": "■"}
FOLDED = (
    "b2s_methods",
    "multiqc_software_versions",
    "org-bulk2space-summary",
)  # long chapters
FEW = 4  # samples whose cards are all open, above the table
MOST_NAMED = 30  # samples of an answer that are named in the overview


def of_answers(general_stats: dict[str, dict[str, list[Any]]]) -> dict[str, list[str]]:
    """Return the samples of each answer, from the rows of MultiQC's general statistics."""
    found: dict[str, list[str]] = {word: [] for word in ANSWERS}
    for rows in general_stats.values():
        for row in (one for group in rows.values() for one in group):
            if row.data.get("answer") in found:
                found[row.data["answer"]].append(str(row.sample))
    return found


def in_words(found: dict[str, list[str]]) -> str:
    """Return how many samples there are, and how many of each answer."""
    counts = Counter({word: len(samples) for word, samples in found.items()})
    total = counts.total()
    told = ", ".join(f"{SHAPES[word]} {counts[word]:,} {word}" for word in ANSWERS if counts[word])
    return f"{total:,} sample{'s' if total != 1 else ''}: {told}"


def exceptions(found: dict[str, list[str]]) -> list[tuple[str, list[str], int]]:
    """Return the answers other than good, the worst first: in words, samples that are named, and how many are not."""
    bad = [(IN_WORDS[word], found[word]) for word in reversed(ANSWERS) if word != "good" and found[word]]
    return [(word, samples[:MOST_NAMED], max(len(samples) - MOST_NAMED, 0)) for word, samples in bad]


template_functions = {
    "of_answers": of_answers,
    "in_words": in_words,
    "exceptions": exceptions,
    "folded_chapters": lambda: FOLDED,
    "are_few": lambda found: sum(map(len, found.values())) <= FEW,
}
