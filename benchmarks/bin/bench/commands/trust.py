"""Measure whether verdicts tell right references from wrong ones.

Every reference is judged against every bulk and section: of the same tissue, the same organ or another tissue (mouse
against man by names in capitals). Then islets of one laboratory against another's, sections thinned to few counts, and
references without one of the types. Keeps trust.csv and removed.csv.
"""

import itertools
import logging
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.composition import judging
from bulk2space.composition.bulk import estimate, marker_genes
from bulk2space.composition.profile import reference_profile
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.verdicts import VERDICTS
from bulk2space.numerics.scaling import normalize_total

from ..cases import pairs
from ..judges.whole_section import whole
from ..page import trust
from .common import keep, options, publish

REMOVED_FROM = ("sc_pbmc3k_10x", "sc_pbmc_hao_small", "sc_celllines_celseq2_5cl")


def main() -> None:
    """Judge all pairs, print and keep the tables, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)  # of sets that were read a hundred times
    references = {name: pairs.reference(args.data, name) for name in pairs.REFERENCES}
    table = keep(judged(args.data, references), args.results / "trust.csv")
    removed = keep(without_types(references), args.results / "removed.csv")
    publish(args.docs, "trust", trust.text(table, removed))


def judged(data: Path, references: dict[str, pairs.Reference]) -> Iterator[dict]:
    """Yield the verdicts on each pair."""
    for name, tissue in pairs.BULKS.items():
        samples = pairs.bulk(data, name)
        for other, reference in references.items():
            if enough_genes(samples, reference):
                yield row(pairs.kind(tissue, pairs.REFERENCES[other]), other, name, of_bulks(samples, reference))
    islets = [name for name, tissue in pairs.REFERENCES.items() if tissue == "islets"]
    for first, second in itertools.permutations(islets, 2):
        reference, samples = pairs.islets(references[first], references[second], 0)
        yield row(pairs.RIGHT, first, f"{second} as bulk", of_bulks(samples, reference))
    for name, (tissue, platform) in pairs.SECTIONS.items():
        section = pairs.section(data, name)
        thin = {f", {depth} counts": pairs.thinned(section, depth, 0) for depth in pairs.DEPTHS if platform == "spot"}
        for words, version in {"": section, **thin}.items():
            for other, reference in references.items():
                if enough_genes(version, reference):
                    table = whole(version, reference.cells, reference.ranking)
                    yield row(pairs.kind(tissue, pairs.REFERENCES[other]), other, name + words, [table])


def without_types(references: dict[str, pairs.Reference]) -> Iterator[dict]:
    """Yield the verdicts on bulks of whose types the reference lacks one."""
    for name in REMOVED_FROM:
        for cell_type, reference, samples, rna in pairs.without_each_type(references[name], 0):
            found = row("type removed", name, "its other half", of_bulks(samples, reference))
            yield {"reference": name, "role": pairs.role(name), "removed": cell_type, "rna": rna.mean()} | {
                key: found[key] for key in ("agreement", *VERDICTS)
            }


def enough_genes(measured: ad.AnnData, reference: pairs.Reference) -> bool:
    """Tell whether a pair shares enough genes to be judged."""
    return len(shared_genes(reference.cells, measured)) >= pairs.FEWEST_GENES


def of_bulks(samples: ad.AnnData, reference: pairs.Reference) -> list[pd.DataFrame]:
    """Return the verdict on each bulk sample, by the default estimate of its proportions."""
    shared = shared_genes(reference.cells, samples)
    genes = marker_genes(reference.ranking, shared, per_type=100, method="negative_binomial")
    profile = reference_profile(reference.cells, genes)
    fit = estimate(normalize_total(samples.X)[:, samples.var_names.get_indexer(genes)], profile)
    known = judging.Known.of(samples, reference.cells, reference.ranking)
    return [
        judging.of_bulk(samples[[name]], known, pd.Series(rna, index=profile.types))
        for name, rna in zip(samples.obs_names, fit.rna_fraction, strict=True)
    ]


def row(kind: str, reference: str, measured: str, verdicts: list[pd.DataFrame]) -> dict:
    """Return a row of the table: how often each verdict was given on a pair."""
    whole = pd.DataFrame([table.iloc[0] for table in verdicts])
    sets = (reference, measured.split(",")[0].removesuffix(" as bulk"))
    found = {"pair": kind, "reference": reference, "measured": measured, "role": pairs.role(*sets)}
    found |= {"agreement": whole["agreement"].astype(float).median(), "lowest": whole["agreement"].astype(float).min()}
    return found | {name: int((whole["verdict"] == name).sum()) for name in VERDICTS}


if __name__ == "__main__":
    main()
