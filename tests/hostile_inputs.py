"""Inputs whose every name is an attack: on the shell, on a page, on a path, on a command line."""

from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import scipy.sparse as sp
from inputs import write_sheet

MARK = "pwned"
"""Start of the name of the file that each attack makes."""
SHELL = ["it's", 'a "b"', f"$(touch {MARK}1)", f"`touch {MARK}2`", f"x; touch {MARK}3 #", f"x' ; touch {MARK}4; '"]
TEXT = [
    "--seed",
    "-q",
    "../up",
    "a/b",
    "<script>alert(1)</script>",
    "&amp;",
    "100%",
    "*",
    "a\\nb",
    "é ü",
    "a,b",
    "=1+1",
]
NAMES = [*SHELL, *TEXT, "new\nline", "tab\tstop"]
"""Names of genes, cells, types, spots and columns; a file's name has no slash."""
FOLDER = f"in $(touch {MARK}5) it's; [x] *"
COLUMNS = ["--seed", f"$(touch {MARK}6) it's"]
TYPES = [f"$(touch {MARK}7)", "<script>alert('t')</script>", "it's a/b; new\nline"]
GENES = [*(f"{name} gene" for name in NAMES), *(f"Gene{number}" for number in range(1, 141))]


def counts(types: np.ndarray, genes: int, rng: np.random.Generator) -> np.ndarray:
    """Return counts, cells × genes: each third gene is ten times higher in one of the three types."""
    means = np.where(np.arange(genes) % 3 == types[:, None], 10.0, 1.0)
    return rng.poisson(means) + (np.arange(genes) == 0)


def write(path: Path, values: np.ndarray, names: list[str], **parts: object) -> None:
    """Write an h5ad with these observations and the first of :data:`GENES`."""
    obs = pd.DataFrame(parts.pop("obs", {}), index=names)
    var = pd.DataFrame(index=GENES[: values.shape[1]])
    path.parent.mkdir(parents=True, exist_ok=True)
    ad.AnnData(sp.csr_matrix(values, dtype=np.float32), obs=obs, var=var, **parts).write_h5ad(path)


def named(start: str, number: int) -> list[str]:
    """Return different names, each with an attack in it."""
    return [f"{start}{n} {NAMES[n % len(NAMES)]}" for n in range(number)]


def write_hostile(folder: Path) -> Path:
    """Write two samples, one of spots and one of imaged cells, and return their samplesheet."""
    rng, inside = np.random.default_rng(0), folder / FOLDER
    types = np.repeat(np.arange(3), 40)
    labels = np.array(TYPES)[types]
    write(
        inside / f"ref; touch {MARK}8.h5ad",
        counts(types, len(GENES), rng),
        named("cell", 120),
        obs={"cell_type": labels},
    )
    bulk = np.array([counts(np.repeat([0, 1, 2], mix), len(GENES), rng).sum(axis=0) for mix in ([9, 6, 3], [4, 4, 10])])
    write(inside / "bulk it's.h5ad", bulk, COLUMNS)
    spots = np.array([counts(rng.integers(0, 3, 10), len(GENES), rng).sum(axis=0) for _spot in range(20)])
    grid = np.array([(x, y) for x in range(5) for y in range(4)]) * 100.0
    region = {"region": [f"<b>{n % 2}</b> it's" for n in range(20)], "note a/b": "$(x)"}
    write(inside / "spots `x`.h5ad", spots, named("spot", 20), obs=region, obsm={"spatial": grid})
    imaged = rng.integers(0, 3, 60)
    values = counts(imaged, 100, rng)
    names, places = named("image", 60), rng.uniform(0, 500, (60, 2))
    write(inside / '"image".h5ad', values, names, obs={"cell_type": np.array(TYPES)[imaged]}, obsm={"spatial": places})
    row = {"bulk": f"{FOLDER}/bulk it's.h5ad", "reference": f"{FOLDER}/ref; touch {MARK}8.h5ad"}
    return write_sheet(
        folder,
        row | {"sample": "spots", "bulk_column": COLUMNS[0], "spatial": f"{FOLDER}/spots `x`.h5ad", "platform": "spot"}
        | {"condition": f"$(touch {MARK}9) <script>"},
        row | {"sample": "image", "bulk_column": COLUMNS[1], "spatial": f'{FOLDER}/"image".h5ad', "platform": "image"}
        | {"condition": "it's"},
    )  # fmt: skip


def marks(folder: Path) -> list[str]:
    """Return the files that an attack made."""
    return sorted(str(path) for path in folder.rglob(f"{MARK}*"))
