"""Write the simulated sections of the grid of benchmarks, each with its reference and markers."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from ..runner.start import module, script
from .chosen_sections import CELLS_PER_SPOT, SECTIONS, SEED, SETS, TWO_TECHNOLOGIES
from .data_sets import JUDGING, path


class Section(NamedTuple):
    """Where a simulated section lies.

    Attributes
    ----------
    name
        Role, set, recipe and number of spots.
    reference, markers, spots, truth
        Its files.
    """

    name: dict[str, object]
    reference: Path
    markers: Path
    spots: Path
    truth: Path


def written(data: Path, folder: Path, *, judge: bool) -> Iterator[Section]:
    """Write and yield all sections; those of judging sets only if asked to."""
    for name, file in SETS.items():
        role = "judging" if file in JUDGING else "tuning"
        if role == "judging" and not judge:
            continue
        own = folder / name
        own.mkdir(parents=True, exist_ok=True)
        cut = ("--compositions", "own", "--seed", SEED, *TWO_TECHNOLOGIES.get(name, ()))
        module("split_reference", "--cells", path(data, file), *cut, "--output", own)
        script("rank_markers", own, reference="given.h5ad", output="markers.csv")
        for recipe, number in SECTIONS:
            spots, truth = (own / f"{recipe}.{number}.{part}.h5ad" for part in ("section", "truth"))
            module(
                "simulate_section", "--held-out", own / "held_out.h5ad", "--recipe", recipe, "--spots", number,
                "--cells-per-spot", CELLS_PER_SPOT, "--seed", SEED, "--section", spots, "--truth", truth,
            )  # fmt: skip
            row = {"role": role, "set": name, "recipe": recipe, "spots": number}
            yield Section(row, own / "given.h5ad", own / "markers.csv", spots, truth)
