"""Which samples go through one task: those that share bulk and reference, some at a time."""

from collections.abc import Sequence

from .plan import Chunk, Sample

SIZES = ((8, 1), (128, 8))
"""Up to how many samples of one bulk and reference a task takes how many: a few samples run side by side."""
LARGEST_SIZE = 32
"""Samples of a task where there are more: what a task loads is then a small part of its time."""


def chunks(samples: Sequence[Sample], size: int | None) -> list[Chunk]:
    """Divide samples among tasks, in the order of the samplesheet.

    A sample with a section has a task of its own. New rows at the end of the sheet leave the earlier tasks as they are,
    unless the number of samples per task is chosen anew.

    Parameters
    ----------
    samples
        All samples of the run.
    size
        Most samples of a task; None: chosen from how many samples share bulk and reference.
    """
    groups: dict[tuple[str, ...], list[Sample]] = {}
    for sample in samples:
        own = (sample.id,) if sample.section else ()
        groups.setdefault((sample.bulk, sample.reference, *own), []).append(sample)
    return [chunk for group in groups.values() for chunk in _divided(group, size or chosen_size(len(group)))]


def chosen_size(n_samples: int) -> int:
    """Return how many of the samples of one bulk and reference a task takes where the user does not say."""
    return next((size for most, size in SIZES if n_samples <= most), LARGEST_SIZE)


def _divided(group: list[Sample], size: int) -> list[Chunk]:
    """Divide samples of one bulk and reference."""
    parts = [(start, group[start : start + size]) for start in range(0, len(group), size)]
    return [Chunk(_name(start, part), [sample.id for sample in part]) for start, part in parts]


def _name(start: int, part: list[Sample]) -> str:
    """Return a task's name; that of several samples has spaces, which no sample's name has."""
    first = part[0]
    if len(part) == 1:
        return first.id
    return f"{first.bulk} with {first.reference}, {start + 1}-{start + len(part)}"
