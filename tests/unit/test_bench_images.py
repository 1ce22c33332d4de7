"""The halves and figures of the benchmark of imaged cells, and its sentence where there are no data."""

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bench.cases import imaged
from bench.cases.imaged import DEFAULT, MEAN_OF_ALL, PUBLISHED, SHUFFLED, SINGLE
from bench.cases.imaged_generated import through_generator
from bench.commands import images
from bench.judges.images import judge
from bench.page import images as page
from bench.rivals.mappers import predictions
from bulk2space.images.mappers import CANDIDATES
from test_bench_runner import command

NAME = "section"


@pytest.fixture
def data(tmp_path) -> Path:
    """Section of 120 cells in three types and 200 genes, of which each type has every third."""
    rng = np.random.default_rng(0)
    types = rng.integers(3, size=120)
    made = ad.AnnData(
        sp.csr_matrix(rng.poisson(np.where(np.arange(200) % 3 == types[:, None], 6.0, 0.5)).astype(float))
    )
    made.obs["cell_type"] = np.array(["a", "b", "c"])[types]
    made.write_h5ad(tmp_path / "section.h5ad")
    return tmp_path


@pytest.mark.parametrize("case", imaged.CASES)
@pytest.mark.parametrize("panel", [20, 150])
def test_halves_share_no_cell_and_predict_what_is_not_measured(data, case, panel):
    task = imaged.halves(data, 1, case, NAME, panel=panel)
    assert len(task.section) == 60
    assert (len(task.cells) < 60) == (case == "unequal")
    assert len(task.measured) == panel
    assert not set(task.measured) & set(task.predicted)
    if case != "distorted":
        rows = {tuple(row) for row in task.section}
        assert not any(tuple(row) in rows for row in task.cells)


def test_a_thinned_section_has_fewer_counts(data):
    whole, thin = (imaged.halves(data, 0, case, NAME) for case in ("halves", "thinned"))
    assert thin.section.sum() == pytest.approx(imaged.DEPTH * whole.section.sum(), rel=0.05)


def test_neighbours_predict_and_baselines_do_not(data):
    task = imaged.halves(data, 0, "halves", NAME, panel=60)
    found = {name: judge([task], [given]) for name, given in predictions(task, 0).items()}
    assert found[DEFAULT]["mean PCC"] > 0.5
    assert found[DEFAULT]["accuracy"] > 0.95
    assert abs(found[SHUFFLED]["mean PCC"]) < 0.1
    assert abs(found[MEAN_OF_ALL]["mean PCC"]) < 1e-6


def test_generated_cells_take_the_place_of_the_reference(data):
    task = imaged.halves(data, 0, "halves", NAME)
    made = through_generator([task], 0)[0]
    assert made.cells.shape == task.cells.shape
    assert sorted(made.types) == sorted(task.types)
    rows = {tuple(row) for row in task.cells}
    assert not any(tuple(row) in rows for row in made.cells)
    assert set(made.sources) <= set(made.reference.obs_names)


def test_the_default_is_also_measured_without_a_mapper(data):
    task, before = imaged.halves(data, 0, "halves", NAME, panel=60), list(CANDIDATES)
    found = predictions(task, 0, without=SINGLE[0])
    assert list(CANDIDATES) == before
    given, without = (found[name].expression for name in (DEFAULT, imaged.lacking(SINGLE[0])))
    assert given.shape == without.shape
    assert not np.array_equal(given, without)
    assert imaged.lacking(SINGLE[0]) not in predictions(task, 0)


def test_some_sets_need_only_their_own_data():
    every = imaged.settings(judging=True)
    assert imaged.named(every, None) == every
    some = imaged.named(every, ["halves, 20 genes", "rctd, five-fold"])
    assert len({setting.name for setting in some}) == 4
    assert imaged.data_sets(some) == [imaged.SECTION, *imaged.PAIR]
    assert imaged.data_sets(imaged.named(every, ["osmfish"])) == [imaged.JUDGED]


def table(default):
    """Two seeds of a set, in which one single mapper is the best."""
    rows = [
        {"set": "one, generated", "role": "tuning", "seed": seed, "method": name, "mean PCC": value, "accuracy": value}
        for seed in (0, 1)
        for name, value in {**dict.fromkeys(SINGLE, 0.1), SINGLE[1]: 0.2, DEFAULT: default, PUBLISHED: 0.05}.items()
    ]
    return pd.DataFrame(rows).assign(**{"median PCC": 0.1})


def test_the_page_says_how_far_the_default_is_from_the_best_single_mapper():
    (row,) = page.of_sets(table(0.195), "mean PCC").to_dict("records")
    assert row["its name"] == SINGLE[1]
    assert row["default less best"] == pytest.approx(-0.005)
    assert row["above published"] == "2 of 2 seeds"
    assert "in 1 of 1, above the published way in 2 of 2 runs" in page.text(table(0.195))
    assert "in 0 of 1, above the published way in 0 of 2 runs" in page.text(table(0.01))


def test_the_noise_of_a_set_follows_from_its_seeds():
    one = table(0.1)
    assert page.noise(one, "accuracy") == pytest.approx(0, abs=1e-12)
    one.loc[(one["seed"] == 1) & (one["method"] == DEFAULT), "accuracy"] = 0.12
    assert page.noise(one, "accuracy") == pytest.approx(0.01)  # differences of 0 and 0.02


def test_what_a_mapper_gains_is_told_by_set_and_role():
    rows = table(0.2)
    without = rows[rows["method"] == DEFAULT].assign(**{"method": imaged.lacking(SINGLE[0]), "mean PCC": 0.15})
    said = page.gained(pd.concat([rows, without]), SINGLE[0])
    assert "+0.05000 one, generated" in said
    assert "tuning: above 0 in 1 of 1 sets, mean +0.05000" in said


def test_every_gene_is_held_out_once(data):
    counts, types = imaged.read(data, NAME)
    tasks = list(imaged.held_out_genes(counts, types, counts, None, 0))
    assert sorted(np.concatenate([task.predicted for task in tasks])) == list(range(200))


def test_missing_data_end_with_one_sentence(tmp_path):
    done = command("images", "--data", tmp_path, "--results", tmp_path, "--docs", tmp_path)
    assert done.returncode == 1
    assert done.stderr.startswith("ERROR: --data: ")
    assert "name the folder with the benchmark's data sets" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_set_that_does_not_exist_ends_with_one_sentence(monkeypatch):
    monkeypatch.setattr(sys, "argv", ["images", "--sets", "none", "such"])
    with pytest.raises(SystemExit, match="ERROR: --sets: no set has none or such in its name"):
        images.main()


def test_one_set_leaves_the_page_as_it_is(data, tmp_path, monkeypatch, capsys):
    def rows(data, setting, without):
        methods = table(0.2)[["method", "mean PCC", "median PCC", "accuracy"]].drop_duplicates("method")
        methods.loc[len(methods)] = [imaged.lacking(without), 0.15, 0.1, 0.15]
        return methods.assign(set=setting.name, role=setting.role, seed=setting.seed).to_dict("records")

    (data / "section.h5ad").rename(data / f"{imaged.SECTION}.h5ad")
    monkeypatch.setattr(images, "rows_of", rows)
    monkeypatch.setattr(images, "ProcessPoolExecutor", ThreadPoolExecutor)
    places = [f"--{name}={tmp_path}" for name in ("data", "results", "docs")]
    monkeypatch.setattr(sys, "argv", ["images", "--sets", "halves, 20", "--without", SINGLE[0], *places])
    images.main()
    said = capsys.readouterr().out
    assert f"2 of 4: {imaged.SECTION}, halves, 20 genes, seed 1: neighbors 0.100; " in said
    assert "tuning: above 0 in 2 of 2 sets, mean +0.05000" in said
    assert imaged.lacking(SINGLE[0]) in set(pd.read_csv(tmp_path / "images_part.csv")["method"])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["images_part.csv", f"{imaged.SECTION}.h5ad"]
