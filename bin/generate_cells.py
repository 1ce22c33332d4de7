#!/usr/bin/env python3
"""Generate the single cells of samples of one bulk: whole cells of each type by each sample's proportions.

Writes DIR/<sample>.cells.h5ad and DIR/<sample>.proportions.csv of one sample after the other.
"""

import argparse
import logging
from pathlib import Path

import torch
from bulk2space.composition.composition_file import read_fitted
from bulk2space.composition.residual import report_residuals
from bulk2space.contract import provenance, remarks, seeds, tables
from bulk2space.contract.colours import colours_of_types
from bulk2space.contract.command import add_code, collected, parser, run
from bulk2space.contract.file_colours import add_types
from bulk2space.contract.io import read_h5ad, write_h5ad
from bulk2space.contract.keys import Obs, Uns
from bulk2space.contract.task_samples import read_samples
from bulk2space.generator import cell_map
from bulk2space.generator.checkpoint import load
from bulk2space.generator.generate_sample import SampleGenerator

log = logging.getLogger("generate_cells")


def main() -> None:
    """Read the proportions and the network once; write each sample's cells and its own table."""
    args = arguments()
    torch.set_num_threads(args.threads)
    estimates, trained = tables.ESTIMATES.read(args.proportions), load(args.vae)
    reference, bulk = read_h5ad(args.reference), read_h5ad(args.bulk)
    generator = SampleGenerator(trained, reference, bulk, estimates, calibrated=args.calibrate, seed=args.seed)
    of_types = colours_of_types(args.colours, trained.types)
    fitted = read_fitted(args.fitted) if args.fitted else None
    of_section = fitted.of_whole if fitted else None
    record = provenance.of_step(args, reference.uns, bulk.uns, {Uns.PROVENANCE: fitted.provenance} if fitted else {})
    for sample in read_samples(args.samples):
        own = tables.of_column(estimates, sample.bulk_column)
        report_residuals(own["residual"].to_numpy()[:1], [sample.bulk_column])
        cells, table = generator.generate(sample, of_section)
        if sample.umap:
            of_map = (args.seed, "umap", sample.id)
            cell_map.add(cells, reference, seed=seeds.integer(*of_map), rng=seeds.generator(*of_map))
        add_types(cells, of_types)
        cells.uns[Uns.REMARKS] = remarks.dumps([*trained.remarks, *collected(sample.id)])
        cells.uns[Uns.PROVENANCE] = record
        write_h5ad(cells, args.output / f"{sample.id}.cells.h5ad")
        tables.PROPORTIONS.write(table, args.output / f"{sample.id}.proportions.csv")
        n_sources = cells.obs[Obs.SOURCE_CELL].nunique()
        log.info("%s: %d cells, %d genes, %d source cells", sample.id, *cells.shape, n_sources)


def arguments() -> argparse.Namespace:
    """Return the parsed command line."""
    options = parser(__doc__)
    options.add_argument("--samples", type=Path, required=True, help="JSON list of id, bulk_column, n_cells")
    options.add_argument("--reference", type=Path, required=True, help="reference.h5ad")
    options.add_argument("--bulk", type=Path, required=True, help="bulk.h5ad")
    options.add_argument("--proportions", type=Path, required=True, help="estimates.csv of the bulk")
    options.add_argument("--vae", type=Path, required=True, help="vae.pt")
    options.add_argument("--fitted", type=Path, help="composition.h5ad of the section of the only sample")
    options.add_argument("--colours", type=Path, help="JSON of the colours of the types (default: by the types)")
    options.add_argument("--calibrate", action="store_true", help="choose source cells so that their sum fits the bulk")
    options.add_argument("--seed", type=int, default=0, help="seed of the run")
    add_code(options)
    options.add_argument("--threads", type=int, default=1, help="CPU threads")
    options.add_argument("--output", type=Path, default=Path(), help="folder to write to")
    return options.parse_args()


if __name__ == "__main__":
    run(main)
