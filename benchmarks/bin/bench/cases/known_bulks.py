"""Bulks of known composition, real and simulated, on which the intervals of proportions are judged."""

from collections.abc import Iterator
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
from bulk2space.contract import seeds
from bulk2space.contract.keys import Layers, Obs
from bulk2space.inputs import door

from . import blood_types, bulks
from .bulks import labels_of, types_of
from .data_sets import path
from .known_bulk import CELLS, SAMPLES, KnownBulk, as_bulk, simulated, sums
from .pairs import COMMON_ISLETS, role

MIXTURES = 60  # of the 340 mixtures of cell lines
ISLETS = ("sc_pancreas_xin", "sc_pancreas_panc8_small", "sc_pancreas_baron_subset")
HALVED = ("sc_pbmc_hao_small", "sc_celllines_celseq2_5cl", "sc_lymphoid_ref", "sc_pancreas_baron_subset",
          "sc_brain_zeisel_subset")  # fmt: skip
FEW_CELLS = {"NK": 5, "B": 5}  # of reference cells that are left of a type


def all_of(data: Path, *, judge: bool) -> Iterator[KnownBulk]:
    """Yield all cases; those with a judging set only if asked for."""
    for make in (sorted_blood, mixed_lines, halved, technologies, other_blood, other_islets, few_cells):
        yield from (case for case in make(data) if judge or case.role == "tuning")


def sorted_blood(data: Path) -> Iterator[KnownBulk]:
    """Yield real blood whose cells were counted by flow cytometry, by references of other laboratories."""
    name = "bulk_pbmc_finotello_facs"
    bulk = door.bulk(path(data, name))
    counted = ad.read_h5ad(path(data, name)).obs.filter(like="frac_").astype(float)
    counted = counted.rename(columns=lambda column: column.removeprefix("frac_"))
    for source, groups in blood_types.GROUPS.items():
        reference = door.reference(path(data, source), None)
        yield from _in_groups("counted by FACS", f"{name} by {source}", role(source), reference, bulk, counted, groups)


def mixed_lines(data: Path) -> Iterator[KnownBulk]:
    """Yield mixtures of the RNA of cell lines, in the designed proportions; the reference has two more lines."""
    case = bulks.mixtures(data)
    chosen = seeds.generator(0, "known", "mixtures").permutation(case.bulk.shape[0])[:MIXTURES]
    yield simulated(
        "mixed RNA", f"{bulks.MIXTURES} by {bulks.LINES}", case.reference, case.bulk[chosen], case.rna_fraction[chosen],
        content_is_known=True,
    )  # fmt: skip


def halved(data: Path) -> Iterator[KnownBulk]:
    """Yield sums of one half of a set's cells, by the other half as reference; for blood also without counts."""
    case = bulks.blood(data, 0, samples=SAMPLES, cells=CELLS)
    yield simulated("same experiment", f"halves of {case.source}", case.reference, case.bulk, case.proportion)
    bare = case.reference.copy()
    del bare.layers[Layers.COUNTS]
    yield simulated("same experiment", f"halves of {case.source}, no counts", bare, case.bulk, case.proportion)
    for name in HALVED:
        reference, held_out = bulks.halves(data, name, 0)
        bulk, numbers = sums(held_out, name)
        yield simulated("same experiment", f"halves of {name}", reference, bulk, numbers / CELLS, sets=(name,))


def technologies(data: Path) -> Iterator[KnownBulk]:
    """Yield islets measured by one technology, by a reference of another; proportions of mRNA."""
    for case in bulks.technologies(data, 0):
        yield simulated(
            "another technology", case.name, case.reference, case.bulk, case.rna_fraction, content_is_known=True
        )


def other_blood(data: Path) -> Iterator[KnownBulk]:
    """Yield sums of the blood cells of one laboratory, by references of others."""
    for source, known in blood_types.GROUPS.items():
        cells = door.reference(path(data, source), None)
        if role(source) == "judging" or Layers.COUNTS not in cells.layers or source == blood_types.ROUGH:
            continue
        cells = cells[np.isin(labels_of(cells), list(known))].copy()
        for other, groups in blood_types.GROUPS.items():
            if other == source:
                continue
            summed_cells, numbers = sums(cells, f"{other} {source}")
            truth = pd.DataFrame(numbers / CELLS, columns=types_of(cells)).T.groupby(known).sum().T
            reference = door.reference(path(data, other), None)
            bulk = as_bulk(summed_cells, cells)
            yield from _in_groups(
                "another laboratory", f"{source} by {other}", role(source, other), reference, bulk, truth, groups
            )


def other_islets(data: Path) -> Iterator[KnownBulk]:
    """Yield sums of the islet cells of one laboratory, by references of others; proportions of mRNA."""
    cells = {}
    for name in ISLETS:
        read = door.reference(path(data, name), None)
        read = read[np.isin(labels_of(read), COMMON_ISLETS)].copy()
        read.obs[Obs.CELL_TYPE] = read.obs[Obs.CELL_TYPE].cat.remove_unused_categories()
        cells[name] = read
    for source, other in [(source, other) for source in ISLETS for other in ISLETS if source != other]:
        alike = cells[source].copy()
        alike.layers.pop(Layers.COUNTS, None)  # cells of equal size, so that proportions of cells are those of mRNA
        bulk, numbers = sums(alike, f"{other} {source}")
        yield simulated(
            "another laboratory", f"{source} by {other}", cells[other], bulk, numbers / CELLS, genes=alike,
            sets=(source, other), content_is_known=True,
        )  # fmt: skip


def few_cells(data: Path) -> Iterator[KnownBulk]:
    """Yield halves of blood; few cells of one type are left in the reference, and only this type is judged."""
    case = bulks.blood(data, 0, samples=SAMPLES, cells=CELLS)
    labels, types = labels_of(case.reference), types_of(case.reference)
    for name, number in FEW_CELLS.items():
        kept = np.sort(np.concatenate([np.flatnonzero(labels != name), np.flatnonzero(labels == name)[:number]]))
        whole = simulated(
            "few reference cells", f"{case.source}, {number} of {name}", case.reference[kept].copy(), case.bulk,
            case.proportion,
        )  # fmt: skip
        rest = {one: one if one == name else "others" for one in types}
        yield whole._replace(groups=rest, truth=whole.truth.T.groupby(rest).sum().T[[name]])


def _in_groups(
    kind: str, name: str, of: str, reference: ad.AnnData, bulk: ad.AnnData, truth: pd.DataFrame, groups: dict[str, str]
) -> Iterator[KnownBulk]:
    """Yield a case of blood in fine groups and in broad ones."""
    for words, merged in (("fine", blood_types.FINE), ("broad", blood_types.BROAD)):
        if words == "fine" and groups is blood_types.GROUPS[blood_types.ROUGH]:
            continue  # the labels of its T cells are noisy
        shown = truth.T.groupby(merged).sum().T
        yield KnownBulk(
            kind, f"{name}, {words} groups", of, reference, bulk, shown.div(shown.sum(axis=1), axis=0),
            {one: merged[group] for one, group in groups.items()},
        )  # fmt: skip
