"""Everything that is compared in a cohort: who takes part, what is tested, and who lies apart."""

import logging
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from ..contract import remarks, tables
from ..contract.comparisons import varying
from . import of_expression, of_proportions
from .apart import apart
from .design import Value, design, note_constant
from .independent import Joined, copies, joined
from .left_out import samples_left_out, types_left_out
from .log_ratios import centred
from .note_apart import note_apart, note_groups

log = logging.getLogger(__name__)

NAMED = 20  # samples that a remark names


def compare(
    factors: Mapping[str, Mapping[str, Value]],
    proportions: pd.DataFrame,
    verdicts: pd.DataFrame,
    cohort: str,
    *,
    columns: Mapping[str, str],
    expression: Path | None = None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Compare the samples of a cohort; what a reader should know is remarked on.

    Parameters
    ----------
    factors
        Condition and covariates by sample, in the order of the samplesheet.
    proportions, verdicts
        Rows of all samples (contract/tables.py, PROPORTIONS and VERDICT).
    cohort
        Name of the cohort.
    columns
        Column of the bulk by sample: samples of one column are copies of each other.
    expression
        expression.h5ad of the samples; None: only proportions are tested.

    Returns
    -------
    Rows of COMPARISONS and of COHORT_SAMPLES (contract/tables.py).
    """
    wide, high = (
        proportions.pivot(index="sample", columns="cell_type", values=column).loc[list(factors)]
        for column in ("proportion", "ci_high")
    )
    out = samples_left_out(factors, varying(factors.values()), verdicts)
    out |= copies(factors, columns, out)
    samples = _lying(wide.to_numpy(), factors, out, cohort)
    kept = [name for name in factors if name not in out]
    missed = types_left_out(verdicts, kept)
    _note_left_out(out, missed, len(factors), cohort)
    note_constant([factors[name] for name in kept], cohort)
    units = joined({name: factors[name] for name in kept}, cohort)
    model = design(list(units.factors.values()), cohort, everyone=list(factors.values()))
    types = [name for name in wide if name not in missed]
    wide, high = (units.means(table.loc[kept, types]) for table in (wide, high))
    rows = of_proportions.compare(wide, high, model)
    if model.terms:
        _note_nowhere(of_proportions.nowhere(wide), cohort)
    if expression is not None and model.terms:
        rows += of_expression.compare(_of_units(of_expression.read(expression, kept), units), model, types)
    found = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame(columns=tables.COMPARISONS.header)
    return found, samples


def _of_units(expression: of_expression.Expression, units: Joined) -> of_expression.Expression:
    """Return the expression of units of samples."""
    return expression._replace(bulk=units.means(expression.bulk), fractions=units.means(expression.fractions))


def _lying(
    proportions: np.ndarray, factors: Mapping[str, Mapping[str, Value]], out: Mapping[str, str], cohort: str
) -> pd.DataFrame:
    """Return the rows of COHORT_SAMPLES; remark on samples apart and on what the largest difference goes with."""
    lying = apart(centred(proportions))
    names = list(factors)
    note_apart([name for name, is_apart in zip(names, lying.is_apart, strict=True) if is_apart], cohort)
    by_name = {name: [of_sample[name] for of_sample in factors.values()] for name in factors[names[0]]}
    note_groups(lying.scores[:, 0], lying.explained[0], by_name, cohort)
    return pd.DataFrame(
        {
            "sample": names,
            "left_out": [out.get(name, "") for name in names],
            "pc1": lying.scores[:, 0],
            "pc2": lying.scores[:, 1],
            "distance": lying.distance,
            "apart": lying.is_apart.astype(int),
        }
    )


def _note_left_out(samples: Mapping[str, str], types: list[str], whole: int, cohort: str) -> None:
    """Remark on samples and types that take no part in tests."""
    if samples:
        shown = [f"{name} ({why})" for name, why in list(samples.items())[:NAMED]]
        more = f" and {len(samples) - NAMED:,} more (samples.csv)" if len(samples) > NAMED else ""
        sentence = f"{len(samples):,} of {whole:,} samples take no part in tests: {', '.join(shown)}{more}"
        remarks.warn(log, "samples_left_out", sentence, subject=cohort, samples=list(samples))
    if types:
        sentence = f"types whose own markers are missing in most samples are not tested: {', '.join(types)}"
        remarks.warn(log, "types_left_out", sentence, subject=cohort, types=types)


def _note_nowhere(types: list[str], cohort: str) -> None:
    """Remark on types that no sample has."""
    if types:
        sentence = f"types that are estimated as 0 in all samples are not tested: {', '.join(types)}"
        remarks.note(log, "types_nowhere", sentence, subject=cohort, types=types)
