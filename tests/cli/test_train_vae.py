import numpy as np
import pandas as pd
import pytest
import torch
from bulk2space.generator.checkpoint import load
from cli.test_rank_markers import write_reference
from script_process import run_script as run


def train(folder, *options):
    return run(
        "train_vae.py",
        *(
            "--reference",
            folder / "reference.h5ad",
            "--output",
            folder / "vae.pt",
            "--history",
            folder / "training.csv",
        ),
        *("--seed", 1, "--threads", 1, *options),
    )


def test_a_network_and_its_history_are_written(tmp_path):
    cells = write_reference(tmp_path / "reference.h5ad")
    done = train(tmp_path, "--epochs", 3, "--beta", 0.5)
    assert done.returncode == 0, done.stderr
    history = pd.read_csv(tmp_path / "training.csv")
    assert list(history.columns) == ["epoch", "train_loss", "validation_loss", "reconstruction", "kl", "seconds"]
    assert list(history["epoch"]) == [1, 2, 3]
    trained = load(tmp_path / "vae.pt")
    assert trained.genes == list(cells.var_names)
    assert trained.types == ["a", "b", "c"]
    assert trained.libraries == [""]
    assert "libraries" not in done.stderr
    assert (trained.seed, trained.model.config.beta, trained.model.config.epochs) == (1, 0.5, 3)
    assert "training on the CPU" in done.stderr
    assert "epoch 3 of at most 3:" in done.stderr


def test_two_threads_train_the_same_network_again(tmp_path):
    """Enough genes that threads share the work: gradients of a type's genes are added up by both."""
    write_reference(tmp_path / "reference.h5ad", genes=600)
    runs = []
    for _ in range(2):
        done = train(tmp_path, "--epochs", 3, "--threads", 2)
        assert done.returncode == 0, done.stderr
        history = pd.read_csv(tmp_path / "training.csv").drop(columns="seconds")
        runs.append((history, load(tmp_path / "vae.pt").model.state_dict()))
    (first, weights), (second, again) = runs
    pd.testing.assert_frame_equal(first, second, check_exact=True)
    assert [name for name in weights if not torch.equal(weights[name], again[name])] == []


def test_rare_genes_are_left_out_and_counted(tmp_path):
    cells = write_reference(tmp_path / "reference.h5ad")
    counts = cells.layers["counts"].tolil()
    counts[2:, 5] = 0  # seen in two cells at most
    cells.layers["counts"] = counts.tocsr()
    cells.write_h5ad(tmp_path / "reference.h5ad")
    done = train(tmp_path, "--epochs", 1)
    assert "1 genes seen in fewer than 3 cells" in done.stderr
    assert "g5" not in load(tmp_path / "vae.pt").genes


def test_libraries_are_counted_and_known_to_the_network(tmp_path):
    cells = write_reference(tmp_path / "reference.h5ad")
    cells.obs["batch"] = pd.Categorical(np.where(np.arange(90) < 30, "second", "first"))
    cells.write_h5ad(tmp_path / "reference.h5ad")
    done = train(tmp_path, "--epochs", 1)
    assert done.returncode == 0, done.stderr
    assert "2 libraries, cells in each: {'first': 60, 'second': 30}" in done.stderr
    trained = load(tmp_path / "vae.pt")
    assert trained.libraries == ["first", "second"]
    assert trained.model.likelihood.library_shift.shape == (2, 60)


def test_without_counts_a_gaussian_is_trained_and_said(tmp_path):
    write_reference(tmp_path / "reference.h5ad", counts=False)
    done = train(tmp_path, "--epochs", 2)
    assert done.returncode == 0, done.stderr
    assert "has no counts" in done.stderr
    trained = load(tmp_path / "vae.pt")
    assert trained.model.config.likelihood == "censored_gaussian"
    assert [(remark.code, remark.subject) for remark in trained.remarks] == [("reference_without_counts", "reference")]


def test_the_published_form_trains(tmp_path):
    write_reference(tmp_path / "reference.h5ad")
    done = train(tmp_path, "--epochs", 2, "--model", "published")
    assert done.returncode == 0, done.stderr
    config = load(tmp_path / "vae.pt").model.config
    assert (config.likelihood, config.beta, config.latent) == ("gaussian", 4.0, 256)


@pytest.mark.skipif(torch.cuda.is_available(), reason="this machine has a GPU")
def test_a_gpu_asked_for_and_absent_is_one_sentence(tmp_path):
    write_reference(tmp_path / "reference.h5ad")
    done = train(tmp_path, "--device", "gpu")
    assert done.returncode == 1
    assert "ERROR: --device gpu: PyTorch sees no GPU" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "vae.pt").exists()
