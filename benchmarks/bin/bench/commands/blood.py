"""Measure proportions on real blood whose cells were counted by flow cytometry (FACS), beside Rectangle.

The references' types are merged to the five that were counted; proportions are compared over these. Rectangle runs
where `make bench-tools tools=rectangle` has installed it. Keeps blood.csv.
"""

import logging
import tempfile
from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.composition import markers
from bulk2space.composition.bulk import estimate, marker_genes
from bulk2space.composition.profile import reference_profile
from bulk2space.contract.expression import shared_genes
from bulk2space.contract.keys import Obs
from bulk2space.numerics.metrics import rmse
from bulk2space.numerics.scaling import normalize_total

from ..cases import counted_blood
from ..cases.counted_blood import CountedBlood
from ..page import blood
from ..runner.start import other_tool
from .common import keep, options, publish

RECTANGLE = blood.RECTANGLE
DEFAULT = (blood.DEFAULT, "negative_binomial", 100)
METHODS = (DEFAULT, ("published (500 markers)", "log_nnls", 500), ("published (100 markers)", "log_nnls", 100))


def main() -> None:
    """Estimate by all methods, keep the table, write the page."""
    args = options(__doc__).parse_args()
    logging.disable(logging.WARNING)
    table = keep(rows(args.data, args.results), args.results / "blood.csv")
    publish(args.docs, "blood", blood.text(table))


def rows(data: Path, results: Path) -> Iterator[dict]:
    """Yield one row per reference and method; one of Rectangle without figures where it is not installed."""
    for case in counted_blood.all_of(data):
        for name, method, per_type in METHODS:
            yield row(case, name, of_pipeline(case, method=method, per_type=per_type))
        yield row(case, RECTANGLE, of_rectangle(case, results / "tools" / RECTANGLE / "bin" / "python"))


def row(case: CountedBlood, method: str, found: pd.DataFrame | None) -> dict:
    """Return error and correlation over all samples and types, and the mean bias of each type."""
    named = {"reference": case.name, "method": method}
    if found is None:
        return named
    found = found.reindex(columns=case.truth.columns, fill_value=0.0)
    found = found.div(found.sum(axis=1), axis=0).loc[case.truth.index]
    values, true = found.to_numpy(), case.truth.to_numpy()
    bias = {f"bias {name}": value for name, value in (found - case.truth).mean().items()}
    return named | {"rmse": rmse(values, true), "pcc": np.corrcoef(values.ravel(), true.ravel())[0, 1]} | bias


def of_pipeline(case: CountedBlood, *, method: str, per_type: int) -> pd.DataFrame:
    """Return the proportions of cells that the pipeline estimates, samples × types."""
    ranking = markers.rank(
        case.reference.X, case.reference.obs[Obs.CELL_TYPE].to_numpy(dtype=str), list(case.reference.var_names)
    )
    genes = marker_genes(ranking, shared_genes(case.reference, case.bulk), per_type=per_type, method=method)
    profile = reference_profile(case.reference, genes)
    expression = normalize_total(case.bulk.X)[:, case.bulk.var_names.get_indexer(genes)]
    fit = estimate(expression, profile, method=method)
    return pd.DataFrame(fit.proportion, index=case.bulk.obs_names, columns=profile.types)


def of_rectangle(case: CountedBlood, python: Path) -> pd.DataFrame | None:
    """Return Rectangle's proportions, samples × types; None where it is not installed."""
    if not python.exists():
        return None
    with tempfile.TemporaryDirectory() as folder:
        reference, bulk, output = (Path(folder, name) for name in ("reference.h5ad", "bulk.h5ad", "found.csv"))
        case.reference.write_h5ad(reference)
        ad.AnnData(normalize_total(case.bulk.X).log1p(), obs=case.bulk.obs[[]], var=case.bulk.var[[]]).write_h5ad(bulk)
        other_tool(python, tool=RECTANGLE, reference=reference, section=bulk, output=output)
        return pd.read_csv(output).pivot(index="spot", columns="cell_type", values="proportion")


if __name__ == "__main__":
    main()
