"""Rivals that the paper names: each finds an answer that follows from its published algorithm."""

import shutil
import subprocess
from types import SimpleNamespace

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bench.cases.profiles_only import PROFILES_ONLY
from bench.commands import rivals as command
from bench.judges.cells import judge
from bench.page import rivals as page
from bench.rivals import (
    bmind_own,
    deepgbm,
    external,
    leaf_embedding,
    poisson_lognormal,
    r_compositions,
    spatial_dwls,
    spotlight,
)
from bulk2space.composition import markers
from scipy import integrate, stats
from simulated_sample import adata, expression
from sklearn.ensemble import GradientBoostingClassifier
from sklearn.metrics import roc_auc_score

TYPES = 3


# RCTD: the likelihood


def test_the_error_of_rctd_is_a_density_with_smooth_shoulders():
    density = poisson_lognormal.heavy_normal
    inside, _ = integrate.quad(density, -3, 3)
    tail, _ = integrate.quad(density, 3, np.inf)
    assert inside + 2 * tail == pytest.approx(1, abs=1e-8)
    values = density(np.array([3 - 1e-6, 3 + 1e-6, 3 + 2e-6]))
    assert values[0] == pytest.approx(values[1], rel=1e-5)
    assert (values[2] - values[1]) / 1e-6 == pytest.approx(-3 * values[1], rel=1e-3)
    assert density(np.array([50.0]))[0] > 1e-7, "far heavier than normal"


@pytest.fixture(scope="module")
def tables():
    expected = np.array([1e-4, 0.1, 1.0, 10.0, 100.0, 400.0])
    return expected, poisson_lognormal.tables(expected, np.array([10, 100]), 1000)


def test_rctds_tables_are_integrals_of_the_likelihood(tables):
    expected, found = tables
    for sigma, count, column in ((1.0, 0, 1), (1.0, 7, 3), (0.1, 12, 3), (1.0, 90, 4)):
        true, _ = integrate.quad(
            lambda y, sigma=sigma, count=count, column=column: (
                stats.poisson.pmf(count, expected[column] * np.exp(y))
                * poisson_lognormal.heavy_normal(y / sigma)
                / sigma
            ),
            -6, 6, limit=500, points=[-3 * sigma, 0, 3 * sigma],
        )  # fmt: skip
        assert found[f"Q_{sigma * 100:.0f}"][count, column] == pytest.approx(np.log(true), abs=5e-3)


def test_rctds_tables_have_what_the_package_asks_of_its_own(tables):
    expected, found = tables
    assert set(found) == {"X_vals", "Q_10", "Q_100"}
    assert found["Q_100"].shape == (1003, len(expected))
    assert np.isfinite(found["Q_100"]).all() and (found["Q_100"] <= 1e-6).all()
    probable = np.exp(found["Q_10"][:, :5]).sum(axis=0)
    np.testing.assert_allclose(probable, 1, atol=0.01)
    assert found["Q_10"][10, 3] > found["Q_10"][10, 4], "10 counts are likelier of 10 than of 100"


# stereoscope: the unit of the loadings


def test_profiles_of_stereoscope_survive_their_change_of_unit():
    profiles = np.array([1e-5, 0.01, 3.0, 800.0])
    np.testing.assert_allclose(np.logaddexp(0, external._inverse_softplus(profiles)), profiles, rtol=1e-4)


@pytest.mark.parametrize(("rows", "epochs"), [(100, 5000), (1280, 500), (100_000, 400)])
def test_stereoscope_has_steps_enough_where_there_are_few_rows(rows, epochs):
    assert external._epochs(ad.AnnData(np.zeros((rows, 1), np.float32))) == epochs


# SPOTlight and spatialDWLS


def test_what_a_program_in_r_writes_comes_back_by_spot():
    """A stand-in for R gives the spots in another order, and leaves one out."""
    kinds = np.repeat(["A", "B"], 20)
    cells = adata(
        expression(kinds, ["A", "B"], 8, np.random.default_rng(0)),
        [f"c{n}" for n in range(40)], [f"g{n}" for n in range(8)], cell_type=kinds,
    )  # fmt: skip
    section = cells[:3].copy()
    ranking = markers.rank(cells.X, kinds, list(cells.var_names))

    def start(script, package, folder):
        assert script.exists() and package == "SPOTlight"
        spots, best = pd.read_csv(folder / "spots.csv", index_col=0), pd.read_csv(folder / "markers.csv")
        np.testing.assert_array_equal(spots.to_numpy().T, section.layers["counts"].toarray())
        assert list(pd.read_csv(folder / "types.csv")["type"]) == list(kinds)
        assert set(best[best["type"] == "A"]["gene"]) == {"g0", "g2", "g4", "g6"}
        pd.DataFrame({"A": [0.2, 0.9], "B": [0.8, 0.1]}, ["c2", "c0"]).to_csv(folder / "found.csv")
        return True

    found = r_compositions.composition("SPOTlight", cells, section, ranking, start)
    assert found.loc["c0", "A"] == 0.9 and found.loc["c2", "A"] == 0.2 and not found.loc["c1"].any()
    with pytest.raises(RuntimeError, match="the R package Giotto ended with an error"):
        r_compositions.composition("Giotto", cells, section, ranking, lambda *_: False)


@pytest.fixture(scope="module")
def mixtures():
    """Cells of three types with ten marker genes each, and spots that are exact mixtures of the types' means."""
    rng = np.random.default_rng(0)
    home = np.repeat(np.arange(TYPES), 10)
    means = np.where(home == np.arange(TYPES)[:, None], rng.uniform(20, 60, 30), rng.uniform(1, 3, (TYPES, 30)))
    codes = np.repeat(np.arange(TYPES), 40)
    cells = rng.poisson(means[codes]).astype(float)
    proportions = rng.dirichlet(np.ones(TYPES), 60)
    proportions[:3] = np.eye(TYPES)
    scores = np.where(home == np.arange(TYPES)[:, None], 4.0, 0.0)
    return means, codes, cells, proportions, scores


def test_spotlight_finds_exact_mixtures(mixtures):
    means, codes, cells, proportions, scores = mixtures
    found = spotlight.composition(cells, codes, 10 * proportions @ means, scores, np.random.default_rng(1))
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert np.corrcoef(found.ravel(), proportions.ravel())[0, 1] > 0.97
    assert (found[:3].argmax(axis=1) == np.arange(TYPES)).all()


def test_topics_of_spotlight_start_from_markers_of_one_type_and_keep_them(mixtures):
    _, codes, cells, _, scores = mixtures
    shared = scores.copy()
    shared[:, 0] = 4.0  # a marker of every type says nothing
    start = spotlight.seeds(codes, shared)
    assert start.genes[0].max() < 1e-10 and start.genes[1, 0] > 3.9
    assert (start.cells.argmax(axis=0) == codes).all()
    found = spotlight.factorise(spotlight.unit_variance(cells).T, spotlight.seeds(codes, scores))
    assert (found.genes.argmax(axis=1) == scores.argmax(axis=0)).all()
    np.testing.assert_allclose(found.genes.sum(axis=0), 1)


R_NMF = """
suppressMessages(library(NMF))
read <- function(name) as.matrix(read.csv(name, header = FALSE))
start <- nmfModel(W = read('w.csv'), H = read('h.csv'), model = 'NMFns', theta = 0.5)
found <- nmf(read('x.csv'), ncol(read('w.csv')), 'nsNMF', seed = start, maxIter = 400)
write.table(basis(found), 'found.csv', sep = ',', row.names = FALSE, col.names = FALSE)
"""


@pytest.mark.slow
def test_the_factorisation_is_that_of_the_package_that_spotlight_uses(mixtures, tmp_path):
    """SPOTlight calls R's package NMF, which Debian has (r-cran-nmf); SPOTlight itself is on Bioconductor."""
    ask = ["Rscript", "-e", "library(NMF)"]
    if shutil.which("Rscript") is None or subprocess.run(ask, capture_output=True, check=False).returncode:
        pytest.skip("there is no R with the package NMF")
    _, codes, cells, _, scores = mixtures
    values, start = spotlight.unit_variance(cells).T, spotlight.seeds(codes, scores)
    for name, part in (("x", values), ("w", start.genes), ("h", start.cells)):
        np.savetxt(tmp_path / f"{name}.csv", part, delimiter=",")
    subprocess.run(["Rscript", "-e", R_NMF], cwd=tmp_path, check=True, capture_output=True)
    theirs = np.loadtxt(tmp_path / "found.csv", delimiter=",")
    own = spotlight.factorise(values, start).genes
    for topic in range(TYPES):
        assert np.corrcoef(theirs[:, topic], own[:, topic])[0, 1] > 0.99


def test_spatial_dwls_finds_exact_mixtures(mixtures):
    means, _, _, proportions, _ = mixtures
    found = spatial_dwls.composition(proportions @ means, np.repeat(["a", "b"], 30), means, np.random.default_rng(1))
    there = (proportions > 0.1).all(axis=1)
    assert there.sum() > 10
    np.testing.assert_allclose(found[there], proportions[there], atol=0.03)
    np.testing.assert_allclose(found[:3], np.eye(TYPES), atol=0.06)


def test_spatial_dwls_leaves_out_what_is_less_than_a_cell_of_twenty(mixtures):
    means, *_ = mixtures
    pure = np.eye(TYPES)  # enriched in each type, so that all take part
    proportions = np.vstack([[0.5, 0.47, 0.03], [0.4, 0.3, 0.3], pure])
    found = spatial_dwls.composition(proportions @ means, np.repeat("a", 5), means, np.random.default_rng(1))
    assert found[0, 2] == 0
    assert found[1, 2] == pytest.approx(0.3, abs=0.03)


def test_enrichment_is_a_z_score_of_the_markers():
    logs = np.array([[2.0, 2.0, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0]])
    change = logs[0] - np.array([np.log2(2.5), np.log2(2.5), 0, 0])  # means of 3 and 0, plus 1
    expected = (change[:2].mean() - change.mean()) * np.sqrt(2) / change.std(ddof=1)
    found = spatial_dwls.enrichment(logs, np.array([0, 0, 1, 1]), 3)
    assert found[0, 0] == pytest.approx(expected)
    assert found[0, 1] == pytest.approx(-expected)
    assert np.isneginf(found[:, 2]).all(), "a type without markers"


def test_weights_are_those_of_the_fit_and_bounded():
    found = spatial_dwls.weights(np.array([[1.0, 0.0]]), np.array([[4.0, 2.0, 0.0], [0.0, 0.0, 1.0]]), 8.0)
    np.testing.assert_allclose(found, [[1, 4, 8]])


# DeepGBM


def test_deepgbm_has_the_papers_parameters():
    assert (leaf_embedding.GROUPS, leaf_embedding.EMBEDDING, leaf_embedding.FEATURES) == (100, 20, 128)
    assert (deepgbm.HIDDEN, deepgbm.RATE, deepgbm.DECAY) == ((100, 100, 100, 50), 2e-3, 1e-6)


def test_deepgbm_learns_from_the_leaves_of_the_trees(monkeypatch):
    monkeypatch.setattr(leaf_embedding, "GROUPS", 5)
    monkeypatch.setattr(leaf_embedding, "TREES", 10)
    rng = np.random.default_rng(0)
    features = rng.normal(size=(600, 8)).astype(np.float32)
    labels = ((features[:, 0] + features[:, 1] > 0) | (features[:, 2] > 1)).astype(int)
    teacher = leaf_embedding.teach(features, labels, 0)
    assert teacher.targets.shape == (600, 5, 20)
    assert set(teacher.chosen[teacher.used].tolist()) >= {0, 1, 2}
    odds = (teacher.targets * teacher.weights).sum(dim=(1, 2)).numpy() + teacher.bias
    trees = GradientBoostingClassifier(n_estimators=10, random_state=0).fit(features, labels)
    np.testing.assert_allclose(odds, trees.decision_function(features), atol=0.05)
    found = deepgbm.DeepGbm(0).fit(features[:400], labels[:400]).predict_proba(features[400:])
    np.testing.assert_allclose(found.sum(axis=1), 1, rtol=1e-6)
    assert roc_auc_score(labels[400:], found[:, 1]) > 0.8


# bMIND


def test_bmind_shrinks_a_single_sample_of_one_type_towards_the_profile():
    bulk, profile = np.array([[40.0, 8.0, 2.0, 15.0]]), np.array([[10.0, 10.0, 2.0, 12.0]])
    x, known = (np.log2(100 * values + 1) for values in (bulk[0], profile[0]))
    error = max(((x - known) ** 2).mean() - 1, 1e-4)
    expected = known + (x - known) * 1 / (1 + error)  # variances of the mean and of the type: 0.5 each
    found = bmind_own.expression(bulk, np.ones((1, 1)), profile)
    np.testing.assert_allclose(found[0, 0], np.clip(expected, x.min(), x.max()))


def test_bmind_tells_a_type_that_is_absent_by_the_mean_of_the_cohort():
    rng = np.random.default_rng(0)
    fraction = rng.dirichlet([2, 2], 12)
    fraction[0] = [1.0, 0.0]
    found = bmind_own.expression(rng.gamma(5, 10, (12, 40)), fraction, rng.gamma(5, 10, (2, 40)))
    changed = bmind_own.expression(rng.gamma(5, 10, (12, 40)), fraction, rng.gamma(5, 10, (2, 40)))
    assert found.shape == changed.shape == (2, 12, 40)
    away = np.zeros((12, 40))
    away[0] = 3.0
    spread, errors = np.ones(40), np.full((40, 1), 0.1)
    shift = bmind_own.change(away, fraction, spread, errors)
    common = bmind_own.MEAN_VARIANCE * (shift[0, 0] - shift[1, 0])
    assert (common > 0).all(), "the sample's own part goes to the type that it has"
    others = shift[1, 1:] - shift[1, [0]]
    own_part = (
        fraction[1:, [1]]
        * np.linalg.solve(0.5 * fraction @ fraction.T + np.diag((fraction**2).sum(axis=1)) + 0.1 * np.eye(12), away)[1:]
    )
    np.testing.assert_allclose(others, own_part, atol=1e-10)


def test_bmind_follows_samples_better_than_the_bulk_does():
    """Data from its own model: two types, of which one differs between samples."""
    rng = np.random.default_rng(1)
    fraction, genes = rng.dirichlet([3, 3], 40), 60
    known = rng.uniform(4, 10, (2, genes))
    true = known[:, None] + np.array([1.0, 0.05])[:, None, None] * rng.normal(size=(2, 40, genes))
    x = np.einsum("st,tsg->sg", fraction, true) + 0.05 * rng.normal(size=(40, genes))
    linear = ((2.0**values - 1) / 100 for values in (x, known))
    bulk, profile = linear
    found = bmind_own.expression(np.maximum(bulk, 0), fraction, profile)
    own = [np.corrcoef(found[0, :, gene], true[0, :, gene])[0, 1] for gene in range(genes)]
    plain = [np.corrcoef(x[:, gene], true[0, :, gene])[0, 1] for gene in range(genes)]
    assert np.mean(own) > np.mean(plain)


def test_of_profiles_only_the_means_are_judged():
    kinds = np.repeat(["A", "B"], 30)
    counts = expression(kinds, ["A", "B"], 12, np.random.default_rng(0))
    cells = adata(counts, [f"c{n}" for n in range(60)], [f"g{n}" for n in range(12)], cell_type=kinds)
    cells.uns[PROFILES_ONLY] = True
    truth = pd.Series([0.5, 0.5], ["A", "B"])
    found = judge(cells, cells, cells, cells, bulk=np.ones(12), truth=truth, seed=0, repeats=1)
    assert set(found["metric"]) == {"pcc_mean", "srcc_mean", "rmse_mean"}
    assert set(found["cell_type"]) == {"A", "B"}


# the list of rows


def test_the_page_says_what_is_there_and_why_the_rest_is_not():
    table = pd.DataFrame(
        [
            {"step": 2, "row": "DeepGBM", "what it is": "own", "state": page.MEASURED, "metric": "PCC", "value": 0.5},
            {
                "step": 2, "row": "SPOTlight (R)", "what it is": "R", "state": page.IMPOSSIBLE,
                "because": page.NO_PACKAGE.format(package="SPOTlight"),
            },
        ]
    )  # fmt: skip
    text = page.text(table)
    assert "| 2 | DeepGBM | own | there and measured | – | PCC | 0.500 | – |" in text
    states = page.shown(table)["state"].tolist()
    assert states == [page.MEASURED, "not run: the R package SPOTlight was not installed"]
    assert "planned" not in text


# The table of all rows


def test_some_rows_are_measured_again_beside_the_others(tmp_path):
    path = tmp_path / "rivals.csv"
    pd.DataFrame({"row": ["GAN", "CGAN", "RCTD"], "value": [0.1, 0.2, 0.3]}).to_csv(path, index=False)
    assert command.others(path, ["GAN", "CGAN"]) == {"RCTD": {"row": "RCTD", "value": 0.3}}
    with pytest.raises(SystemExit, match=r"--rows: .*rivals\.csv has no row gan"):
        command.others(path, ["gan"])


def test_a_network_that_was_cut_is_no_row(monkeypatch):
    class Cut:
        cut = True

        def fit(self, *_, seconds, seed):
            assert seconds >= 1800, "the paper's rule needs minutes where the machine is busy"
            return self

    monkeypatch.setitem(command.RIVALS, "cgan", Cut)
    case = SimpleNamespace(reference=None, bulk=None, estimates=None)
    with pytest.raises(command.AbsentError, match="not over after 30 minutes"):
        command.of_generator(case, "cgan")
