"""The data sets that the benchmarks read, and which of them are kept for judging."""

from pathlib import Path

BLOOD = "sc_pbmc3k_10x"
JUDGING = {"sc_lymphoid_ref", "sc_pancreas_baron_subset", "sc_brain_zeisel_subset"}
"""Sets that took no part in any choice of this project. All others are tuning sets, which defaults were chosen on."""


def path(folder: Path, name: str = BLOOD) -> Path:
    """Return the path of a data set; end the benchmark with a sentence if it is not in the folder."""
    found = folder / f"{name}.h5ad"
    if not found.exists():
        raise SystemExit(f"ERROR: --data: {found} is not there, name the folder with the benchmark's data sets")
    return found
