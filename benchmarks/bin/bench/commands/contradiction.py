"""Measure how often bulk and section are said to contradict each other, by how far apart their tissues are.

Sections and bulks are made of one half of the cells of a set; the other half is the reference. The first bulk has the
section's own composition. Then bulks of real blood beside a section of a lymph node, which hold other types. Keeps
contradiction.csv and writes docs/benchmarks/contradiction.md.
"""

import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain, product
from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.composition import contradiction, paired
from bulk2space.composition.bulk import estimate, marker_genes
from bulk2space.composition.profile import reference_profile
from bulk2space.composition.raking import distance
from bulk2space.composition.section_sum import summed
from bulk2space.contract import seeds, verdicts
from bulk2space.contract.expression import shared_genes
from bulk2space.numerics.scaling import normalize_total

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
    cases = list(product(SETS, SEEDS))
    with ProcessPoolExecutor() as pool:
        of_sets = pool.map(partial(simulated, args.data), *zip(*cases, strict=True))
        of_blood = pool.map(partial(real, args.data), REFERENCES)
        table = keep(chain.from_iterable([*of_sets, *of_blood]), args.results / "contradiction.csv")
    publish(args.docs, "contradiction", page.text(table))


def simulated(data: Path, name: str, seed: int) -> list[dict]:
    """Return a row for each distance of a set's bulk from its section."""
    case = beside.simulate(data, name, seed)
    found = rows(case.section, case.bulk, pairs.with_markers(case.reference))
    start = {"set": name, "role": pairs.role(name), "seed": seed}
    return [start | {"apart": round(apart, 2)} | row for apart, row in zip(case.apart, found, strict=True)]


def real(data: Path, name: str) -> list[dict]:
    """Return a row for each bulk of blood, beside a section of a lymph node."""
    found = rows(pairs.section(data, LYMPH_NODE), pairs.bulk(data, BLOOD), pairs.reference(data, name))
    start = {"set": f"{page.REAL}, {name}", "role": pairs.role(name)}
    return [start | {"seed": number} | row for number, row in enumerate(found)]


def rows(section: ad.AnnData, bulk: ad.AnnData, reference: pairs.Reference) -> Iterator[dict]:
    """Yield the comparison of each bulk sample with a section, as the pipeline makes it."""
    total = summed(section)
    apart = paired.difference(
        bulk, total, reference.cells, reference.ranking, rng=seeds.generator(0, "difference"), **DEFAULTS
    )
    of_bulk, of_section = proportions(bulk, reference), proportions(total, reference).iloc[0]
    for name, sample in apart.groupby("sample", sort=False):
        own = of_bulk.loc[name]
        beyond = float(contradiction.beyond(sample.set_index("cell_type"), own, of_section).sum() / 2)
        word = "yes" if beyond >= verdicts.CONTRADICTION else "no"
        yield {
            "estimated apart": distance(own.to_numpy(), of_section.to_numpy()), "beyond": beyond, "contradiction": word
        }  # fmt: skip


def proportions(bulk: ad.AnnData, reference: pairs.Reference) -> pd.DataFrame:
    """Return the proportions that the pipeline estimates, samples × types."""
    shared, per_type, method = shared_genes(reference.cells, bulk), DEFAULTS["markers_per_type"], DEFAULTS["method"]
    genes = marker_genes(reference.ranking, shared, per_type=per_type, method=method)
    profile = reference_profile(reference.cells, genes)
    fit = estimate(normalize_total(bulk.X)[:, bulk.var_names.get_indexer(genes)], profile, method=method)
    return pd.DataFrame(fit.proportion, index=bulk.obs_names, columns=profile.types)


if __name__ == "__main__":
    main()
