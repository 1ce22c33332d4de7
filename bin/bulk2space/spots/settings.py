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
    composition
        Whose proportions count, one of :data:`.bulk_and_section.COMPOSITIONS`.
    scorer
        Name of the scorer, one of :data:`.scorers.SCORERS`, or ``auto`` to let the section decide.
    max_cell_reuse
        How often a cell may be placed.
    threads
        CPU threads.
    """

    sample: str
    seed: int
    composition: str
    scorer: str
    max_cell_reuse: int
    threads: int

    def recorded(self) -> dict[str, Any]:
        """Return what the result records; threads change nothing."""
        return {name: value for name, value in vars(self).items() if name != "threads"}
