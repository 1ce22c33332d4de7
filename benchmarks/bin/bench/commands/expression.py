"""Measure expression by cell type and sample on simulated cohorts whose truth is known.

Correlation over the samples, for each type and gene, of the pipeline's estimate, the bulk, the bulk times the type's
proportion, and the reference's mean; bMIND where R has the package MIND; and the means of the cells that calibration
weights for each sample. Keeps expression_methods.csv, expression_types.csv and expression_calibrated.csv.
"""

import logging
from typing import NamedTuple

import numpy as np
from bulk2space.composition import markers
from bulk2space.composition.bulk import proportions_with_intervals
from bulk2space.composition.cohort_data import CohortData, cohort_data
from bulk2space.composition.type_expression import RESOLVABLE, expression_by_type
from bulk2space.contract.keys import Obs

from ..cases import known_expression
from ..cases.calibrated_means import calibrated_means
from ..cases.known_expression import KnownExpression
from ..judges.type_expression import correlations, covered, mean_of
from ..page import expression as page
from ..rivals import bmind
from ..runner.start import r_script
from .common import keep, options, publish


class Found(NamedTuple):
    """The pipeline's result: mean and standard deviation, types × samples × genes, and what is resolvable."""

    data: CohortData
    mean: np.ndarray
    sd: np.ndarray
    resolvable: np.ndarray


def main() -> None:
    """Judge all sets, print and keep the tables, write the page."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="add the sets kept for judging")
    args = parser.parse_args()
    logging.disable(logging.WARNING)
    methods, types, calibrated = [], [], []
    has_bmind = r_script(*bmind.ASK)
    for case in known_expression.all_of(args.data, judge=args.judge):
        found = of_pipeline(case)
        methods += of_methods(case, found, has_bmind=has_bmind)
        types += of_types(case, found)
        calibrated.append(of_calibrated(case, found))
    tables = [
        keep(rows, args.results / f"expression_{name}.csv", digits=4)
        for name, rows in (("methods", methods), ("types", types), ("calibrated", calibrated))
    ]
    publish(args.docs, "expression", page.text(*tables))


def of_pipeline(case: KnownExpression) -> Found:
    """Return what the pipeline makes of the bulk and the reference: proportions, then expression."""
    labels = case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str)
    estimates = proportions_with_intervals(
        case.bulk,
        case.reference,
        markers.rank(case.reference.X, labels, list(case.reference.var_names)),
        source=case.name,
        markers_per_type=100,
        method="negative_binomial",
        mrna_content=None,
        rng=np.random.default_rng(0),
    )
    data = cohort_data(case.bulk, case.reference, estimates)
    blocks = list(expression_by_type(data, np.arange(case.bulk.n_obs)))
    mean, sd = (np.concatenate([getattr(block, name) for block in blocks], axis=2) for name in ("mean", "sd"))
    return Found(data, mean, sd, np.concatenate([block.correlation for block in blocks], axis=1) >= RESOLVABLE)


def of_methods(case: KnownExpression, found: Found, *, has_bmind: bool) -> list[dict]:
    """Return one row per method: mean correlation on the resolvable genes, and on the changed ones among them."""
    bulk = np.broadcast_to(found.data.bulk.toarray(), case.truth.shape)
    fraction = found.data.fractions.estimated.T[:, :, None]
    values = {
        page.OWN: found.mean,
        page.BULK: bulk,
        page.TIMES: bulk * fraction,
        page.REFERENCE: np.broadcast_to(found.data.means[:, None], case.truth.shape),
        page.BMIND: of_bmind(found) if has_bmind else None,
    }
    rows = []
    for method, estimate in values.items():
        named = {"set": case.name, "role": case.role, "method": method}
        if estimate is None:
            rows.append(named)
            continue
        over_samples = correlations(estimate, case.truth)
        rows.append(
            named
            | {"genes": int((found.resolvable & np.isfinite(over_samples)).sum())}
            | {"resolvable": mean_of(over_samples, found.resolvable)}
            | {"resolvable and changed": mean_of(over_samples, found.resolvable & case.changed)}
            | {"all": mean_of(over_samples, np.ones_like(found.resolvable))}
        )
    return rows


def of_bmind(found: Found) -> np.ndarray:
    """Return bMIND's estimate of the genes that are resolvable in some type, 0 for the others."""
    genes = found.resolvable.any(axis=0)
    result = np.zeros_like(found.mean)
    bulk = found.data.bulk.toarray()[:, genes]
    result[:, :, genes] = bmind.expression(bulk, found.data.fractions.estimated, found.data.means[:, genes], r_script)
    return result


def of_types(case: KnownExpression, found: Found) -> list[dict]:
    """Return one row per type, and one for all: what is there, what is resolvable, correlation and coverage."""
    over_samples = correlations(found.mean, case.truth)
    everything = np.ones_like(found.resolvable)
    members = {name: everything & (np.arange(len(everything)) == n)[:, None] for n, name in enumerate(case.types)}
    rows = []
    for name, own in (members | {page.ALL: everything}).items():
        chosen = own & found.resolvable
        rows.append(
            {
                "set": case.name,
                "role": case.role,
                "cell type": str(name),
                "mRNA": case.rna_fraction[:, own.any(axis=1)].sum(axis=1).mean(),
                "resolvable genes": int(chosen.sum()),
                "share resolvable": found.resolvable[own].mean(),
                "share changed": share_changed(case, chosen),
                "correlation": mean_of(over_samples, chosen),
                "in interval": covered(found.mean, found.sd, case.truth, chosen),
                "in interval, all genes": covered(found.mean, found.sd, case.truth, own),
            }
        )
    return rows


def share_changed(case: KnownExpression, chosen: np.ndarray) -> float:
    """Return the proportion of chosen genes that the simulation changed; NaN where it changed none at all."""
    return float(case.changed[chosen].mean()) if chosen.any() and case.changed.any() else np.nan


def of_calibrated(case: KnownExpression, found: Found) -> dict:
    """Return how the means of calibrated cells agree with estimate and truth, on resolvable genes that they change."""
    means, used = calibrated_means(case.reference, found.data)
    moved = means.std(axis=1) > page.MOVED * (means.mean(axis=1) + page.OFFSET)
    chosen = found.resolvable & moved
    return {
        "set": case.name,
        "role": case.role,
        "samples calibrated": used,
        "genes": int(chosen.sum()),
        "calibrated and estimate": mean_of(correlations(means, found.mean), chosen),
        "calibrated and truth": mean_of(correlations(means, case.truth), chosen),
        "estimate and truth": mean_of(correlations(found.mean, case.truth), chosen),
    }


if __name__ == "__main__":
    main()
