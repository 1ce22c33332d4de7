"""Compare generators of new cells in one run: this pipeline's, and scVI (`make bench-tools tools=scvi`).

References and held-out cells are cut as in commands/kept.py. Every generator makes as many new cells of each type as
the reference has. Keeps generators.csv and writes docs/benchmarks/generators.md.
"""

import json
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
import torch
from bulk2space.contract.io import write_h5ad
from bulk2space.contract.keys import Layers, Obs
from bulk2space.generator import kept
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator

from ..cases import data_sets
from ..judges.kept import Judge
from ..judges.likeness import copied
from ..page import generators as page
from ..rivals import scvi_cells
from ..runner.start import module
from .common import as_they_come, options, publish
from .kept import CELLS, GENES, halves

SETS = {"pbmc3k": "sc_pbmc3k_10x", "mob": "sc_mob_tepe"}
JUDGING = {"zeisel": "sc_brain_zeisel_subset"}  # the only one whose types have enough held-out cells
ALL = SETS | JUDGING
SHARES = {page.DEFAULT: kept.KEPT_OF_SOURCE, page.NO_COUNTS: 0.0}
SEED = 42
Made = tuple[str, ad.AnnData, float, float]  # generator, its cells, seconds of training and of generating


def main() -> None:
    """Read the options; print, keep and publish the table."""
    parser = options(__doc__)
    parser.add_argument("--judge", action="store_true", help="also the data set kept for judging")
    parser.add_argument(
        "--sets", nargs="*", choices=ALL, help="measure these alone, or none; others are as measured before"
    )
    args = parser.parse_args()
    path, python = args.results / "generators.csv", args.results.resolve() / "tools" / "scvi" / "bin" / "python"
    names = args.sets if args.sets is not None else ALL if args.judge else SETS
    before = [] if args.sets is None else others(path, names)
    as_they_come(chain(before, rows(args.data, names, python)), path)
    text = page.text(pd.read_csv(path), installed=python.exists(), cells=CELLS // 2, genes=GENES)
    publish(args.docs, "generators", text)


def others(path: Path, names: Iterable[str]) -> list[dict]:
    """Return the rows of an earlier table whose sets are not among these names."""
    table = pd.read_csv(path) if path.exists() else pd.DataFrame({"set": []})
    return table[~table["set"].isin(list(names))].to_dict("records")


def rows(data: Path, names: Iterable[str], python: Path) -> Iterator[dict]:
    """Yield one row per set and generator, real cells first."""
    for name in names:
        reference, held_out = halves(ad.read_h5ad(data_sets.path(data, ALL[name])), None)
        judge = Judge(reference, held_out, SEED)
        role = "judging" if name in JUDGING else "tuning"
        of_set = {"role": role, "set": name, "reference": reference.n_obs, "types": len(judge.types)}
        # The distance is divided by that of held-out cells, which is 1 by its definition.
        real = judge.agreement(reference) | judge.likeness(reference) | {"distance": 1.0}
        yield of_set | {"generator": page.REAL} | real
        for generator, cells, training, generating in made(reference, python):
            took = {"training": training, "generating": generating, "copies": copied(cells, reference)}
            yield of_set | {"generator": generator} | judge.agreement(cells) | judge.likeness(cells) | took


def made(reference: ad.AnnData, python: Path) -> Iterator[Made]:
    """Yield the cells of each generator that is there."""
    yield from by_pipeline(reference)
    if python.exists():
        yield from by_scvi(reference, python)


def by_pipeline(reference: ad.AnnData) -> Iterator[Made]:
    """Yield the pipeline's cells, without calibration to a bulk: the default, and cells that keep no counts."""
    began = time.process_time()
    trained, _ = fit_reference(reference, COUNTS, seed=SEED, device=torch.device("cpu"))
    training = time.process_time() - began
    numbers = reference.obs[Obs.CELL_TYPE].value_counts().to_dict()
    for name, share in SHARES.items():
        began = time.process_time()
        generator = CellGenerator(trained, reference, list(reference.var_names))
        generator.kept = kept.of_types(trained.model.likelihood, generator.cells, share)
        cells = generator.generate(numbers, rng=np.random.default_rng(SEED))
        yield name, cells, training, time.process_time() - began


def by_scvi(reference: ad.AnnData, python: Path) -> Iterator[Made]:
    """Yield the cells of scVI, made in its own environment: of single cells' positions, and of no single cell's."""
    with tempfile.TemporaryDirectory() as folder:
        given = Path(folder, "reference.h5ad")
        write_h5ad(reference, given)
        module("bench.rivals.scvi_cells", given, folder, SEED, python=python)
        seconds = json.loads(Path(folder, "seconds.json").read_text())
        for way, name in zip(scvi_cells.WAYS, page.SCVI, strict=True):
            cells = wrapped(sp.load_npz(Path(folder, f"{way}.npz")), reference)
            if way == scvi_cells.POSTERIOR:
                cells.obs[Obs.SOURCE_CELL] = reference.obs_names.to_numpy(dtype=str)
            yield name, cells, seconds["training"], seconds[way]


def wrapped(counts: sp.csr_matrix, reference: ad.AnnData) -> ad.AnnData:
    """Return counts, cells × genes, as cells of the reference's types in its order."""
    return ad.AnnData(
        counts, obs=reference.obs[[Obs.CELL_TYPE]].copy(), var=reference.var[[]], layers={Layers.COUNTS: counts}
    )


if __name__ == "__main__":
    main()
