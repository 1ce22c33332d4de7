"""The plan of a run, with every problem, before any heavy task: the samplesheet joined with its inputs' findings."""

import logging
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from ...contract import colours, remarks
from ...contract.findings import Findings
from ...contract.mrna_content import check_mrna_content, read_mrna_content
from ...contract.problems import InputError, Problem, of_parameter
from ...contract.table_lines import separator
from ...contract.truth import read_truth
from .chunks import chunks
from .covariates import typed
from .note_factors import note_factors
from .plan import Input, Options, Plan
from .row_samples import Inputs, plan_row
from .samplesheet import Row, read_rows
from .shown import note_untested, pair_problems, shown
from .sources import Source, identifiers, sources

log = logging.getLogger(__name__)


def make_plan(
    sheet: Path, findings: Mapping[tuple[str, str], Findings], problems: list[Problem], options: Options
) -> Plan:
    """Plan the samples of a samplesheet.

    Remarks on the inputs are in the plan. Remarks on how the inputs join are logged.

    Parameters
    ----------
    sheet
        The samplesheet.
    findings
        What was found in each input, by kind and id.
    problems
        What the check of the samplesheet itself found.
    options
        Parameters of the run.
    """
    plan = Plan(problems=list(problems))
    try:
        rows = read_rows(sheet)
    except InputError:  # one of the check's problems
        return plan
    ids = identifiers(rows)
    found = {source: findings[source.kind, name] for source, name in ids.items() if (source.kind, name) in findings}
    inputs = Inputs(sheet.name, ids, {source: content for source, content in found.items() if not content.problem})
    for source, content in found.items():
        if content.problem:
            _add_problem(source, content.problem, rows, inputs, plan)
        else:
            _add_input(source, content, plan)
    plan.colours = colours.of_references(
        {content.id: content.types for source, content in found.items() if _is_reference(source)}
    )
    for row, covariates in zip(rows, typed(rows), strict=True):
        plan_row(row, covariates, inputs, options, plan)
    _refuse_collisions(rows, sheet.name, plan)
    plan.problems += pair_problems(plan.samples, sheet.name)
    if options.skip_cells:
        _refuse_sections(rows, sheet.name, plan)
    _check_mrna_content(options.mrna_content, inputs, plan)
    _check_truth(options.truth, plan)
    if not plan.problems:
        plan.samples = shown(plan.samples, options.report_samples)
        note_untested(plan.samples)
        note_factors(plan.samples)
        plan.chunks += chunks(plan.samples, options.samples_per_task)
        plan.summary.append(tasks_in_words(plan, options))
    return plan


def _is_reference(source: Source) -> bool:
    return source.kind == "reference"


def _add_input(source: Source, found: Findings, plan: Plan) -> None:
    plan.remarks += found.remarks
    plan.summary.append(f"{found.kind} {source.in_words()}: {found.summary}")
    paths = [path for path in (source.matrix, source.meta) if path]
    plan.inputs.append(
        Input(found.kind, found.id, found.shape, found.unit, found.units, found.matrix, paths, found.files)
    )


def _add_problem(source: Source, problem: Problem, rows: list[Row], inputs: Inputs, plan: Plan) -> None:
    """Add an input's problem with its line in the samplesheet; that of a parameter once, though each input has it."""
    if problem.parameter:
        plan.problems += [problem] if problem not in plan.problems else []
    elif not _awaits_reference(source, rows, inputs):
        line = next(row.line for row in rows if source in sources(row))
        sentence = f"{problem.sentence} ({inputs.sheet}, line {line})"
        plan.problems.append(Problem(sentence, subject=inputs.ids[source]))


def _awaits_reference(source: Source, rows: list[Row], inputs: Inputs) -> bool:
    """Tell whether a table was read without its reference, whose names would have shown on which side its genes are."""
    if _is_reference(source) or separator(Path(source.matrix)) is None:
        return False
    row = next(row for row in rows if source in sources(row))
    return sources(row)[1] not in inputs.found


def _refuse_collisions(rows: list[Row], sheet: str, plan: Plan) -> None:
    """Refuse equal names of samples of different rows, unless the rows' own names are equal: the check names those."""
    repeated = {name for name, times in Counter(row.sample for row in rows).items() if times > 1}
    for name, times in Counter(sample.id for sample in plan.samples).items():
        if times > 1 and name not in repeated:
            sentence = f"{sheet}: {times} samples would have the name '{name}' (<sample>.<column>); rename one"
            plan.problems.append(Problem(sentence, subject=name))


def _refuse_sections(rows: list[Row], sheet: str, plan: Plan) -> None:
    """Refuse sections where no cells are generated to place on them."""
    placed = [row for row in rows if row.spatial]
    if placed:
        line, name, more = placed[0].line, placed[0].sample, len(placed) - 1
        others = f" (and {more} more rows have one)" if more else ""
        sentence = (
            f"{sheet}, line {line}: sample {name} has a section{others}, which needs cells, and --skip_cells generates "
            f"none; leave out the section or --skip_cells"
        )
        plan.problems.append(Problem(sentence, subject=name, parameter="skip_cells"))


def _check_mrna_content(path: Path | None, inputs: Inputs, plan: Plan) -> None:
    try:
        with of_parameter("mrna_content"):
            content = read_mrna_content(path)
    except InputError as problem:
        plan.problems.append(Problem.of(problem))
        return
    if content is None:
        return
    for source, found in inputs.found.items():
        if _is_reference(source):
            try:
                with of_parameter("mrna_content"):
                    check_mrna_content(content, list(found.types))
            except InputError as problem:
                sentence = f"{problem} ({source.matrix})"
                plan.problems.append(Problem(sentence, inputs.ids[source], problem.parameter))


def _check_truth(folder: Path | None, plan: Plan) -> None:
    if folder is None:
        return
    is_known = False
    for sample in plan.samples:
        try:
            is_known |= bool(read_truth(folder, sample.id))
        except InputError as problem:
            is_known = True
            plan.problems.append(Problem(str(problem), sample.id, "truth"))
    if plan.samples and not is_known:
        remarks.warn(
            log,
            "no_ground_truth",
            f"{folder.name}: has no table of any sample; give the ground truth as <sample>/proportions.csv, "
            f"<sample>/spots.csv or <sample>/image.csv",
        )


def tasks_in_words(plan: Plan, options: Options) -> str:
    """Return the number of tasks that a run has after this one, by process, as a line of the log."""
    counts = task_counts(plan, options)
    return f"{sum(counts.values())} tasks to run: {', '.join(f'{count} {name}' for name, count in counts.items())}"


def task_counts(plan: Plan, options: Options) -> dict[str, int]:
    """Return how many tasks each process has after the plan; processes without a task are left out."""
    samples, n_chunks = plan.samples, len(plan.chunks)
    references = len({sample.reference for sample in samples})
    pairs = len({(sample.bulk, sample.reference) for sample in samples})
    platforms = [sample.platform for sample in samples]
    cohorts = len({sample.cohort for sample in samples} - {None})
    counts = {
        "RANK_MARKERS": references,
        "TRAIN_VAE": 0 if options.skip_cells else references,
        "ESTIMATE_PROPORTIONS": pairs,
        "ESTIMATE_EXPRESSION": pairs,
        "JUDGE_FIT": n_chunks,
        "GENERATE_CELLS": 0 if options.skip_cells else n_chunks,
        "SAMPLE_PROPORTIONS": n_chunks if options.skip_cells else 0,
        "FIT_SPOTS": platforms.count("spot"),
        "MAP_SPOTS": platforms.count("spot"),
        "MAP_CELLS": platforms.count("image"),
        "VALIDATE_GENES": platforms.count("image") if options.validate_genes else 0,
        "WRITE_SPATIALDATA": len(platforms) - platforms.count(None) if options.write_spatialdata else 0,
        "DESCRIBE_SECTION": len(platforms) - platforms.count(None),
        "PLOT_SAMPLE": n_chunks,
        "EXPLORE_SECTION": platforms.count("spot") + platforms.count("image"),
        "COMPARE_SAMPLES": cohorts,
        "PLOT_COHORT": cohorts,
        "MULTIQC": 1,
    }
    return {name: count for name, count in counts.items() if count}
