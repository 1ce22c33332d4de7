"""From a row of the samplesheet to its samples."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass

from ...contract import remarks
from ...contract.findings import Findings, Join
from ...contract.problems import InputError, Problem, few
from .plan import Options, Plan, Sample
from .samplesheet import Row, nearest
from .shared_genes import check_shared_genes, shared_genes
from .sources import Source, sanitized, sources
from .spot_cells import SpotCells, spot_cells

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Inputs:
    """The inputs of a samplesheet.

    Attributes
    ----------
    sheet
        Name of the samplesheet.
    ids
        Name of every input.
    found
        What was found in those that can be used.
    """

    sheet: str
    ids: Mapping[Source, str]
    found: Mapping[Source, Findings]


def plan_row(
    row: Row, covariates: Mapping[str, float | str | None], inputs: Inputs, options: Options, plan: Plan
) -> None:
    """Add a row's samples to the plan, and everything that is wrong with how the row's inputs join.

    A row with an input that cannot be used adds nothing more: the plan names that input's problem already.
    """
    bulk, reference, *rest = sources(row)
    section = rest[0] if rest else None
    if bulk not in inputs.found or reference not in inputs.found:
        return
    columns = _bulk_columns(row, inputs.sheet, inputs.found[bulk].observations, plan)
    if section and section not in inputs.found:
        return
    _join(row, "bulk", bulk, reference, inputs, options, plan)
    if section:
        _join(row, row.platform, section, reference, inputs, options, plan)
        if row.platform == "image":
            _warn_of_unknown_labels(row, inputs.found[section], inputs.found[reference], inputs.sheet)
    of_section = inputs.found[section] if section else None
    size = of_section.spot_micrometers if of_section else None
    per_spot = spot_cells(row.cells_per_spot, options.cells_per_spot, size)
    on_section = f", section {section.in_words()}" if section else ""
    on_section += f", {_spots_in_words(row, of_section, per_spot)}" if of_section and row.platform == "spot" else ""
    try:
        n_cells = _number_of_cells(row, inputs.found[reference], of_section, options, per_spot)
    except InputError as problem:
        plan.problems.append(Problem(f"{inputs.sheet}, line {row.line}: {problem}", subject=row.sample))
        return
    for name, column in columns.items():
        plan.samples.append(
            Sample(
                id=name,
                bulk=inputs.ids[bulk],
                bulk_column=column,
                reference=inputs.ids[reference],
                section=inputs.ids[section] if section else None,
                platform=row.platform or None,
                cells_per_spot=per_spot.number,
                cells_by="auto" if row.cells_per_spot == "auto" else "number",
                n_cells=n_cells,
                condition=row.condition or None,
                covariates=covariates,
            )
        )
        plan.summary.append(
            f"sample {name}: column '{column}' of {row.bulk}, reference {row.reference}{on_section}, "
            f"{n_cells} cells to generate"
        )


def _bulk_columns(row: Row, sheet: str, names: list[str], plan: Plan) -> dict[str, str]:
    """Return the samples of a row and the bulk column of each."""
    if row.bulk_column and row.bulk_column not in names:
        problem = (
            f"{sheet}, line {row.line}: {row.bulk} has no column '{row.bulk_column}'"
            f"{nearest(row.bulk_column, names)}; its columns are {few(names)}"
        )
        plan.problems.append(Problem(problem, subject=row.sample))
        return {}
    if row.bulk_column or len(names) == 1:
        return {row.sample: row.bulk_column or names[0]}
    pairs = [(f"{row.sample}.{sanitized(column)}", column) for column in names]
    samples = dict(pairs)
    if len(samples) < len(pairs):
        twice = next(sample for sample, column in pairs if samples[sample] != column)
        problem = (
            f"{sheet}, line {row.line}: two columns of {row.bulk} make the same sample name '{twice}'; "
            f"rename one, or give each a row with its bulk_column"
        )
        plan.problems.append(Problem(problem, subject=twice))
    return samples


def _join(row: Row, kind: str, source: Source, reference: Source, inputs: Inputs, options: Options, plan: Plan) -> None:
    """Add to the plan how many genes a bulk or section shares with its reference, or that they are too few."""
    ours, theirs = inputs.found[source], inputs.found[reference]
    shared = shared_genes(ours, theirs)
    join = Join(source.kind, inputs.ids[source], inputs.ids[reference], shared)
    if join not in plan.joins:
        plan.joins.append(join)
    files = f"{source.matrix} and {reference.matrix}"
    try:
        check_shared_genes(
            ours, theirs, kind, f"{inputs.sheet}, line {row.line}: {files}", fewest=options.min_shared_genes
        )
    except InputError as problem:
        plan.problems.append(Problem.of(problem, subject=row.sample))
    else:
        plan.summary.append(f"line {row.line}: {files} share {shared} genes")


def _warn_of_unknown_labels(row: Row, section: Findings, reference: Findings, sheet: str) -> None:
    unknown = [name for name in section.types if name not in reference.types]
    if unknown:
        remarks.warn(
            log,
            "unknown_labels_of_section",
            f"{sheet}, line {row.line}: {row.spatial} has the labels {few(unknown)}, which are not types of "
            f"{row.reference}; their cells will get other types",
            subject=row.sample,
            labels=unknown,
        )


def _spots_in_words(row: Row, section: Findings, per_spot: SpotCells) -> str:
    """Return how many cells the spots hold, and why."""
    number = f"{per_spot.number} cell{'s' * (per_spot.number > 1)}"
    if row.cells_per_spot != "auto":
        return f"{number} per spot ({per_spot.reason})"
    if section.nuclei and section.nuclei.total is not None:
        return "as many cells in a spot as nuclei were counted"
    return f"on average {number} per spot ({per_spot.reason})"


def _number_of_cells(
    row: Row, reference: Findings, section: Findings | None, options: Options, per_spot: SpotCells
) -> int:
    """Return how many cells to generate: enough for all spots, and in proportion to the reference, up to a limit."""
    if options.skip_cells:
        return 0
    places = 0
    if section is not None and row.platform == "spot":
        nuclei = section.nuclei if row.cells_per_spot == "auto" else None
        if nuclei and nuclei.problem:
            raise InputError(f"{row.spatial}: {nuclei.problem}")
        counted = nuclei.total if nuclei else None
        places = counted or section.filled * per_spot.number
    wanted = max(math.ceil(options.cell_ratio * reference.filled), places)
    if wanted > options.max_cells:
        _report_limit(row, wanted, places, options.max_cells)
    return min(wanted, options.max_cells)


def _report_limit(row: Row, wanted: int, places: int, most: int) -> None:
    """Say that fewer cells are generated than wanted, and how often one then takes a place in the spots."""
    sentence = f"{most:,} cells are generated instead of {wanted:,} (--max_cells)"
    if places > most:
        sentence += (
            f"; the spots have room for {places:,}, so a generated cell takes {places / most:.1f} places on average"
        )
    remarks.note(log, "cells_limited", sentence, subject=row.sample, wanted=wanted, places=places, cells=most)
