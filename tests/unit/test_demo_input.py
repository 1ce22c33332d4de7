import subprocess
import sys
from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd

ROOT = Path(__file__).parents[2]
SHIPPED = ROOT / "assets" / "demo"


def test_the_shipped_demo_is_what_its_script_makes(tmp_path):
    subprocess.run([sys.executable, ROOT / "tools" / "make_demo.py", tmp_path], check=True, capture_output=True)
    made = sorted(path.relative_to(tmp_path) for path in tmp_path.rglob("*.*"))
    assert made == sorted(path.relative_to(SHIPPED) for path in SHIPPED.rglob("*.*"))
    for path in made:
        if path.suffix == ".csv":
            pd.testing.assert_frame_equal(pd.read_csv(tmp_path / path), pd.read_csv(SHIPPED / path))
        else:
            new, old = ad.read_h5ad(tmp_path / path), ad.read_h5ad(SHIPPED / path)
            assert (new.X != old.X).nnz == 0
            assert new.obs.equals(old.obs)


def test_every_spot_of_the_truth_is_whole():
    truth = pd.read_csv(SHIPPED / "truth" / "tissue_a" / "spots.csv")
    filled = truth.groupby("spot")["n_cells"].sum()
    assert sorted(filled.unique()) == [0, 10]
    for sample in ("tissue_a", "tissue_b"):
        proportions = pd.read_csv(SHIPPED / "truth" / sample / "proportions.csv")["proportion"]
        assert np.isclose(proportions.sum(), 1, atol=1e-5)
