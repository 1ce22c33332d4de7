"""describe_section.py on a section of spots with regions, and on an imaged one."""

from pathlib import Path
from subprocess import CompletedProcess

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.composition.composition_file import write_fitted
from bulk2space.composition.fitted_section import FittedSection
from bulk2space.composition.spot_choice import Choice
from bulk2space.composition.spots import SpotFractions
from bulk2space.contract import tables
from script_process import run_script

SIDE = 12


@pytest.fixture
def folder(tmp_path):
    """Places of a lattice in two halves: type a and gene g0 on the left, b and g1 on the right."""
    rng = np.random.default_rng(1)
    place = np.stack(np.meshgrid(np.arange(SIDE), np.arange(SIDE)), axis=-1).reshape(-1, 2).astype(float)
    names = [f"s{n:03d}" for n in range(len(place))]
    left = (place[:, 0] + rng.normal(0, 1, len(place)) < SIDE / 2).astype(int)
    counts = rng.poisson(np.column_stack([1 + 6 * left, 7 - 6 * left, np.full(len(place), 4)])).astype(np.float32)
    section = ad.AnnData(
        sp.csr_matrix(np.log1p(counts)),
        obs=pd.DataFrame({"region": np.where(place[:, 0] < SIDE / 2, "left", "right")}, index=names),
        var=pd.DataFrame(index=["g0", "g1", "g2"]),
        obsm={"spatial": place},
    )
    section.write_h5ad(tmp_path / "section.h5ad")
    predicted = pd.DataFrame({"cell_type": np.where(left == 1, "a", "b")}, index=names)
    ad.AnnData(obs=predicted, obsm={"spatial": place}).write_h5ad(tmp_path / "spatial.h5ad")
    share = np.column_stack([0.2 + 0.6 * left, 0.8 - 0.6 * left])
    spots = pd.DataFrame({"spot": np.repeat(names, 2), "cell_type": np.tile(["a", "b"], len(names))})
    spots = spots.assign(sample="one", x=0.0, y=0.0, residual=1.0, confidence=0.9, proportion=share.ravel())
    spots = spots.assign(rna_fraction=share.ravel(), n_cells=(10 * share).round().astype(int).ravel())
    tables.SPOTS.write(spots, tmp_path / "spots.csv")
    fit = SpotFractions(share, share, np.ones(len(names)), np.zeros_like(share))
    size = np.full(len(names), 10)
    fitted = FittedSection(pd.Index(names), ["g0"], ["a", "b"], size, False, fit, Choice(("counts",), 0.0, {}), 1.0, {})
    write_fitted(fitted, tmp_path / "composition.h5ad")
    return tmp_path


def run(folder: Path, *options: object) -> CompletedProcess:
    given = ["--section", folder / "section.h5ad", "--spatial", folder / "spatial.h5ad", "--sample", "one"]
    return run_script("describe_section.py", *given, "--output", folder, *options)


@pytest.mark.parametrize("is_image", [False, True])
def test_halves_are_found_by_types_and_genes(folder, is_image):
    done = run(
        folder, *([] if is_image else ["--spots", folder / "spots.csv", "--composition", folder / "composition.h5ad"])
    )
    assert done.returncode == 0, done.stderr
    genes = tables.SPATIAL_GENES.read(folder / "one.genes_in_space.csv").set_index("gene")
    assert (genes.loc[["g0", "g1"], "p_adjusted"] < 1e-6).all()
    assert genes.loc["g2", "p_adjusted"] > 0.05
    pairs = tables.TYPE_PAIRS.read(folder / "one.type_pairs.csv").set_index(["cell_type", "other"])
    assert pairs.loc[("a", "a"), "finding"] == pairs.loc[("b", "b"), "finding"] == "together"
    assert pairs.loc[("a", "b"), "correlation"] < -0.3
    regions = tables.REGIONS.read(folder / "one.regions.csv").set_index(["level", "region", "name"])
    of_a = regions.loc[("proportion", "left", "a")]
    assert of_a["inside"] > of_a["outside"] + 0.3
    assert regions.loc[("expression", "left", "g0"), "correlation"] > 0.5
    assert "2 of 3 genes vary in space" in done.stderr


def test_a_section_without_regions_has_no_table_of_them(folder):
    section = ad.read_h5ad(folder / "section.h5ad")
    del section.obs["region"]
    section.write_h5ad(folder / "section.h5ad")
    assert run(folder).returncode == 0
    assert {path.name for path in folder.glob("one.*")} == {"one.genes_in_space.csv", "one.type_pairs.csv"}
