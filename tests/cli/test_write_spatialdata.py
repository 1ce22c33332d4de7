import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from script_process import run_script as run

PLACES = np.array([[0.0, 0], [100, 0], [0, 100], [100, 100]])


def results(names, **obs):
    made = ad.AnnData(sp.csr_matrix(np.eye(len(names), 3, dtype=np.float32)), obs=pd.DataFrame(obs, index=names))
    made.obs["cell_type"] = pd.Categorical(["a", "b"] * (len(names) // 2))
    made.obsm["spatial"] = PLACES[: len(names)]
    made.uns["cell_type_colors"] = ["#0072B2", "#D55E00"]
    return made


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Four spots with a cell each, on an image of 0.5 pixels per unit that is white at 100, 100."""
    import spatialdata

    folder = tmp_path_factory.mktemp("store")
    cells = results([f"s{n}_1" for n in range(4)], **{"a/b": [1, 2, 3, 4], "region": "cortex"})
    image = np.zeros((60, 55, 3), np.uint8)
    image[50, 50] = 255
    scales = {"tissue_hires_scalef": 0.5, "spot_diameter_fullres": 40.0}
    cells.uns |= {"spatial": {"section": {"images": {"hires": image}, "scalefactors": scales}}, "spot_diameter": 40.0}
    cells.write_h5ad(folder / "spatial.h5ad")
    results([f"s{n}" for n in range(4)]).write_h5ad(folder / "spots.h5ad")
    files = ("--spatial", folder / "spatial.h5ad", "--spots", folder / "spots.h5ad")
    done = run("write_spatialdata.py", *files, "--output", folder / "s.zarr")
    assert done.returncode == 0, done.stderr
    return spatialdata.read_zarr(folder / "s.zarr")


def test_discs_have_tables(store):
    assert set(store.shapes) == {"cells", "spots"}
    assert set(store.tables) == {"table_cells", "table_spots"}
    for name, radius in (("cells", 4.0), ("spots", 20.0)):
        discs, table = store.shapes[name], store.tables[f"table_{name}"]
        assert (discs["radius"] == radius).all()
        np.testing.assert_array_equal(discs.geometry.get_coordinates().to_numpy(), PLACES)
        assert list(table.obs["spatialdata_disc"]) == list(discs.index) == list(table.obs_names)
        assert list(table.uns["cell_type_colors"]) == ["#0072B2", "#D55E00"]
        assert "spatial" not in table.uns, "the image is there once"
    assert list(store.tables["table_cells"].obs["a_b"]) == [1, 2, 3, 4], "a name that the format refuses"
    assert set(store.tables["table_cells"].obs["region"]) == {"cortex"}, "the section's own column"


def test_the_image_lies_where_the_cells_lie(store):
    from spatialdata.transformations import get_transformation

    image = store.images["tissue"]
    assert (int(image.argmax("y")[0].max()), int(image.argmax("x")[0].max())) == (50, 50)
    to_units = get_transformation(image).to_affine_matrix(("x", "y"), ("x", "y"))
    np.testing.assert_array_equal(to_units @ [50, 50, 1], [100, 100, 1])
