"""The samples of a samplesheet and how their inputs join; and every problem, found before any heavy task."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

import pandas as pd

from ..contract.mrna_content import check_mrna_content, read_mrna_content
from ..contract.problems import InputError, few
from ..contract.truth import read_truth
from ..contract.user_tables import separator
from .genes import is_ensembl, plain
from .samplesheet import Row, nearest, read_rows
from .sources import Source, identifiers, sanitized, sources

FEWEST_SHARED_GENES = {"bulk": 100, "spot": 100, "image": 20}


@dataclass(frozen=True)
class Options:
    """What holds where a row says nothing."""

    cells_per_spot: int = 10
    cell_ratio: float = 1.0
    min_shared_genes: int | None = None
    validate_genes: bool = False
    mrna_content: Path | None = None
    truth: Path | None = None


@dataclass
class Plan:
    """Samples, what a user should know of them, and what is wrong."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    samples: list[dict] = field(default_factory=list)
    cell_types: list[str] = field(default_factory=list)
    inputs: list[dict] = field(default_factory=list)
    joins: list[dict] = field(default_factory=list)

    def as_dict(self) -> dict[str, list]:
        """Return the plan for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Inputs:
    """The samplesheet's inputs: their ids, and what was found in those that could be read."""

    sheet: str
    ids: Mapping[Source, str]
    found: Mapping[Source, dict]


def make_plan(sheet: Path, findings: Mapping[tuple[str, str], dict], problems: list[str], options: Options) -> Plan:
    """Plan the samples of a samplesheet.

    Parameters
    ----------
    sheet
        The samplesheet.
    findings
        What was found in each input, by kind and id.
    problems
        What the check of the samplesheet itself found wrong.
    options
        What holds where a row says nothing.

    Returns
    -------
    The plan; it may be carried out if it has no problems.
    """
    plan = Plan(problems=list(problems))
    try:
        rows = read_rows(sheet)
    except InputError:
        return plan  # the check has said so
    ids = identifiers(rows)
    found = {source: findings[source.kind, name] for source, name in ids.items() if (source.kind, name) in findings}
    inputs = Inputs(sheet.name, ids, {source: content for source, content in found.items() if not content["problem"]})
    first_line = {source: row.line for row in reversed(rows) for source in sources(row)}
    for source, content in found.items():
        problem = content["problem"]
        if problem and problem.startswith("--"):  # of a parameter, found in each input
            plan.problems += [problem] if problem not in plan.problems else []
        elif problem and not _awaits_reference(source, rows, inputs):
            plan.problems.append(f"{problem} ({sheet.name}, line {first_line[source]})")
        elif not problem:
            plan.summary.append(f"{source.kind} {ids[source]}: {content['summary']}")
            described = {key: content[key] for key in ("shape", "unit", "units", "matrix")}
            plan.inputs.append({"kind": source.kind, "id": ids[source], **described})
        plan.warnings += content["notes"]
    plan.cell_types = sorted(
        {name for source, content in found.items() for name in content["types"] if _is_reference(source)}
    )
    for row in rows:
        _plan_row(row, inputs, options, plan)
    _refuse_collisions(plan, sheet.name)
    _check_mrna_content(options.mrna_content, inputs, plan)
    if options.truth:
        _check_truth(options.truth, plan)
    if not plan.problems:
        plan.summary.append(_tasks(plan, options))
    return plan


def _is_reference(source: Source) -> bool:
    return source.kind == "reference"


def _awaits_reference(source: Source, rows: list[Row], inputs: Inputs) -> bool:
    """Tell whether a table was read without its reference, which would have said where its genes stand."""
    if _is_reference(source) or separator(Path(source.matrix)) is None:
        return False
    row = next(row for row in rows if source in sources(row))
    return sources(row)[1] not in inputs.found


def _tasks(plan: Plan, options: Options) -> str:
    """Count what a run does after this."""
    references = len({sample["reference"] for sample in plan.samples})
    pairs = len({(sample["bulk"], sample["reference"]) for sample in plan.samples})
    sections = [sample["platform"] for sample in plan.samples]
    counts = {
        "RANK_MARKERS": references,
        "TRAIN_VAE": references,
        "ESTIMATE_PROPORTIONS": pairs,
        "GENERATE_CELLS": len(plan.samples),
        "MAP_SPOTS": sections.count("spot"),
        "MAP_CELLS": sections.count("image"),
        "VALIDATE_GENES": sections.count("image") if options.validate_genes else 0,
        "PLOT_SAMPLE": len(plan.samples),
        "MULTIQC": 1,
    }
    listed = ", ".join(f"{count} {name}" for name, count in counts.items() if count)
    return f"{sum(counts.values())} tasks to run: {listed}"


def _check_mrna_content(path: Path | None, inputs: Inputs, plan: Plan) -> None:
    try:
        content = read_mrna_content(path)
    except InputError as problem:
        plan.problems.append(str(problem))
        return
    for source, found in inputs.found.items():
        if content is not None and _is_reference(source):
            try:
                check_mrna_content(content, list(found["types"]))
            except InputError as problem:
                plan.problems.append(f"--mrna_content: {problem} ({source.matrix})")


def _check_truth(folder: Path, plan: Plan) -> None:
    known = False
    for sample in plan.samples:
        try:
            known |= bool(read_truth(folder, sample["id"]))
        except InputError as problem:
            known = True
            plan.problems.append(str(problem))
    if plan.samples and not known:
        plan.warnings.append(
            f"{folder.name}: no table of any sample; truth lies in <sample>/proportions.csv and beside it"
        )


def _plan_row(row: Row, inputs: Inputs, options: Options, plan: Plan) -> None:
    bulk, reference, *section = sources(row)
    if bulk not in inputs.found:
        return
    if reference not in inputs.found:
        return
    columns = _bulk_columns(row, inputs.sheet, inputs.found[bulk]["observations"], plan)
    if section and section[0] not in inputs.found:
        return
    auto = row.cells_per_spot == "auto"
    cells_per_spot = int(row.cells_per_spot) if row.cells_per_spot.isdecimal() else options.cells_per_spot
    n_cells = math.ceil(options.cell_ratio * inputs.found[reference]["filled"])
    _check_genes(row, "bulk", bulk, reference, inputs, options, plan)
    if section:
        found = inputs.found[section[0]]
        _check_genes(row, row.platform, section[0], reference, inputs, options, plan)
        strange = [name for name in found["types"] if name not in inputs.found[reference]["types"]]
        if strange and row.platform == "image":
            plan.warnings.append(
                f"{inputs.sheet}, line {row.line}: the labels {few(strange)} of {row.spatial} are no types of "
                f"{row.reference}, so their cells will be given other types"
            )
        if row.platform == "spot":
            nuclei = found["nuclei"] if auto else {"total": None}
            if "problem" in nuclei:
                plan.problems.append(f"{inputs.sheet}, line {row.line}: {row.spatial}: {nuclei['problem']}")
                return
            n_cells = max(n_cells, nuclei["total"] or found["filled"] * cells_per_spot)
    for sample, column in columns.items():
        plan.samples.append(
            {
                "id": sample,
                "bulk": inputs.ids[bulk],
                "bulk_column": column,
                "reference": inputs.ids[reference],
                "section": inputs.ids[section[0]] if section else None,
                "platform": row.platform or None,
                "cells_per_spot": cells_per_spot,
                "cells_by": "auto" if auto else "number",
                "n_cells": n_cells,
                "condition": row.condition or None,
            }
        )
        where = f", {row.platform} section {inputs.ids[section[0]]}" if section else ""
        plan.summary.append(
            f"sample {sample}: bulk column {column}, reference {inputs.ids[reference]}{where}, {n_cells} cells"
        )


def _bulk_columns(row: Row, sheet: str, names: list[str], plan: Plan) -> dict[str, str]:
    """Return the samples of a row and the bulk column of each."""
    if row.bulk_column and row.bulk_column not in names:
        plan.problems.append(
            f"{sheet}, line {row.line}: {row.bulk} has no column '{row.bulk_column}'"
            f"{nearest(row.bulk_column, names)}; its columns are {few(names)}"
        )
        return {}
    if row.bulk_column or len(names) == 1:
        return {row.sample: row.bulk_column or names[0]}
    pairs = [(f"{row.sample}.{sanitized(column)}", column) for column in names]
    samples = dict(pairs)
    if len(samples) < len(pairs):
        twice = next(sample for sample, column in pairs if samples[sample] != column)
        plan.problems.append(
            f"{sheet}, line {row.line}: two columns of {row.bulk} make the same sample name '{twice}'; "
            f"rename one, or give each a row with its bulk_column"
        )
    return samples


def _check_genes(
    row: Row, kind: str, source: Source, reference: Source, inputs: Inputs, options: Options, plan: Plan
) -> None:
    """Refuse files that share too few genes with their reference; name the likely cause."""
    fewest = options.min_shared_genes or FEWEST_SHARED_GENES[kind]
    ours, theirs = (pd.Index(inputs.found[one]["genes"]) for one in (source, reference))
    shared = int(ours.isin(theirs).sum())
    join = {"kind": source.kind, "id": inputs.ids[source], "reference": inputs.ids[reference], "shared": shared}
    if join not in plan.joins:
        plan.joins.append(join)
    said = (
        f"{inputs.sheet}, line {row.line}: {source.matrix} and {reference.matrix} share {shared} of {len(ours)} genes"
    )
    if shared < fewest:
        cause = _likely_cause(ours, theirs, kind)
        plan.problems.append(f"{said}, fewer than the {fewest} needed: {few(ours)} against {few(theirs)}; {cause}")
    elif shared < 2 * fewest:
        plan.warnings.append(f"{said}; results on so few are unsure")
    else:
        plan.summary.append(f"line {row.line}: {source.matrix} and {reference.matrix} share {shared} genes")


def _likely_cause(ours: pd.Index, theirs: pd.Index, kind: str) -> str:
    if plain(ours).str.upper().isin(theirs.str.upper()).sum() > ours.isin(theirs).sum():
        return "the names differ in case: are they of one species? If they are, --gene_map can rename them"
    if (is_ensembl(ours).mean() > 0.5) != (is_ensembl(theirs).mean() > 0.5):
        return "one file has Ensembl identifiers, the other symbols: give a table gene_id,gene_name with --gene_map"
    if ours.isin(theirs).sum() > len(ours) / 2:
        doubt = "" if kind == "bulk" else "is its platform right, or "
        return f"the file has few genes: {doubt}should --min_shared_genes be lower?"
    return "use the same gene names in both files, genes in rows of a table"


def _refuse_collisions(plan: Plan, sheet: str) -> None:
    seen = set()
    for sample in plan.samples:
        if sample["id"] in seen and not any(f"'{sample['id']}'" in problem for problem in plan.problems):
            plan.problems.append(
                f"{sheet}: two samples would be named '{sample['id']}' (<sample>.<column>); rename one"
            )
        seen.add(sample["id"])
