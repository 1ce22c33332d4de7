"""Measure how often bulk and section are said to contradict each other, by how far apart their tissues are.

Sections and bulks are made of one half of the cells of a set; the other half is the reference. The first bulk has the
section's own composition. Then bulks of real blood beside a section of a lymph node, which hold other types. Keeps
contradiction.csv and writes docs/benchmarks/contradiction.md.
"""

import logging
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
from bulk2space.composition import contradiction
from bulk2space.composition.bulk import proportions_with_intervals
from bulk2space.composition.raking import distance
from bulk2space.contract import seeds, verdicts

from ..cases import beside, pairs
from ..page import contradiction as page
from .common import keep, options, publish

SETS = (
    "sc_pbmc3k_10x", "sc_pbmc_hao_small", "sc_mob_tepe", "sc_celllines_celseq2_5cl", "sc_pancreas_panc8_small",
    "sc_cerebellum_ref384", "sc_hypothalamus_ref_merfishgenes", "sc_lymphoid_ref", "sc_pancreas_baron_subset",
    "sc_brain_zeisel_subset",
)  # fmt: skip
SEEDS = (0, 1, 2)
BLOOD, LYMPH_NODE = "bulk_pbmc_finotello_facs", "visium_lymphnode"
REFERENCES = ("sc_pbmc3k_10x", "sc_pbmc_hao_small")  # that both are measured against
DEFAULTS = {"markers_per_type": 100, "method": "negative_binomial", "mrna_content": None}


def main() -> None:
    """Compare all pairs, print and keep the table, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)
    table = keep([*simulated(args.data), *real(args.data)], args.results / "contradiction.csv")
    publish(args.docs, "contradiction", page.text(table))


def simulated(data: Path) -> Iterator[dict]:
    """Yield a row for each set, seed and distance of its bulk from its section."""
    for name in SETS:
        for seed in SEEDS:
            case = beside.simulate(data, name, seed)
            reference = pairs.with_markers(case.reference)
            for apart, row in zip(case.apart, rows(case.section, case.bulk, reference), strict=True):
                yield {"set": name, "role": pairs.role(name), "seed": seed, "apart": round(apart, 2)} | row


def real(data: Path) -> Iterator[dict]:
    """Yield a row for each bulk of blood, beside a section of a lymph node."""
    section, bulk = pairs.section(data, LYMPH_NODE), pairs.bulk(data, BLOOD)
    for name in REFERENCES:
        for number, row in enumerate(rows(section, bulk, pairs.reference(data, name))):
            yield {"set": f"{page.REAL}, {name}", "role": pairs.role(name), "seed": number} | row


def rows(section: ad.AnnData, bulk: ad.AnnData, reference: pairs.Reference) -> Iterator[dict]:
    """Yield the comparison of each bulk sample with a section, as the pipeline makes it."""
    given = {"reference": reference.cells, "ranking": reference.ranking} | DEFAULTS
    of_section = contradiction.of_section(
        section, **given, source="section", rng=seeds.generator(0, "section")
    ).set_index("cell_type")
    estimates = proportions_with_intervals(bulk, **given, source="bulk", rng=seeds.generator(0, "bulk"))
    for _, sample in estimates.groupby("sample", sort=False):
        of_bulk = sample.set_index("cell_type")
        beyond = float(contradiction.beyond(of_bulk, of_section).sum() / 2)
        estimated = distance(of_bulk["proportion"].to_numpy(), of_section["proportion"].to_numpy())
        word = "yes" if beyond >= verdicts.CONTRADICTION else "no"
        yield {"estimated apart": estimated, "beyond": beyond, "contradiction": word}


if __name__ == "__main__":
    main()
