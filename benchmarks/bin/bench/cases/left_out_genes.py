"""Sections of which some genes are left out of every fit, to judge expected expression."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anndata as ad
import numpy as np
from bulk2space.composition.markers import select
from bulk2space.contract import seeds
from bulk2space.contract.expression import shared_genes
from bulk2space.inputs import door

from . import known_spots
from .data_sets import path
from .pairs import with_markers
from .real_sections import BULB, LYMPH_NODE

SIMULATED = (
    ("sc_mob_tepe", "sc_mob_tepe"), ("sc_pbmc3k_10x", "sc_pbmc3k_10x"), ("sc_pbmc3k_10x", "sc_pbmc_hao_small"),
    ("indrop", "celseq2"),
)  # fmt: skip
JUDGED = tuple((name, name) for name in ("sc_lymphoid_ref", "sc_pancreas_baron_subset", "sc_brain_zeisel_subset"))
MARKERS_PER_TYPE = 100
SMALLEST_LEFT_OUT = 20  # genes; with fewer, markers are left out, too


class Case(NamedTuple):
    """A section, its reference, and the names of the genes that tell the composition and of those that are left out."""

    name: str
    role: str
    reference: ad.AnnData
    section: ad.AnnData
    markers: list[str]
    left_out: list[str]


def cases(data: Path, *, judging: bool) -> Iterator[Case]:
    """Yield all cases: sections simulated from held-out cells, and real ones."""
    for names in SIMULATED + (JUDGED if judging else ()):
        source = known_spots.source(data, *names)
        for recipe, section, _ in known_spots.simulated(source.held_out):
            if recipe != "shallow":
                name = " and ".join(dict.fromkeys(names)) + f", {recipe}"
                yield _case(name, known_spots.role(*names), source.reference, section)
    yield from real(data, judging=judging)


def real(data: Path, *, judging: bool) -> Iterator[Case]:
    """Yield the real sections."""
    for names in (BULB, LYMPH_NODE) if judging else (BULB,):
        reference = door.reference(path(data, names[0]), None)
        section = door.section(path(data, names[1]), None, platform="spot")
        yield _case(names[1], known_spots.role(*names), reference, section)


def _case(name: str, role: str, reference: ad.AnnData, section: ad.AnnData) -> Case:
    """Return a case over the genes that both sides have; a random half of those that are no markers is left out."""
    genes = shared_genes(reference, section)
    reference, section = reference[:, genes].copy(), section[:, genes].copy()
    per_type = MARKERS_PER_TYPE
    while True:
        used = select(with_markers(reference).ranking, genes, per_type=per_type)
        others = np.array([gene for gene in genes if gene not in set(used)])
        if len(others) >= 2 * SMALLEST_LEFT_OUT or per_type == 1:
            break
        per_type //= 2
    left_out = seeds.generator(0, "left out", name).permutation(others)[: len(others) // 2]
    return Case(name, role, reference, section, used, sorted(left_out))
