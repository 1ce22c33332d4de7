"""How near generated cells lie to a small reference of deep cells, where a source says most of itself."""

import anndata as ad
import numpy as np
import pytest
import torch
from bench.commands.kept import SETS, halves
from bench.judges import likeness
from bulk2space.contract.keys import Obs
from bulk2space.generator import kept
from bulk2space.generator.configuration import COUNTS
from bulk2space.generator.fit_reference import fit_reference
from bulk2space.generator.generate import CellGenerator


@pytest.fixture(scope="module")
def small(data):
    """A reference of 20 cells of each line, its held-out cells, and what makes new cells of it."""
    reference, held_out = halves(ad.read_h5ad(data / f"{SETS['celllines']}.h5ad"), 20)
    trained, _ = fit_reference(reference, COUNTS, seed=1, device=torch.device("cpu"))
    return reference, held_out, CellGenerator(trained, reference, list(reference.var_names))


def distance(small, share):
    """Return the mean distance of new cells to the nearest reference cell by type, beside that of held-out cells."""
    reference, held_out, generator = small
    generator.kept = kept.of_types(generator.trained.model.likelihood, generator.cells, share)
    numbers = reference.obs[Obs.CELL_TYPE].value_counts().to_dict()
    new = generator.generate(numbers, rng=np.random.default_rng(0))
    assert likeness.copied(new, reference) == 0
    chosen = likeness.choose_genes(reference)[0]
    nearest = likeness.distance_to(reference.X[:, chosen].toarray())
    found = []
    for name in numbers:
        a, b = (
            cells[(cells.obs[Obs.CELL_TYPE] == name).to_numpy()].X[:, chosen].toarray() for cells in (new, held_out)
        )
        found.append(nearest(a) / nearest(b))
    return np.mean(found)


def test_new_cells_are_nearly_as_far_from_a_small_deep_reference_as_other_real_cells(small):
    found = distance(small, kept.KEPT_OF_SOURCE)
    print(f"\ndistance {found:.3f}")
    assert 0.85 <= found <= 1.1


def test_with_more_of_their_sources_they_would_lie_too_near(small):
    found = distance(small, 0.7)
    print(f"\ndistance {found:.3f}")
    assert found < 0.8
