"""What a section says, in words."""

import pandas as pd

from ..contract.patterns import PROPORTION, SURE, TOGETHER
from ..contract.percents import percent
from ..contract.verdicts import poor_inputs, types_in_doubt

NAMED = 3  # pairs or types in a sentence

UNTESTED = (
    "Which types stand together or apart could not be tested: spots share their counts with their neighbours, or there "
    "are too few of them."
)
WRONG = (
    "The reference does not explain this section: do not rely on what is said of its types. Genes are as measured, and "
    "do not depend on the reference."
)


def words(genes: pd.DataFrame, pairs: pd.DataFrame, regions: pd.DataFrame | None, verdict: pd.DataFrame) -> str:
    """Return a line each on genes, pairs of types, and regions.

    Parameters
    ----------
    genes, pairs, regions
        contract/tables.py: SPATIAL_GENES, TYPE_PAIRS and, of a section with regions, REGIONS.
    verdict
        verdict.csv of the sample.
    """
    lines = [WRONG] if "section" in poor_inputs(verdict) else []
    lines += [of_genes(genes), of_pairs(pairs)]
    if regions is not None:
        lines += of_regions(regions, verdict)
    return "\n".join(lines)


def of_genes(genes: pd.DataFrame) -> str:
    """Return a sentence on how many genes vary in space."""
    return f"{(genes['p_adjusted'] < SURE).sum():,} of {len(genes):,} tested genes vary in space."


def of_pairs(pairs: pd.DataFrame) -> str:
    """Return a sentence on the clearest pairs of two types."""
    if len(pairs) == 1:
        return f"Only {pairs['cell_type'].iloc[0]} makes up 1% of the section or more: no two types can be compared."
    if (pairs["p"] == 1).all():  # nothing could be tested, or there are no pairs
        return UNTESTED
    sure = pairs[(pairs["finding"] != "") & (pairs["cell_type"] != pairs["other"])]
    if sure.empty:
        return "No two types stand together or apart beyond chance."
    said = []
    for finding, rows in sure.groupby("finding", sort=False):
        named = [f"{row.cell_type} and {row.other}" for row in rows.head(NAMED).itertuples()]
        more = len(rows) - len(named)
        start = "Stand together" if finding == TOGETHER else "Avoid each other"
        said.append(f"{start}: {'; '.join(named)}{f', and {more} more' if more else ''}.")
    return " ".join(said)


def of_regions(table: pd.DataFrame, verdict: pd.DataFrame) -> list[str]:
    """Return a line for each region: the types that are more frequent inside, the clearest first.

    Parameters
    ----------
    table, verdict
        regions.csv and verdict.csv; types whose verdict is not good are said to be in doubt.
    """
    doubted = types_in_doubt(verdict, "section")
    held = table[table["level"] == PROPORTION]
    lines = []
    for region, rows in held.groupby("region", sort=True):
        more = (
            rows[(rows["p_adjusted"] < SURE) & (rows["correlation"] > 0)]
            .sort_values("correlation", ascending=False)
            .head(NAMED)
        )
        named = [
            f"{name} ({percent(inside)} inside, {percent(outside)} outside{'; in doubt' if name in doubted else ''})"
            for name, inside, outside in more[["name", "inside", "outside"]].itertuples(index=False, name=None)
        ]
        lines.append(
            f"{region}: {', '.join(named) if named else 'no type is more frequent than elsewhere beyond chance'}."
        )
    return lines
