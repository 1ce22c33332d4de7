"""The judge and the page of the shares that new cells keep of their sources."""

import dataclasses

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
import torch
from bench.judges import likeness
from bench.judges.kept import Judge
from bench.page import kept as page
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator
from bulk2space.numerics.scaling import log_normalize

GENES = 40


def cells(seed: int) -> ad.AnnData:
    """Return 120 cells of two types with counts; cells of a type differ at random."""
    rng = np.random.default_rng(seed)
    profiles, codes = np.random.default_rng(0).gamma(0.8, 8, (2, GENES)), np.repeat([0, 1], 60)
    counts = sp.csr_matrix(rng.poisson(rng.gamma(2.0, profiles[codes] / 2.0)).astype(np.float32))
    obs = pd.DataFrame(
        {"cell_type": pd.Categorical(np.array(["a", "b"])[codes])}, index=[f"{seed}_{n}" for n in range(120)]
    )
    var = pd.DataFrame(index=[f"g{n}" for n in range(GENES)])
    return ad.AnnData(log_normalize(counts), obs=obs, var=var, layers={"counts": counts})


@pytest.fixture(scope="module")
def generator():
    reference = cells(1)
    config = dataclasses.replace(COUNTS, encoder=(8,), decoder=(8,), latent=2, epochs=5)
    trained, _ = fit_reference(reference, config, seed=0, device=torch.device("cpu"))
    return CellGenerator(trained, reference, list(reference.var_names))


def test_a_source_says_of_its_copy_all_and_of_other_cells_nothing(generator):
    """Copies of the sources are more probable the more is kept, and cells that differ at random less."""
    gains = {}
    for name, held_out in (("copies", cells(1)), ("others", cells(2))):
        judge = Judge(cells(1), held_out, seed=0)
        assert judge.types == ["a", "b"]
        found = []
        for share in (0.0, 0.3, 0.6):
            generator.kept = torch.full((2, GENES), share)
            found.append(judge.log_probability(generator, held_out))
        gains[name] = np.diff(found)
    assert (gains["copies"] > 0).all()
    assert (gains["others"] < 0).all()


def test_a_forest_tells_less_and_distances_fall_the_more_is_kept(generator, monkeypatch):
    monkeypatch.setattr(likeness, "TREES", 50)
    judge, found = Judge(cells(1), cells(2), seed=0), []
    for share in (0.0, 0.9):
        generator.kept = torch.full((2, GENES), share)
        found.append(judge.likeness(generator.generate({"a": 60, "b": 60}, rng=np.random.default_rng(0))))
    assert found[1]["AUC"] < found[0]["AUC"]
    assert found[1]["distance"] < found[0]["distance"] - 0.2


def test_the_page_says_which_share_is_most_probable():
    rows = [("one", share, gain) for share, gain in ((0.0, 0.0), (0.2, 3.5), (0.41, -9.0))]
    rows += [("two", share, -10 * share) for share in (0.0, 0.2, 0.41)]
    table = pd.DataFrame(rows, columns=["set", "kept", "log probability"]).assign(
        reference=100, types=2, AUC=0.7, distance=0.9
    )
    text = page.text(table)
    assert "at most 0.20 on the 2 references" in text
    assert "| one | 0.200 | 3.500 | 100 | 2 | 0.700 | 0.900 |" in text
