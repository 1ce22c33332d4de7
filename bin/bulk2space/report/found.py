"""What was found in a sample, in the few lines that its card on the first screen has room for."""

from ..contract.percents import percent
from ..contract.verdicts import poor_inputs
from . import pattern_words
from .sample import Sample

TYPES = 3  # of the bulk that are named
REGIONS = 8  # with a line each; the chapter on the section has all


def of_sample(sample: Sample) -> list[str]:
    """Return a sentence each on the bulk and on what its section says; none where the reference is a wrong one."""
    if poor_inputs(sample.verdict):
        return []
    lines = [f"Most frequent cell types of the bulk: {', '.join(most_frequent(sample, TYPES))}."]
    if (patterns := sample.patterns) is None:
        return lines
    if patterns.regions is None:
        return [*lines, pattern_words.of_pairs(patterns.pairs), pattern_words.of_genes(patterns.genes)]
    by_region = pattern_words.of_regions(patterns.regions, sample.verdict)
    more = len(by_region) - REGIONS
    return [*lines, *by_region[:REGIONS], *([f"{more} more regions: see the chapter."] if more > 0 else [])]


def most_frequent(sample: Sample, number: int) -> list[str]:
    """Return the most frequent types that the bulk has, each with its proportion in percent."""
    held = sample.proportions[sample.proportions["proportion"] > 0]
    return [f"{row.cell_type} {percent(row.proportion)}" for row in held.nlargest(number, "proportion").itertuples()]
