#!/usr/bin/env python3
"""Judge whether a reference explains samples of a bulk and their section: good, doubtful or poor, whole and by type.

Writes DIR/<sample>.verdict.csv and DIR/<sample>.poor.txt of each sample: what a poor verdict means; empty without one.
"""

import argparse
import logging
from pathlib import Path

import anndata as ad
import pandas as pd
from bulk2space.composition import contradiction, judging, paired
from bulk2space.composition.bulk import METHODS
from bulk2space.composition.coherence import Coherence, coherence_in
from bulk2space.composition.section_sum import summed_by_rows
from bulk2space.contract import seeds, tables, verdicts
from bulk2space.contract.command import parser, run
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.mrna_content import read_mrna_content
from bulk2space.contract.problems import InputError
from bulk2space.contract.stored import Stored
from bulk2space.contract.task_samples import read_samples
from bulk2space.contract.whole_files import write_text

log = logging.getLogger("judge_fit")


def main() -> None:
    """Read the inputs and the estimates once, judge one sample after the other."""
    args = arguments()
    reference, ranking = read_h5ad(args.reference), tables.MARKERS.read(args.markers)
    bulk, estimates = read_h5ad(args.bulk), tables.ESTIMATES.read(args.estimates)
    total, together = of_section_file(args.section, ranking) if args.section else (None, None)
    known = judging.Known.of(bulk, reference, ranking)
    mrna_content = read_mrna_content(args.mrna_content)
    way = {"markers_per_type": args.markers_per_type, "method": args.method, "mrna_content": mrna_content}
    for sample in read_samples(args.samples):
        of_bulk, of_section, difference = tables.of_column(estimates, sample.bulk_column), None, None
        rna = of_bulk.set_index("cell_type")["rna_fraction"]
        own = bulk[[sample.bulk_column]]
        parts = [judging.of_bulk(own, known, rna)]
        if total is not None:
            parts.append(judging.of_section(total, together, judging.Known.of(total, reference, ranking)))
            rng, name = seeds.generator(args.seed, "judge_fit", sample.id), args.section.name
            try:
                of_section = contradiction.of_section(total, reference, ranking, source=name, rng=rng, **way)
                difference = paired.difference(own, total, reference, ranking, rng=rng, **way)
            except InputError as problem:
                log.warning("%s: not compared with the bulk", problem)
        table = contradiction.compared(pd.concat(parts, ignore_index=True), of_bulk, of_section, difference)
        write(table.assign(sample=sample.id), sample.id, args.output)


def of_section_file(path: Path, ranking: pd.DataFrame) -> tuple[ad.AnnData, Coherence | None]:
    """Return the sum of a section's spots or cells, and how its markers stand together; it is read block by block."""
    with Stored(path) as section:
        total = summed_by_rows(section)
        seen = total.var_names[total.X.toarray()[0] > 0]
        return total, coherence_in(section, seen, ranking)


def write(table: pd.DataFrame, sample: str, folder: Path) -> None:
    """Write and log a sample's verdict."""
    tables.VERDICT.write(table, folder / f"{sample}.verdict.csv")
    for row in table[table["cell_type"] == ""].itertuples():
        log.info(
            "%s: verdict on the %s: %s (agreement %.2f, unknown share of the mRNA %.2f)",
            sample, row.input, row.verdict, row.agreement, row.unknown,
        )  # fmt: skip
    for row in verdicts.much_unknown(table).itertuples():
        log.warning("%s: %s", sample, verdicts.unknown_in_words(row.input, row.unknown))
    if contradicted := verdicts.contradiction_in_words(table):
        log.warning("%s: %s", sample, contradicted)
    poor = verdicts.poor_inputs(table)
    sentence = verdicts.poor_in_words(sample, poor) + "\n" if poor else ""
    write_text(folder / f"{sample}.poor.txt", sentence)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--samples", type=Path, required=True, help="JSON list of id, bulk_column")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--estimates", type=Path, required=True, help="estimates.csv of bulk and reference")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--markers", type=Path, required=True, help="markers.csv of the reference")
    options.add_argument("--section", type=Path, help="section.h5ad")
    options.add_argument("--markers-per-type", type=int, default=100, help="as estimates.csv was made with")
    options.add_argument(
        "--method", choices=METHODS, default="negative_binomial", help="as estimates.csv was made with"
    )
    options.add_argument("--mrna-content", type=Path, help="as estimates.csv was made with")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
