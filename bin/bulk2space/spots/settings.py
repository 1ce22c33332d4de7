"""What placing is told: its options, as map_spots.py reads them from the command line."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True, kw_only=True)
class Settings:
    """Options of the step.

    Attributes
    ----------
    sample
        Id of the sample.
    seed
        Seed of the run.
    markers_per_type
        How many marker genes of each type to work on.
    method
        How spots are fitted, one of :data:`.composition.bulk.METHODS`.
    composition
        Whose proportions count, one of :data:`.bulk_and_section.COMPOSITIONS`.
    smoothing
        Weight of a spot's neighbours, 0 to 1; None to let the section decide.
    cells_by
        What decides how many cells a spot holds, one of :data:`.cells_per_spot.WAYS`.
    cells_per_spot
        Cells of every spot, or of an average spot.
    scorer
        Name of the scorer, one of :data:`.scorers.SCORERS`, or ``auto`` to let the section decide.
    max_cell_reuse
        How often a cell may be placed.
    spot_diameter
        In coordinate units; None to take it from the section.
    threads
        CPU threads.
    """

    sample: str
    seed: int
    markers_per_type: int
    method: str
    composition: str
    smoothing: float | None
    cells_by: str
    cells_per_spot: int
    scorer: str
    max_cell_reuse: int
    spot_diameter: float | None
    threads: int

    def recorded(self) -> dict[str, Any]:
        """Return what the result records: the diameter has an entry of its own, and threads change nothing."""
        given = {name: value for name, value in vars(self).items() if name not in ("spot_diameter", "threads")}
        return given | {"smoothing": "auto" if self.smoothing is None else self.smoothing}
