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
    """Return in words what permuted labels find, and which part of the findings is wrong."""
    permuted = genes["permuted, p below 0.05"]
    chance = (permuted * genes["tests"]).sum() / genes["tests"].sum()
    same, other = (genes[genes["reference"] == word] for word in ("same", "other laboratory"))
    wrong = {name: _wrong(rows) for name, rows in same.groupby("composition")}
    power = same.groupby("samples")["changed ones found"].mean()
    of_sizes = ", ".join(f"{part:.0%} with {samples} samples" for samples, part in power.items())
    return (
        f"Over all cohorts, permuted labels have a p below 0.05 in {chance:.1%} of the tests ({permuted.min():.1%} "
        f"to {permuted.max():.1%} by cohort). Of all findings, {_wrong(genes):.1%} are false: {wrong['alike']:.1%} "
        f"where the composition is alike, {wrong['differs too']:.1%} where it differs too, {_wrong(other):.1%} where "
        f"it does and the reference is of another laboratory, and at most {genes['false'].max():.0%} in a cohort. Of "
        f"the truly changed genes among those tested, the mean part that is found is {of_sizes}; with a reference of "
        f"another laboratory it is {other['changed ones found'].mean():.0%}."
    )


def _wrong(genes: pd.DataFrame) -> float:
    """Return the part of the findings of some cohorts that is false."""
    return (genes["false"] * genes["found"]).sum() / genes["found"].sum()
