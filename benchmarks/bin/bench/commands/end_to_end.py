"""Measure whether the bulk matters: from a bulk, a reference and a section to cells in space.

Blood cells of known kinds are split into a reference and the cells of simulated tissues. The section measures one
tissue, each bulk another of the same layout. The ground truth is the bulk's tissue, cell by cell. The pipeline's own
scripts run on these files, and other methods beside them. Keeps end_to_end.csv and writes
docs/benchmarks/end_to_end.md.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import scipy.sparse as sp
from bulk2space.composition import markers
from bulk2space.contract.io import read_h5ad
from bulk2space.contract.keys import Layers, Obs
from bulk2space.contract.tables import ESTIMATES, MARKERS

from ..cases import data_sets
from ..cases.bulk_and_section import Study
from ..cases.placed import Placed
from ..cases.proportions import write_estimates
from ..cases.tissues import CELLS_PER_SPOT, SPOTS
from ..judges.places import scores, telling_genes
from ..page import end_to_end as page
from ..page.end_to_end import CORRELATION, DEFAULT, IGNORED, RANDOM, REACH, TO_BULK, TO_SECTION
from ..rivals import placements
from ..runner.steps import Steps
from .common import keep, options, publish

SEEDS = (0, 1)
MARKERS_PER_TYPE = 100  # the pipeline's default
JUDGED_GENES = 200  # none of them a marker
OWN_PROPORTIONS = "own.csv"  # the reference's, in place of estimates


def main() -> None:
    """Read the options; print, keep and publish the table."""
    args = options(__doc__).parse_args()
    cells = ad.read_h5ad(data_sets.path(args.data))
    rows = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            study = Study(cells, seed, Path(folder))
            rows += [{"seed": seed} | row for row in measured(study, Steps(study.folder, seed=seed, threads=1))]
    publish(args.docs, "end_to_end", page.text(**page.tables(keep(rows, args.results / "end_to_end.csv"))))


def measured(study: Study, steps: Steps) -> Iterator[dict]:
    """Run all methods; yield one row per scenario, method and metric."""
    steps.rank_markers()
    steps.train()
    steps.estimate_proportions()
    used = markers.select(MARKERS.read(study.folder / "markers.csv"), list(study.genes), per_type=MARKERS_PER_TYPE)
    genes = telling_genes(study.counts, study.kinds, ~study.genes.isin(used), JUDGED_GENES)
    estimates = ESTIMATES.read(study.folder / "estimates.csv")
    correlations = placements.correlation(study, read_h5ad(study.folder / "section.h5ad"))
    ignored = without_bulk(study, steps)
    for scenario, truth in study.truth.items():
        steps.generate(scenario, SPOTS * CELLS_PER_SPOT)
        proportions = estimates[estimates["sample"] == scenario].set_index("cell_type")["proportion"]
        placed = {
            DEFAULT: mapped(study, steps),
            TO_SECTION: mapped(study, steps, composition="section"),
            TO_BULK: mapped(study, steps, composition="bulk"),
            IGNORED: ignored,
            CORRELATION: placements.by_correlation(study, proportions, correlations),
            RANDOM: mapped(study, steps, scorer="random", composition="section"),
            REACH: placements.by_true_kind(study, truth),
        }
        for method, found in placed.items():
            for metric, value in scores(found, truth, genes).items():
                yield {"scenario": scenario, "method": method, "metric": metric, "value": value}


def without_bulk(study: Study, steps: Steps) -> Placed:
    """Generate cells in the reference's own proportions, without calibration, and map them."""
    write_estimates(study.types, "none", study.folder / OWN_PROPORTIONS)
    steps.generate("none", SPOTS * CELLS_PER_SPOT, estimates=OWN_PROPORTIONS, calibrate=False)
    return mapped(study, steps, composition="section")


def mapped(study: Study, steps: Steps, **chosen: str) -> Placed:
    """Map the cells that were generated last; return them with the kinds of their source cells."""
    steps.fit_spots()
    steps.place("mapped", **chosen)
    spatial = read_h5ad(study.folder / "mapped.spatial.h5ad")
    spot = spatial.obs[Obs.SPOT].astype(str).str.removeprefix("s").to_numpy(dtype=int)
    kind = study.kinds[study.names.get_indexer(spatial.obs[Obs.SOURCE_CELL].astype(str))]
    return Placed(spot, kind, sp.csr_matrix(spatial.layers[Layers.COUNTS]))


if __name__ == "__main__":
    main()
