import numpy as np
import pytest
import torch
from bulk2space.contract.problems import InputError
from bulk2space.contract.remarks import WARNING, Remark
from bulk2space.generator.checkpoint import Trained, load, save
from small_network import trained


def test_a_saved_network_comes_back(tmp_path):
    cells, model, _ = trained()
    genes = [f"g{i}" for i in range(40)]
    remark = Remark("training_cut_short", WARNING, "reference", {"epochs": 3}, "stopped after 3 epochs")
    save(Trained(model, genes, ["a", "b"], [""], 7, (remark,)), tmp_path / "vae.pt")
    loaded = load(tmp_path / "vae.pt")
    assert (loaded.genes, loaded.types, loaded.libraries) == (genes, ["a", "b"], [""])
    assert (loaded.seed, loaded.model.config, loaded.remarks) == (7, model.config, (remark,))
    batch = cells.batch(torch.arange(30))
    first = model.sample(batch, np.random.default_rng(0)).toarray()
    np.testing.assert_array_equal(first, loaded.model.sample(batch, np.random.default_rng(0)).toarray())


def test_another_file_is_not_a_network(tmp_path):
    (tmp_path / "vae.pt").write_text("something else")
    with pytest.raises(InputError, match=r"vae\.pt: was written by an earlier step and can no longer be read"):
        load(tmp_path / "vae.pt")
