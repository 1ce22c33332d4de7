import gzip

import numpy as np
import pandas as pd
import pytest
from bulk2space import door
from bulk2space.problems import InputError
from inputs import GENES, counts, write_h5ad, write_published, write_table


@pytest.fixture
def published(tmp_path):
    return write_published(tmp_path)


def test_published_tables_become_contract_files(published):
    bulk = door.bulk(published["bulk"])
    reference = door.reference(published["sc_data"], published["sc_meta"], celltype_key="cell_type")
    section = door.section(published["st_data"], published["st_meta"], platform="spot")

    assert list(bulk.obs_names) == ["one", "two"]
    assert np.array_equal(bulk.X.toarray(), counts(2, seed=1) * 50)
    assert np.array_equal(reference.layers["counts"].toarray(), counts(12, seed=2))
    np.testing.assert_allclose(np.expm1(reference.X.toarray()).sum(axis=1), 1e4, rtol=1e-4)
    assert list(reference.obs["cell_type"][:4]) == ["A", "B", "C", "A"]
    assert np.array_equal(section.obsm["spatial"], [[n, 0] for n in range(5)])
    assert section.uns["platform"] == "spot"


def test_metadata_is_joined_by_name(published):
    expected = door.reference(published["sc_data"], published["sc_meta"], celltype_key="cell_type").obs
    table = pd.read_csv(published["sc_meta"])
    table.sample(frac=1, random_state=1).to_csv(published["sc_meta"], index=False)
    shuffled = door.reference(published["sc_data"], published["sc_meta"], celltype_key="cell_type").obs
    pd.testing.assert_frame_equal(shuffled, expected)


def test_cells_without_label_or_counts_are_left_out_and_counted(tmp_path):
    values = counts(6)
    values[5] = 0
    path = write_h5ad(tmp_path / "r.h5ad", values, obs={"cell_type": ["A", None, "B", "NA", "B", "A"]})
    reference = door.reference(path, None, celltype_key="cell_type")
    assert list(reference.obs_names) == ["c1", "c3", "c5"]
    assert list(reference.uns["notes"]) == [
        "r.h5ad: 2 of 6 cells without a cell type are left out",
        "r.h5ad: 1 of 6 cells without any expression are left out",
    ]


def test_counts_layer_goes_before_x(tmp_path):
    values = counts(4)
    path = write_h5ad(
        tmp_path / "r.h5ad", np.log1p(values), obs={"kind": list("ABAB")}, layers={"counts": values.astype(float)}
    )
    reference = door.reference(path, None, celltype_key="kind")
    assert np.array_equal(reference.layers["counts"].toarray(), values)
    assert reference.uns["matrix"] == "layers['counts']"


def test_duplicate_genes_are_summed_and_said(tmp_path):
    genes = ["Gene1", "Gene1", *GENES[2:]]
    bulk = door.bulk(write_table(tmp_path / "b.tsv", counts(2), ["x", "y"], genes=genes))
    assert bulk.n_vars == len(GENES) - 1
    assert bulk[:, "Gene1"].X.toarray().ravel().tolist() == counts(2)[:, :2].sum(axis=1).tolist()
    assert "1 columns of genes that stand more than once are summed" in bulk.uns["notes"][0]


def test_tables_as_r_writes_them_are_read(tmp_path):
    path = tmp_path / "b.tsv"
    path.write_text('"x"\t"y"\n"Gene1"\t1\t2\n"Gene2"\t3\t4\n')
    bulk = door.bulk(path)
    assert list(bulk.obs_names) == ["x", "y"]
    assert bulk.X.toarray().tolist() == [[1, 3], [2, 4]]


def test_compressed_tables_are_read(tmp_path):
    plain = write_table(tmp_path / "b.csv", counts(2), ["x", "y"])
    packed = tmp_path / "b.csv.gz"
    packed.write_bytes(gzip.compress(plain.read_bytes()))
    assert np.array_equal(door.bulk(packed).X.toarray(), counts(2))


def test_empty_spots_stay(tmp_path):
    values = counts(3)
    values[1] = 0
    path = write_h5ad(tmp_path / "s.h5ad", values, obsm={"spatial": np.arange(6).reshape(3, 2)})
    section = door.section(path, None, platform="spot")
    assert section.n_obs == 3
    assert section.X[[1]].nnz == 0
    assert list(section.uns["notes"]) == ["s.h5ad: 1 of 3 spots hold no counts; they stay empty"]


def test_bulk_without_expression_is_refused(tmp_path):
    values = counts(2)
    values[1] = 0
    with pytest.raises(InputError, match=r"b.csv: bulk sample 'y' has no expression at all"):
        door.bulk(write_table(tmp_path / "b.csv", values, ["x", "y"]))


def test_labels_of_imaged_cells_are_kept(tmp_path):
    places = {"spatial": np.zeros((3, 2))}
    path = write_h5ad(tmp_path / "i.h5ad", counts(3), obsm=places, obs={"kind": list("ABA")})
    section = door.section(path, None, platform="image", celltype_key="kind")
    assert list(section.obs["cell_type"]) == ["A", "B", "A"]
