"""The pipeline's steps, run by its own scripts on the files of one folder."""

import json
from pathlib import Path

from .start import Ended, script

SAMPLE = "sample"  # the id that the steps are told
ONE_THREAD = {
    "rank_markers",
    "estimate_proportions",
    "normalize",
    "judge_fit",
    "fit_spots",
    "plot_sample",
}  # scripts without an option --threads


class Steps:
    """The steps from a reference, a bulk and a section to placed cells.

    The folder holds ``reference.h5ad`` and, for the steps that need them, ``bulk.h5ad`` and ``section.h5ad``.

    Parameters
    ----------
    folder
        Where all files are read from and written to.
    seed
        Seed of every step that draws; None leaves it to the scripts.
    threads
        Threads of each step; None leaves them to the scripts and the machine.
    """

    def __init__(self, folder: Path, *, seed: int | None = None, threads: int | None = None):
        self.folder, self.seed, self.threads = folder, seed, threads

    def rank_markers(self) -> Ended:
        """Write markers.csv."""
        return self._run("rank_markers", reference="reference.h5ad", output="markers.csv")

    def estimate_proportions(self) -> Ended:
        """Write estimates.csv of all samples of the bulk."""
        return self._run(
            "estimate_proportions", reference="reference.h5ad", bulk="bulk.h5ad", markers="markers.csv",
            seed=self.seed, output="estimates.csv",
        )  # fmt: skip

    def train(self, network: str = "vae.pt", **options: object) -> Ended:
        """Write a network and training.csv; options are those of ``train_vae.py``."""
        return self._run(
            "train_vae", reference="reference.h5ad", **options, seed=self.seed, output=network,
            history="training.csv",
        )  # fmt: skip

    def generate(self, column: str, cells: int, *, estimates: str = "estimates.csv", calibrate: bool = True) -> Ended:
        """Write cells.h5ad and proportions.csv of one column of the bulk."""
        samples = [{"id": SAMPLE, "bulk_column": column, "n_cells": cells}]
        (self.folder / "samples.json").write_text(json.dumps(samples))
        ended = self._run(
            "generate_cells", samples="samples.json", reference="reference.h5ad", bulk="bulk.h5ad",
            proportions=estimates, vae="vae.pt", calibrate=calibrate, seed=self.seed,
        )  # fmt: skip
        for name in ("cells.h5ad", "proportions.csv"):
            (self.folder / f"{SAMPLE}.{name}").replace(self.folder / name)
        return ended

    def normalize_section(self, matrix: Path) -> Ended:
        """Write section.h5ad of a section of spots in a user's format."""
        return self._run(
            "normalize", "section", id="section", matrix=matrix, platform="spot", output="section.h5ad",
            findings="section.json",
        )  # fmt: skip

    def judge(self) -> Ended:
        """Write the verdict on the sample's bulk and section."""
        return self._run(
            "judge_fit", samples="samples.json", bulk="bulk.h5ad", estimates="estimates.csv",
            reference="reference.h5ad", markers="markers.csv", section="section.h5ad", seed=self.seed,
        )  # fmt: skip

    def plot(self, name: str) -> Ended:
        """Draw the report's figures of ``<name>.spatial.h5ad``."""
        (self.folder / "shown.json").write_text(json.dumps([{"id": SAMPLE}]))
        for table in ("cells.h5ad", "proportions.csv"):
            (self.folder / table).rename(self.folder / f"{SAMPLE}.{table}")
        return self._run(
            "plot_sample", samples="shown.json", reference="reference.h5ad", markers="markers.csv",
            training="training.csv", section="section.h5ad", spatial=f"{name}.spatial.h5ad",
            spots=f"{name}.spots.csv", expected="spots.h5ad", seed=self.seed, output="plots",
        )  # fmt: skip

    def fit_spots(self, output: str = "composition.h5ad", *, bulk: str = "cells.h5ad", **options: object) -> Ended:
        """Write the fitted section; options are those of ``fit_spots.py``. The cells have the genes of their bulk."""
        return self._run(
            "fit_spots", reference="reference.h5ad", section="section.h5ad", bulk=bulk, markers="markers.csv",
            **options, sample=SAMPLE, seed=self.seed, output=output,
        )  # fmt: skip

    def place(self, name: str, **options: object) -> Ended:
        """Write ``<name>.spatial.h5ad`` and ``<name>.spots.csv``; options are those of ``map_spots.py``."""
        return self._run(
            "map_spots", cells="cells.h5ad", reference="reference.h5ad", section="section.h5ad",
            fitted="composition.h5ad", proportions="proportions.csv", markers="markers.csv", **options, sample=SAMPLE,
            seed=self.seed, output=f"{name}.spatial.h5ad", table=f"{name}.spots.csv",
        )  # fmt: skip

    def _run(self, name: str, *words: object, **options: object) -> Ended:
        if name not in ONE_THREAD:
            options["threads"] = self.threads
        return script(name, self.folder, *words, library_threads=self.threads, **options)
