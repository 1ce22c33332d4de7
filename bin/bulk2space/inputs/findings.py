"""The findings of one input, from its normalised file (contract/findings.py has their record)."""

from collections.abc import Mapping
from pathlib import Path

import anndata as ad
import pandas as pd

from ..contract import nuclei
from ..contract.expression import has_counts
from ..contract.findings import Findings, Nuclei
from ..contract.keys import Obs, Uns, Var
from ..contract.problems import InputError
from ..contract.remarks import Remark
from ..numerics.scaling import totals
from .genes import Genes
from .unit.units import in_words

UNITS_OF_LENGTH = {"pixel": "pixels", "micrometer": "µm", "millimeter": "mm"}


def describe(
    kind: str, name: str, adata: ad.AnnData, remarks: list[Remark], *, platform: str | None = None
) -> Findings:
    """Return what was found in a normalised input.

    Parameters
    ----------
    kind
        ``bulk``, ``reference`` or ``section``.
    name
        Name of the input in the plan.
    adata
        The pipeline's own file of it.
    remarks
        What was logged while it was read and normalised.
    platform
        Of a section: ``spot`` or ``image``.
    """
    labels = adata.obs[Obs.CELL_TYPE].value_counts().sort_index() if Obs.CELL_TYPE in adata.obs else {}
    types = {str(label): int(size) for label, size in labels.items() if size}
    return Findings(
        kind=kind,
        id=name,
        remarks=remarks,
        summary=_summary(kind, adata, platform, types),
        shape=adata.shape,
        unit=unit_in_words(adata.uns[Uns.UNITS]),
        units=dict(adata.uns[Uns.UNITS]),
        matrix=str(adata.uns[Uns.MATRIX]),
        observations=list(adata.obs_names) if kind == "bulk" else [],
        filled=int((totals(adata.X) > 0).sum()),
        nuclei=_nuclei(adata) if kind == "section" else None,
        spot_micrometers=_micrometers(adata),
        types=types,
        genes=list(adata.var_names),
        gene_ids=list(adata.var[Var.GENE_ID]) if Var.GENE_ID in adata.var else None,
    )


def read_genes(path: Path | None) -> Genes | None:
    """Read the genes from an input's findings; None where there are no findings or the input cannot be used."""
    found = Findings.read(path) if path else None
    if found is None or found.problem:
        return None
    return Genes(pd.Index(found.genes), None if found.gene_ids is None else pd.Index(found.gene_ids))


def unit_in_words(units: Mapping[str, str | float]) -> str:
    """Return the unit that came in and, in brackets, what was done with it."""
    done = [str(units[key]) for key in ("done", "normalised", "libraries") if units.get(key, "none") != "none"]
    if "largest_deviation" in units:
        done.append(f"largest deviation from a whole number {units['largest_deviation']:.2g}")
    return in_words(str(units["input"])) + (f" ({', '.join(done)})" if done else "")


def _micrometers(section: ad.AnnData) -> float | None:
    size = section.uns.get(Uns.SPOT_MICROMETERS)
    return None if size is None else float(size)


def _coordinates_in_words(section: ad.AnnData) -> str:
    unit = str(section.uns.get(Uns.COORDINATE_UNIT, ""))
    words = f"coordinates in {UNITS_OF_LENGTH.get(unit, unit)}" if unit else "coordinates in an unknown unit"
    return words + (", with an image of the tissue" if Uns.IMAGE in section.uns else "")


def _nuclei(section: ad.AnnData) -> Nuclei:
    try:
        counted = nuclei.nuclei(section.obs)
    except InputError as problem:
        return Nuclei(problem=str(problem))
    if counted is None and not has_counts(section):
        return Nuclei(problem=nuclei.NOTHING_TO_GO_BY)
    return Nuclei(total=None if counted is None else int(counted.sum()))


def _summary(kind: str, adata: ad.AnnData, platform: str | None, types: Mapping[str, int]) -> str:
    thing = {"bulk": "sample", "reference": "cell", "section": "spot" if platform == "spot" else "cell"}[kind]
    words = f"{adata.n_obs} {thing}{'s' * (adata.n_obs != 1)} × {adata.n_vars} genes"
    words += f", unit {unit_in_words(adata.uns[Uns.UNITS])}"
    if kind == "section":
        words += f", {_coordinates_in_words(adata)}"
    if kind == "reference":
        words += f", {len(types)} types: " + ", ".join(f"{cell_type} {size}" for cell_type, size in types.items())
        if Obs.BATCH in adata.obs:
            words += f", {adata.obs[Obs.BATCH].nunique()} libraries"
    return words
