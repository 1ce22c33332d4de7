#!/usr/bin/env python3
"""Print whether the bulk matters: from a bulk, a reference and a section to cells in space, against a known tissue.

Blood cells of known kinds, several of which go by one type's name, are split by half: a reference, and the cells of two
tissues of one layout. The section measures the one, the bulk the other, and the truth is the bulk's: its cells in their
places. Bulk and section are measured with a factor on each gene, as other laboratories and platforms would. The
pipeline's own scripts run on them, and other ways beside. The table is kept for docs/benchmarks.md.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "bin"), str(ROOT / "benchmarks" / "bin")]

from bench import data_sets, tissues, whole_way  # noqa: E402
from bench.linear_assignment import best_places  # noqa: E402
from bench.place_scores import Placed, scores, spot_sums, telling_genes  # noqa: E402
from bench.tissues import CELLS_PER_SPOT, KINDS, SPOTS, TYPES  # noqa: E402
from bulk2space.composition import markers  # noqa: E402
from bulk2space.contract.io import read_h5ad, read_table, write_h5ad  # noqa: E402
from bulk2space.generator.generate import draw_sources  # noqa: E402
from bulk2space.numerics.scaling import log_normalize  # noqa: E402
from bulk2space.numerics.shares import largest_remainder  # noqa: E402

SEEDS = (0, 1)
FACTORS = 0.4  # standard deviation of the log factors of genes, of the bulk's and of the section's
CAPTURE = 0.3  # of a cell's molecules that a spot sees
MARKERS = 100  # a type, the pipeline's default
JUDGED = 200  # genes, none of them a marker, that expression is judged by


def main() -> None:
    """Take the folders from the command line; print and keep the table."""
    args = data_sets.options(__doc__).parse_args()
    source = data_sets.path(args.data)
    cells = ad.read_h5ad(source)
    args.results.mkdir(parents=True, exist_ok=True)
    rows = []
    for seed in SEEDS:
        with tempfile.TemporaryDirectory() as folder:
            rows += [{"seed": seed} | row for row in Simulation(cells, seed, Path(folder)).rows()]
    table = pd.DataFrame(rows)
    table["value"] = table["value"].round(4)  # so that the page, read from the file, says the same
    table.to_csv(args.results / "end_to_end.csv", index=False)
    print(whole_way.table(table).to_string(index=False))
    print("\n".join(whole_way.verdict(table)))


class Simulation:
    """One split of the cells, one layout, the files made of them, and the ways run on these.

    Parameters
    ----------
    cells
        Real cells with counts in `X` and their kind in `obs['cell_type']`.
    seed
        Of the split, the tissues, the measurements and the pipeline's steps.
    folder
        Where the files go.
    """

    def __init__(self, cells: ad.AnnData, seed: int, folder: Path):
        self.folder, self.rng, self._seed = folder, np.random.default_rng(seed), ("--seed", seed)
        counts, kinds = sp.csr_matrix(cells.X, dtype=np.float32), cells.obs["cell_type"].to_numpy(dtype=str)
        known, held = tissues.halves(kinds, self.rng)
        self.kinds, self.counts, self.genes = kinds[known], counts[known], cells.var_names
        self.names = pd.Index([f"r{n}" for n in range(len(known))])
        places = tissues.lattice()
        layout = tissues.Layout(places, self.rng)

        def drawn(shift: tuple[dict, dict]) -> Placed:
            made = tissues.tissue(layout.numbers(*shift), kinds[held], self.rng)
            return Placed(made.spot, kinds[held][made.cell], counts[held][made.cell])

        self.truth = {name: drawn(shift) for name, shift in tissues.SCENARIOS.items()}
        company = [drawn(shift) for shift in tissues.COMPANY.values()]
        sampled = [*tissues.SCENARIOS, *tissues.COMPANY]
        sums = np.array([tissue.counts.sum(axis=0).A1 for tissue in [*self.truth.values(), *company]])
        self._write("bulk", self._measured(sums), pd.DataFrame(index=sampled))
        of_section = drawn(({}, {}))
        seen = CAPTURE * spot_sums(of_section.spot, of_section.counts).toarray()
        self._write("section", self._measured(seen), pd.DataFrame(index=[f"s{n}" for n in range(SPOTS)]), places)
        types = [TYPES[kind] for kind in self.kinds]
        self._write("reference", self.counts, pd.DataFrame({"cell_type": types}, index=self.names))

    def _measured(self, expected: np.ndarray) -> sp.csr_matrix:
        """Return counts of expected ones, observations × genes, each gene with a factor of the laboratory's own."""
        factors = np.exp(self.rng.normal(0, FACTORS, expected.shape[1]))
        return sp.csr_matrix(self.rng.poisson(expected * factors).astype(np.float32))

    def _write(self, name: str, counts: sp.csr_matrix, obs: pd.DataFrame, places: np.ndarray | None = None) -> None:
        """Write a file as the pipeline's normalisation does: a bulk linear, others in log values beside counts."""
        made = ad.AnnData(
            counts if name == "bulk" else log_normalize(counts), obs=obs, var=pd.DataFrame(index=self.genes)
        )
        if name != "bulk":
            made.layers["counts"] = counts
        if places is not None:
            made.obsm["spatial"] = places
        write_h5ad(made, self.folder / f"{name}.h5ad")

    def rows(self) -> Iterator[dict]:
        """Run all ways; yield one row a scenario, way and figure."""
        self._run("rank_markers", "reference", output="markers.csv")
        self._run("train_vae", "reference", *self._seed, output="vae.pt", history="training.csv")
        self._run("estimate_proportions", "bulk reference markers", *self._seed, output="proportions.csv")
        ranking = read_table(self.folder / "markers.csv")
        used = self.genes.isin(markers.select(ranking, list(self.genes), per_type=MARKERS))
        genes = telling_genes(self.counts, self.kinds, ~used, JUDGED)
        ignoring = self._ignoring()
        for scenario, truth in self.truth.items():
            self._generate(scenario, "proportions.csv", "--calibrate")
            placed = {
                whole_way.DEFAULT: self._map(),
                whole_way.TO_BULK: self._map("--composition", "bulk"),
                whole_way.BOTH: self._map("--composition", "both"),
                whole_way.IGNORED: ignoring,
                whole_way.CORRELATION: self._by_correlation(scenario),
                whole_way.RANDOM: self._map("--scorer", "random"),
                whole_way.REACH: self._true_states(truth),
            }
            for way, found in placed.items():
                for figure, value in scores(found, truth, genes).items():
                    yield {"scenario": scenario, "way": way, "figure": figure, "value": value}

    def _ignoring(self) -> Placed:
        """Generate cells in the reference's own proportions, without calibration, and map them."""
        share = pd.Series([TYPES[kind] for kind in self.kinds]).value_counts(normalize=True).sort_index()
        table = pd.DataFrame({"sample": "none", "cell_type": share.index, "proportion": share.to_numpy()})
        for column in ("ci_low", "ci_high", "rna_fraction"):
            table[column] = table["proportion"]
        table.assign(residual=0.0).to_csv(self.folder / "own.csv", index=False)
        self._generate("none", "own.csv")
        return self._map()

    def _by_correlation(self, scenario: str) -> Placed:
        """Resample reference cells in the bulk's estimated proportions; give each a place by correlation.

        One linear assignment over the section with the correlation of log values over all genes as its profit
        (CytoSPACE's formulation; Vahid et al. 2023, Nat Biotechnol 41:1543). Spots have no quotas of types.
        """
        table = read_table(self.folder / "proportions.csv")
        share = table[table["sample"] == scenario].set_index("cell_type")["proportion"]
        number = largest_remainder(share.to_numpy()[None], np.array([SPOTS * CELLS_PER_SPOT]))[0]
        types = np.array([TYPES[kind] for kind in self.kinds])
        equal = np.ones(len(types))
        drawn = np.concatenate(
            [
                draw_sources(np.flatnonzero(types == name), n, equal, self.rng, name)
                for name, n in zip(share.index, number, strict=True)
                if n
            ]
        )
        spot, chosen = best_places(self._correlation[:, drawn], np.full(SPOTS, CELLS_PER_SPOT))
        cell = drawn[chosen]
        return Placed(spot, self.kinds[cell], self.counts[cell])

    @cached_property
    def _correlation(self) -> np.ndarray:
        """Correlation of log values over all genes, spots × reference cells."""
        section = read_h5ad(self.folder / "section.h5ad")
        spots, cells = (_unit(matrix.toarray()) for matrix in (section.X, log_normalize(self.counts)))
        return spots @ cells.T

    def _true_states(self, truth: Placed) -> Placed:
        """Put a reference cell of the same kind, at random, in the place of each true cell: what is in reach."""
        cell = np.empty(len(truth.kind), dtype=int)
        for kind in KINDS:
            own = truth.kind == kind
            cell[own] = self.rng.choice(np.flatnonzero(self.kinds == kind), own.sum())
        return Placed(truth.spot, truth.kind, self.counts[cell])

    def _generate(self, sample: str, proportions: str, *options: str) -> None:
        self._run(
            "generate_cells", "reference bulk", *options, "--bulk-column", sample, "--sample", "sample",
            "--cells", SPOTS * CELLS_PER_SPOT, *self._seed,
            proportions=proportions, vae="vae.pt", output="cells.h5ad", table="sample.csv",
        )  # fmt: skip

    def _map(self, *options: str) -> Placed:
        """Map the cells that were generated last; return them with the kinds of their sources."""
        self._run(
            "map_spots", "reference section markers", *options, "--sample", "sample", *self._seed,
            cells="cells.h5ad", proportions="sample.csv", output="spatial.h5ad", table="spots.csv",
        )  # fmt: skip
        spatial = read_h5ad(self.folder / "spatial.h5ad")
        spot = spatial.obs["spot"].astype(str).str.removeprefix("s").to_numpy(dtype=int)
        kind = self.kinds[self.names.get_indexer(spatial.obs["source_cell"].astype(str))]
        return Placed(spot, kind, sp.csr_matrix(spatial.layers["counts"]))

    def _run(self, script: str, inputs: str, *options, **files: str) -> None:
        """Run one of the pipeline's scripts on inputs that are named as their options are, and other files."""
        files |= {name: f"{name}.csv" if name == "markers" else f"{name}.h5ad" for name in inputs.split()}
        command = [sys.executable, ROOT / "bin" / f"{script}.py", *options]
        for name, file in files.items():
            command += [f"--{name}", self.folder / file]
        environment = os.environ | {"OMP_NUM_THREADS": "1"}
        done = subprocess.run(list(map(str, command)), env=environment, stderr=subprocess.PIPE, text=True, check=False)
        if done.returncode:
            raise SystemExit(done.stderr)


def _unit(values: np.ndarray) -> np.ndarray:
    """Return rows centred and scaled to length 1, so that products are correlations."""
    values = values - values.mean(axis=1, keepdims=True)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


if __name__ == "__main__":
    main()
