"""What a samplesheet asks for: distinct files, samples, their joins; and every problem, found before any heavy task."""

import itertools
import math
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import pandas as pd

from . import door
from .io import read_mrna_content
from .problems import InputError, few
from .proportions import check_mrna_content
from .samplesheet import PLATFORMS, Row, nearest, read_rows, row_problems
from .truth import read_truth

FEWEST_SHARED_GENES = {"bulk": 100, "spot": 100, "image": 20}


@dataclass(frozen=True)
class Options:
    """What holds where a row says nothing."""

    celltype_key: str = "cell_type"
    cells_per_spot: int = 10
    cell_ratio: float = 1.0
    min_shared_genes: int | None = None
    mrna_content: Path | None = None
    truth: Path | None = None


@dataclass
class Plan:
    """Distinct files and samples, what a user should know of them, and what is wrong."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    summary: list[str] = field(default_factory=list)
    bulks: list[dict] = field(default_factory=list)
    references: list[dict] = field(default_factory=list)
    sections: list[dict] = field(default_factory=list)
    samples: list[dict] = field(default_factory=list)
    cell_types: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, list]:
        """Return the plan for JSON."""
        return asdict(self)


class Source(NamedTuple):
    """One distinct input: a matrix with, perhaps, its metadata."""

    kind: str
    matrix: str
    meta: str = ""
    platform: str = ""

    def read(self, files: dict[str, Path], options: Options) -> ad.AnnData:
        """Read, check and normalise it as the NORMALIZE step will."""
        matrix, meta = files[self.matrix], files.get(self.meta)
        if self.kind == "bulk":
            return door.bulk(matrix)
        if self.kind == "reference":
            return door.reference(matrix, meta, celltype_key=options.celltype_key)
        return door.section(matrix, meta, platform=self.platform, celltype_key=options.celltype_key)


class Content(NamedTuple):
    """What the joins need to know of an input."""

    names: pd.Index
    genes: pd.Index
    filled: int
    """Observations with any expression."""
    types: list[str]
    """Cell types of a reference, or labels of imaged cells."""


def make_plan(sheet: Path, files: dict[str, Path], options: Options) -> Plan:
    """Read a samplesheet and every file that it names, and plan the samples.

    Parameters
    ----------
    sheet
        The samplesheet.
    files
        Where each path of the sheet lies; a path that was not found is not in it.
    options
        What holds where a row says nothing.

    Returns
    -------
    The plan; it may be carried out if it has no problems.
    """
    plan = Plan()
    try:
        rows = read_rows(sheet)
    except InputError as problem:
        plan.problems.append(str(problem))
        return plan
    plan.problems += row_problems(rows, sheet.name, files)
    ids = _identifiers(rows)
    contents = _read_all(ids, files, options, plan)
    for row in rows:
        _plan_row(row, sheet.name, ids, contents, options, plan)
    _refuse_collisions(plan, sheet.name)
    if options.truth:
        _check_truth(options.truth, plan)
    return plan


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


def _sources(row: Row) -> list[Source]:
    sources = [Source("bulk", row.bulk), Source("reference", row.reference, row.reference_meta)]
    if row.spatial:
        sources.append(Source("section", row.spatial, row.spatial_meta, row.platform))
    return sources


def _identifiers(rows: Iterable[Row]) -> dict[Source, str]:
    """Name every distinct input after its file; after its whole path where two files bear the same name."""
    sources = list(dict.fromkeys(source for row in rows for source in _sources(row) if source.matrix))
    stems = {source: _sanitized(_stem(source.matrix)) for source in sources}
    named = [(source.kind, stem) for source, stem in stems.items()]
    ids: dict[Source, str] = {}
    for source, stem in stems.items():
        name = stem if named.count((source.kind, stem)) == 1 else _sanitized("_".join(filter(None, source[1:])))
        taken = {other for known, other in ids.items() if known.kind == source.kind}
        ids[source] = next(free for n in itertools.count(1) if (free := name if n == 1 else f"{name}_{n}") not in taken)
    return ids


def _stem(path: str) -> str:
    return re.sub(r"\.(h5ad|csv|tsv|txt)(\.gz)?$", "", path.rsplit("/", 1)[-1], flags=re.IGNORECASE)


def _sanitized(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9_.-]", "_", name).lstrip(".-") or "_"


def _read_all(ids: dict[Source, str], files: dict[str, Path], options: Options, plan: Plan) -> dict[Source, Content]:
    contents = {}
    mrna_content = None
    try:
        mrna_content = read_mrna_content(options.mrna_content)
    except InputError as problem:
        plan.problems.append(str(problem))
    targets = {"bulk": plan.bulks, "reference": plan.references, "section": plan.sections}
    for source, name in ids.items():
        entry = {"id": name, "matrix": source.matrix}
        if source.kind != "bulk":
            entry["meta"] = source.meta or None
        if source.kind == "section":
            entry["platform"] = source.platform
        targets[source.kind].append(entry)
        found = source.matrix in files and (not source.meta or source.meta in files)
        if not found or (source.kind == "section" and source.platform not in PLATFORMS):
            continue
        try:
            adata = source.read(files, options)
        except InputError as problem:
            plan.problems.append(str(problem))
            continue
        if source.kind == "reference":
            types = list(adata.obs["cell_type"].cat.categories)
            plan.cell_types = sorted({*plan.cell_types, *types})
            if mrna_content is not None:
                try:
                    check_mrna_content(mrna_content, types)
                except InputError as problem:
                    plan.problems.append(f"--mrna_content: {problem} ({source.matrix})")
        plan.warnings += list(adata.uns["notes"])
        plan.summary.append(f"{source.kind} {name}: {_in_words(source, adata)}")
        filled = int((adata.X.sum(axis=1) > 0).sum())
        labels = sorted(adata.obs["cell_type"].dropna().unique()) if "cell_type" in adata.obs else []
        contents[source] = Content(adata.obs_names, adata.var_names, filled, labels)
    return contents


def _in_words(source: Source, adata: ad.AnnData) -> str:
    things = {
        "bulk": "samples",
        "reference": "cells",
        "section": "spots" if source.platform == "spot" else "cells",
    }
    words = f"{adata.n_obs} {things[source.kind]} × {adata.n_vars} genes, units {adata.uns['units']['input']}"
    if source.kind == "reference":
        sizes = adata.obs["cell_type"].value_counts().sort_index()
        words += f", {len(sizes)} types: " + ", ".join(f"{cell_type} {size}" for cell_type, size in sizes.items())
    return words


def _plan_row(
    row: Row,
    sheet: str,
    ids: dict[Source, str],
    contents: dict[Source, Content],
    options: Options,
    plan: Plan,
) -> None:
    bulk, reference, *section = _sources(row)
    if bulk not in contents:
        return
    columns = _bulk_columns(row, sheet, contents[bulk], plan)
    if reference not in contents or (section and section[0] not in contents):
        return
    cells_per_spot = int(row.cells_per_spot) if row.cells_per_spot.isdecimal() else options.cells_per_spot
    n_cells = math.ceil(options.cell_ratio * contents[reference].filled)
    _check_genes(row, sheet, "bulk", bulk, reference, contents, options, plan)
    if section:
        _check_genes(row, sheet, row.platform, section[0], reference, contents, options, plan)
        strange = [name for name in contents[section[0]].types if name not in contents[reference].types]
        if strange:
            plan.warnings.append(
                f"{sheet}, line {row.line}: the labels {few(strange)} of {row.spatial} are no types of "
                f"{row.reference}, so their cells will be given other types"
            )
        if row.platform == "spot":
            n_cells = max(n_cells, contents[section[0]].filled * cells_per_spot)
    for sample, column in columns.items():
        plan.samples.append(
            {
                "id": sample,
                "bulk": ids[bulk],
                "bulk_column": column,
                "reference": ids[reference],
                "section": ids[section[0]] if section else None,
                "platform": row.platform or None,
                "cells_per_spot": cells_per_spot,
                "n_cells": n_cells,
                "condition": row.condition or None,
            }
        )
        where = f", {row.platform} section {ids[section[0]]}" if section else ""
        plan.summary.append(
            f"sample {sample}: bulk column {column}, reference {ids[reference]}{where}, {n_cells} cells"
        )


def _bulk_columns(row: Row, sheet: str, bulk: Content, plan: Plan) -> dict[str, str]:
    """Return the samples of a row and the bulk column of each."""
    if row.bulk_column and row.bulk_column not in bulk.names:
        plan.problems.append(
            f"{sheet}, line {row.line}: {row.bulk} has no column '{row.bulk_column}'"
            f"{nearest(row.bulk_column, bulk.names)}; its columns are {few(bulk.names)}"
        )
        return {}
    if row.bulk_column or len(bulk.names) == 1:
        return {row.sample: row.bulk_column or bulk.names[0]}
    names = [(f"{row.sample}.{_sanitized(column)}", column) for column in bulk.names]
    samples = dict(names)
    if len(samples) < len(names):
        twice = next(sample for sample, column in names if samples[sample] != column)
        plan.problems.append(
            f"{sheet}, line {row.line}: two columns of {row.bulk} make the same sample name '{twice}'; "
            f"rename one, or give each a row with its bulk_column"
        )
    return samples


def _check_genes(
    row: Row,
    sheet: str,
    kind: str,
    source: Source,
    reference: Source,
    contents: dict[Source, Content],
    options: Options,
    plan: Plan,
) -> None:
    """Refuse files that share too few genes with their reference; name the likely cause."""
    fewest = options.min_shared_genes or FEWEST_SHARED_GENES[kind]
    ours, theirs = contents[source].genes, contents[reference].genes
    shared = int(ours.isin(theirs).sum())
    said = f"{sheet}, line {row.line}: {source.matrix} and {reference.matrix} share {shared} of {len(ours)} genes"
    if shared < fewest:
        cause = _likely_cause(ours, theirs, contents[source].names)
        plan.problems.append(f"{said}, fewer than the {fewest} needed: {few(ours)} against {few(theirs)}; {cause}")
    elif shared < 2 * fewest:
        plan.warnings.append(f"{said}; results on so few are unsure")
    else:
        plan.summary.append(f"line {row.line}: {source.matrix} and {reference.matrix} share {shared} genes")


def _likely_cause(ours: pd.Index, theirs: pd.Index, observations: pd.Index) -> str:
    if observations.isin(theirs).any():
        return "genes stand in the columns: turn the table round"
    if ours.str.upper().isin(theirs.str.upper()).sum() > ours.isin(theirs).sum():
        return "the names differ in case: are they of one species?"
    if ours.str.startswith("ENS").any() != theirs.str.startswith("ENS").any():
        return "one file has Ensembl identifiers, the other symbols: use one kind in both"
    if ours.isin(theirs).sum() > len(ours) / 2:
        return "the file has few genes: is its platform right, or should --min_shared_genes be lower?"
    return "use the same gene names in both files"


def _refuse_collisions(plan: Plan, sheet: str) -> None:
    seen = set()
    for sample in plan.samples:
        if sample["id"] in seen and not any(f"'{sample['id']}'" in problem for problem in plan.problems):
            plan.problems.append(
                f"{sheet}: two samples would be named '{sample['id']}' (<sample>.<column>); rename one"
            )
        seen.add(sample["id"])
