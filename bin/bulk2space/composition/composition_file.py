"""The file of a fitted section, spots × marker genes without a matrix: from FIT_SPOTS to MAP_SPOTS."""

from pathlib import Path
from typing import Any

import anndata as ad
import numpy as np
import pandas as pd

from ..contract import remarks
from ..contract.io import read_h5ad, write_h5ad
from ..contract.keys import Obs, Obsm, SectionChoice, Uns
from .fitted_section import FittedSection
from .spot_choice import Choice
from .spots import SpotFractions

BETWEEN_WAYS = ", "


def write_fitted(fitted: FittedSection, path: Path) -> None:
    """Write a fitted section; fractions keep all their digits."""
    fit = fitted.fit
    write_h5ad(
        ad.AnnData(
            obs=pd.DataFrame({Obs.N_CELLS: fitted.cells, Obs.RESIDUAL: fit.residual}, index=fitted.spots),
            var=pd.DataFrame(index=fitted.genes),
            obsm={
                Obsm.RNA_FRACTION: fit.rna_fraction,
                Obsm.PROPORTIONS: fit.proportion,
                Obsm.DEVIATION: fit.deviation,
            },
            uns={
                Uns.CELL_TYPES: np.array(fitted.types),
                Uns.CELLS_FROM_COUNTS: fitted.from_counts,
                Uns.SECTION_CHOICE: choice_entry(fitted.choice),
                Uns.SPOT_DIAMETER: fitted.diameter,
                Uns.PARAMETERS: fitted.parameters,
                Uns.REMARKS: remarks.dumps(fitted.remarks),
                Uns.PROVENANCE: fitted.provenance,
            },
        ),
        path,
    )


def read_fitted(path: Path) -> FittedSection:
    """Read what :func:`write_fitted` wrote."""
    stored = read_h5ad(path)
    rna_fraction, proportion, deviation = (
        stored.obsm[name] for name in (Obsm.RNA_FRACTION, Obsm.PROPORTIONS, Obsm.DEVIATION)
    )
    return FittedSection(
        stored.obs_names,
        list(stored.var_names),
        list(stored.uns[Uns.CELL_TYPES]),
        stored.obs[Obs.N_CELLS].to_numpy(),
        bool(stored.uns[Uns.CELLS_FROM_COUNTS]),
        SpotFractions(rna_fraction, proportion, stored.obs[Obs.RESIDUAL].to_numpy(), deviation),
        _choice(stored.uns[Uns.SECTION_CHOICE]),
        float(stored.uns[Uns.SPOT_DIAMETER]),
        {name: _plain(value) for name, value in stored.uns[Uns.PARAMETERS].items()},
        remarks.loads(stored.uns[Uns.REMARKS]),
        str(stored.uns[Uns.PROVENANCE]),
    )


def choice_entry(choice: Choice) -> dict[str, Any]:
    """Return a section's choice as ``uns["section_choice"]`` holds it."""
    return {
        SectionChoice.FIT: BETWEEN_WAYS.join(choice.ways),
        SectionChoice.SMOOTHING: choice.smoothing,
        SectionChoice.POOLING: choice.pooling,
        SectionChoice.GAINS: pd.DataFrame(choice.gains.items(), columns=["tried", "gain"]),
    }


def _choice(entry: dict[str, Any]) -> Choice:
    """Return the choice that an entry holds."""
    gains = entry[SectionChoice.GAINS]
    return Choice(
        tuple(entry[SectionChoice.FIT].split(BETWEEN_WAYS)),
        float(entry[SectionChoice.SMOOTHING]),
        dict(zip(gains["tried"].astype(str), gains["gain"].tolist(), strict=True)),
        float(entry[SectionChoice.POOLING]),
    )


def _plain(value: Any) -> Any:
    """Return a number of NumPy as Python's."""
    return value.item() if isinstance(value, np.generic) else value
