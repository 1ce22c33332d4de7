"""What was found in one input: all that the plan of the samples and the naming of other files' genes need."""

import json
from collections.abc import Mapping
from pathlib import Path

import anndata as ad
import pandas as pd

from ..contract import nuclei
from ..contract.expression import has_counts
from ..contract.keys import Obs, Uns, Var
from ..contract.problems import InputError
from ..numerics.scaling import totals
from .genes import Genes
from .units import IN_WORDS


def describe(kind: str, adata: ad.AnnData, *, platform: str | None = None) -> dict:
    """Return what was found in a normalised input.

    Parameters
    ----------
    kind
        ``bulk``, ``reference`` or ``section``.
    adata
        The pipeline's own file of it.
    platform
        Of a section.

    Returns
    -------
    For JSON: `notes`; `summary`, a line for the log; `shape`; `unit`, in words; `units`; `matrix`, where the values
    stood; `observations`, names of bulk samples; `filled`, the number of observations with expression; `nuclei`, what
    `cells_per_spot` auto could go by in a section; `types`, cells of each type; `genes` and `gene_ids`.
    """
    labels = adata.obs[Obs.CELL_TYPE].value_counts().sort_index() if Obs.CELL_TYPE in adata.obs else {}
    types = {str(name): int(size) for name, size in labels.items() if size}
    return {
        "problem": None,
        "notes": list(adata.uns[Uns.REMARKS]),
        "summary": _summary(kind, adata, platform, types),
        "shape": list(adata.shape),
        "unit": unit_in_words(adata.uns[Uns.UNITS]),
        "units": dict(adata.uns[Uns.UNITS]),
        "matrix": str(adata.uns[Uns.MATRIX]),
        "observations": list(adata.obs_names) if kind == "bulk" else [],
        "filled": int((totals(adata.X) > 0).sum()),
        "nuclei": _nuclei(adata) if kind == "section" else None,
        "types": types,
        "genes": list(adata.var_names),
        "gene_ids": list(adata.var[Var.GENE_ID]) if Var.GENE_ID in adata.var else None,
    }


def _nuclei(adata: ad.AnnData) -> dict:
    """Return what `cells_per_spot` auto could go by: `total`, None where it is counts; or the `problem`."""
    try:
        counted = nuclei.nuclei(adata.obs)
    except InputError as problem:
        return {"problem": str(problem)}
    if counted is None and not has_counts(adata):
        return {"problem": nuclei.NOTHING_TO_GO_BY}
    return {"total": None if counted is None else int(counted.sum())}


def failed(problem: str) -> dict:
    """Return the findings of an input that cannot be used."""
    return {"problem": problem, "notes": [], "types": {}, "genes": []}


def read_genes(path: Path | None) -> Genes | None:
    """Read the genes of an input's findings; None where there are none."""
    found = json.loads(path.read_text()) if path else {}
    if not found.get("genes"):
        return None
    ids = found["gene_ids"]
    return Genes(pd.Index(found["genes"]), None if ids is None else pd.Index(ids))


def unit_in_words(units: Mapping[str, str]) -> str:
    """Return the unit that came in and, in brackets, what was done with it."""
    done = [units[key] for key in ("done", "normalised", "libraries") if units.get(key, "none") != "none"]
    if "largest_deviation" in units:
        done.append(f"largest deviation from a whole number {units['largest_deviation']:.2g}")
    return IN_WORDS.get(units["input"], units["input"]) + (f" ({', '.join(done)})" if done else "")


def _summary(kind: str, adata: ad.AnnData, platform: str | None, types: dict[str, int]) -> str:
    things = {"bulk": "samples", "reference": "cells", "section": "spots" if platform == "spot" else "cells"}
    words = f"{adata.n_obs} {things[kind]} × {adata.n_vars} genes, units {unit_in_words(adata.uns['units'])}"
    if kind == "reference":
        words += f", {len(types)} types: " + ", ".join(f"{cell_type} {size}" for cell_type, size in types.items())
        if Obs.BATCH in adata.obs:
            words += f", {adata.obs['batch'].nunique()} libraries"
    return words
