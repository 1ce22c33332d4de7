"""Measure whether calibration finds the states of cells that a bulk holds, on blood whose subtypes are hidden.

Calibration weights the cells of a reference so that their sum fits a bulk. The weights should move from the reference's
own proportions of each subtype towards those of the bulk. Every gene of the bulks is multiplied by a factor, as another
laboratory would. Keeps calibration.csv and writes docs/benchmarks/calibration.md.
"""

from collections.abc import Iterator

import anndata as ad
import numpy as np
from bulk2space.generator.calibrate import Calibrator

from ..cases import data_sets, hidden_kinds
from ..judges.kinds import row
from ..page import calibration as page
from .common import keep, options, publish

SPREADS_OF_GENE_FACTORS = (0.0, 0.4, 0.8)  # standard deviation of the log factors of genes
SEED_OF_FACTORS = 9


def main() -> None:
    """Read the options; print, keep and publish the table."""
    args = options(__doc__).parse_args()
    case = hidden_kinds.simulate(ad.read_h5ad(data_sets.path(args.data)))
    table = keep(rows(case), args.results / "calibration.csv", digits=4)
    publish(args.docs, "calibration", page.text(table))


def rows(case: hidden_kinds.Case) -> Iterator[dict]:
    """Calibrate to every bulk, alone and beside the others, with every spread of gene factors; yield one row each."""
    genes = list(case.reference.var_names)
    for spread in SPREADS_OF_GENE_FACTORS:
        factors = np.exp(np.random.default_rng(SEED_OF_FACTORS).normal(0, spread, len(genes)))
        for place, name in enumerate(hidden_kinds.BULKS):
            for alone in (False, True):
                own = slice(place, place + 1) if alone else slice(None)
                calibrator = Calibrator(case.reference, genes, case.bulks[own] * factors, case.rna_fraction[own])
                found = calibrator.calibrate(0 if alone else place, seed=0)
                yield row(name, spread, 1 if alone else len(hidden_kinds.BULKS), found, case.kinds)


if __name__ == "__main__":
    main()
