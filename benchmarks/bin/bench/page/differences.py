"""The page on tests between samples."""

import pandas as pd

from ..cases.differing_cohorts import CELLS, FALL, PER_YEAR
from ..cases.differing_expression import CHANGED, VARYING
from ..judges.differences import AGE_IGNORED, COHORTS
from .markdown import filled

LIMIT = 0.06  # proportion of tests below 0.05 that is still right


def text(permuted: pd.DataFrame, true: pd.DataFrame, genes: pd.DataFrame) -> str:
    """Return the page in Markdown: tests of proportions where nothing differs and where a type falls; of expression."""
    valid = permuted[permuted["model"] != AGE_IGNORED]
    return filled(
        "differences", cells=f"{CELLS:,}", fold=f"{2**FALL:g}", per_year=f"{2**PER_YEAR - 1:.0%}", cohorts=COHORTS,
        largest=f"{valid['p below 0.05'].max():.1%}", limit=f"{LIMIT:.0%}", permuted=permuted, true=true,
        genes=genes, changed=f"{CHANGED:.0%}", varying=f"{VARYING:.0%}", of_genes=_of_genes(genes),
    )  # fmt: skip


def _of_genes(genes: pd.DataFrame) -> str:
    """Return in words what permuted labels find, and which part of the findings is wrong before and after `follows`."""
    wrong = (genes["changed in no type"] + genes["changed in other types alone"]) * genes["found"]
    own = (genes["false, own"] * genes["found, own"]).sum() / genes["found, own"].sum()
    every = wrong.sum() / genes["found"].sum()
    permuted = genes["permuted, p below 0.05"]
    chance = (permuted * genes["tests"]).sum() / genes["tests"].sum()
    return (
        f"Over all cohorts, permuted labels have a p below 0.05 in {chance:.1%} of the tests ({permuted.min():.1%} to "
        f"{permuted.max():.1%} by cohort). Of all findings, {every:.0%} are of genes that did not change in the named "
        f"type; of those whose change follows the type itself, {own:.0%}."
    )
