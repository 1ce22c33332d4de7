import numpy as np
import pandas as pd
import scipy.sparse as sp
from bulk2space.composition.coherence import coherence

RNG = np.random.default_rng(0)
GENES = [f"g{n}" for n in range(60)]
RANKING = pd.DataFrame(
    {
        "cell_type": np.repeat(["A", "B", "C"], 20),
        "gene": GENES,
        "score": np.tile(np.arange(20, 0, -1.0), 3),
        "rank": np.tile(np.arange(1, 21), 3),
    }
)


def section(*, together: bool, spots: int = 300) -> sp.csr_matrix:
    """Return log expression; markers of a type follow its proportion, or each a proportion of its own."""
    shares = RNG.dirichlet(np.ones(3), spots)
    owner = np.repeat(np.arange(3), 20)
    rates = shares[:, owner] if together else RNG.random((spots, 60))
    return sp.csr_matrix(np.log1p(RNG.poisson(1 + 10 * rates)))


def test_markers_that_follow_their_type_stand_together():
    found = coherence(section(together=True), GENES, RANKING)
    assert found.types.min() > 0.9
    assert found.z > 10
    assert found.chance == 1 / 3


def test_independent_markers_do_not():
    found = coherence(section(together=False), GENES, RANKING)
    assert found.types.mean() < 0.55
    assert abs(found.z) < 4


def test_the_correlations_are_those_of_each_marker_with_the_others():
    values = section(together=True)
    dense = values.toarray()
    z = (dense - dense.mean(axis=0)) / dense.std(axis=0)
    best = []
    for gene in range(60):
        sums = [z[:, [g for g in range(20 * t, 20 * t + 20) if g != gene]].sum(axis=1) for t in range(3)]
        best.append(np.argmax([np.corrcoef(z[:, gene], total)[0, 1] for total in sums]) == gene // 20)
    expected = pd.Series(best).groupby(np.repeat(["A", "B", "C"], 20)).mean()
    assert coherence(values, GENES, RANKING).types.to_dict() == expected.to_dict()


def test_a_single_type_is_not_judged():
    assert coherence(section(together=True), GENES, RANKING[RANKING["cell_type"] == "A"]) is None
