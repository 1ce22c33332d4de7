import gzip

import anndata as ad
import h5py
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door
from bulk2space.inputs.genes import Genes
from bulk2space.inputs.values import Naming
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from inputs import GENES, counts, write_h5ad, write_published, write_table
from logged import sentences, severities

SORTED = np.argsort(GENES)
CELLS = [f"cell{n}" for n in range(1, 19)]


@pytest.fixture
def published(tmp_path):
    return write_published(tmp_path)


def test_published_tables_become_contract_files(published):
    bulk = door.bulk(published["bulk"])
    reference = door.reference(published["sc_data"], published["sc_meta"])
    section = door.section(published["st_data"], published["st_meta"], platform="spot")

    assert list(bulk.obs_names) == ["one", "two"]
    assert list(bulk.var_names) == sorted(GENES)
    assert np.array_equal(bulk.X.toarray(), counts(2, seed=1)[:, SORTED] * 50)
    assert list(reference.obs_names) == sorted(CELLS)
    assert np.array_equal(reference.layers["counts"].toarray(), counts(18, seed=2)[np.argsort(CELLS)][:, SORTED])
    np.testing.assert_allclose(np.expm1(reference.X.toarray()).sum(axis=1), 1e4, rtol=1e-4)
    assert list(reference.obs["cell_type"][["cell1", "cell2", "cell3", "cell4"]]) == ["A", "B", "C", "A"]
    assert np.array_equal(section.obsm["spatial"], [[n, 0] for n in range(5)])
    assert section.uns["platform"] == "spot"


def test_metadata_is_joined_by_name(published):
    expected = door.reference(published["sc_data"], published["sc_meta"]).obs
    table = pd.read_csv(published["sc_meta"])
    table.sample(frac=1, random_state=1).to_csv(published["sc_meta"], index=False)
    shuffled = door.reference(published["sc_data"], published["sc_meta"]).obs
    pd.testing.assert_frame_equal(shuffled, expected)


def test_cells_without_label_or_counts_are_left_out_and_counted(tmp_path, caplog):
    values = counts(6)
    values[5] = 0
    path = write_h5ad(tmp_path / "r.h5ad", values, obs={"cell_type": ["A", None, "B", "NA", "B", "A"]})
    reference = door.reference(path, None)
    assert list(reference.obs_names) == ["c1", "c3", "c5"]
    assert sentences(caplog) == [
        "r.h5ad: 2 of 6 cells without a cell type are left out",
        "r.h5ad: 1 of 4 cells without any expression are left out",
    ]
    assert severities(caplog) == {"cells_left_out": "note"}


def test_counts_layer_goes_before_x(tmp_path):
    values = counts(4)
    path = write_h5ad(
        tmp_path / "r.h5ad", np.log1p(values), obs={"kind": list("ABAB")}, layers={"counts": values.astype(float)}
    )
    reference = door.reference(path, None, labels=door.Labels(celltype_key="kind"))
    assert np.array_equal(reference.layers["counts"].toarray(), values[:, SORTED])
    assert reference.uns["matrix"] == "layers['counts']"


def test_duplicate_genes_are_summed_and_said(tmp_path, caplog):
    genes = ["Gene1", "Gene1", *GENES[2:]]
    bulk = door.bulk(write_table(tmp_path / "b.tsv", counts(2), ["x", "y"], genes=genes))
    assert bulk.n_vars == len(GENES) - 1
    assert bulk[:, "Gene1"].X.toarray().ravel().tolist() == counts(2)[:, :2].sum(axis=1).tolist()
    assert sentences(caplog) == ["b.tsv: 1 genes that have the name of another one are added to it"]
    assert severities(caplog) == {"duplicate_genes_summed": "note"}


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
    assert np.array_equal(door.bulk(packed).X.toarray(), counts(2)[:, SORTED])


def test_empty_spots_stay(tmp_path, caplog):
    values = counts(3)
    values[1] = 0
    path = write_h5ad(tmp_path / "s.h5ad", values, obsm={"spatial": np.arange(6).reshape(3, 2)})
    section = door.section(path, None, platform="spot")
    assert section.n_obs == 3
    assert section.X[[1]].nnz == 0
    assert sentences(caplog) == ["s.h5ad: 1 of 3 spots have no counts; they stay empty"]
    assert severities(caplog) == {"empty_observations": "note"}


def test_imaged_cells_without_counts_are_left_out(tmp_path, caplog):
    values = counts(3)
    values[1] = 0
    path = write_h5ad(
        tmp_path / "s.h5ad", values, obsm={"spatial": np.arange(6).reshape(3, 2)}, obs={"kind": ["a", "b", "c"]}
    )
    section = door.section(path, None, platform="image", celltype_key="kind")
    assert section.obsm["spatial"].tolist() == [[0, 1], [4, 5]]
    assert section.obs["cell_type"].tolist() == ["a", "c"]
    assert sentences(caplog) == [
        "s.h5ad: 1 of 3 cells have no counts; they are left out, because nothing tells their type"
    ]
    assert severities(caplog) == {"empty_cells_left_out": "warning"}


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


def test_whole_numbers_in_raw_go_before_logarithms_in_x(tmp_path):
    values = counts(6).astype(np.float32)
    adata = ad.AnnData(values, var=pd.DataFrame(index=GENES), obs=pd.DataFrame({"cell_type": list("AABBCC")}))
    adata.obs_names = [f"c{n}" for n in range(6)]
    adata.raw = adata
    adata = adata[:, :50].copy()
    adata.X = np.log1p(adata.X / 7)
    adata.write_h5ad(tmp_path / "r.h5ad")
    reference = door.reference(tmp_path / "r.h5ad", None)
    assert reference.uns["matrix"] == "raw.X"
    assert np.array_equal(reference.layers["counts"].toarray(), values[:, SORTED])


@pytest.mark.parametrize("are_logs", [False, True])
def test_all_genes_in_raw_go_before_variable_genes_in_x(tmp_path, are_logs, caplog):
    values = counts(6).astype(np.float32)
    values = np.log1p(values / values.sum(axis=1, keepdims=True) * 1e4) if are_logs else values
    adata = ad.AnnData(values, var=pd.DataFrame(index=GENES), obs=pd.DataFrame({"cell_type": list("AABBCC")}))
    adata.obs_names = [f"c{n}" for n in range(6)]
    adata.raw = adata
    adata[:, :50].copy().write_h5ad(tmp_path / "r.h5ad")
    reference = door.reference(tmp_path / "r.h5ad", None)
    assert reference.uns["matrix"] == "raw.X"
    assert list(reference.var_names) == sorted(GENES)
    assert "fewer_genes_than_raw" not in severities(caplog)


def test_counts_of_fewer_genes_than_raw_are_warned_of(tmp_path, caplog):
    values = counts(6).astype(np.float32)
    adata = ad.AnnData(np.log1p(values), var=pd.DataFrame(index=GENES), obs=pd.DataFrame({"cell_type": list("AABBCC")}))
    adata.obs_names = [f"c{n}" for n in range(6)]
    adata.raw = adata
    adata = adata[:, :50].copy()
    adata.layers["counts"] = values[:, :50]
    adata.write_h5ad(tmp_path / "r.h5ad")
    assert door.reference(tmp_path / "r.h5ad", None).n_vars == 50
    assert severities(caplog)["fewer_genes_than_raw"] == "warning"


def test_a_symbol_of_two_identifiers_is_the_sum_of_both_in_every_file(tmp_path):
    ids = ["ENSG00000280987", "ENSG00000015479", "ENSG00000141510"]
    var = pd.DataFrame({"feature_name": ["MATR3", "MATR3", "TP53"]}, index=ids)
    obs = pd.DataFrame({"cell_type": list("AABBCC")}, index=[f"c{n}" for n in range(6)])
    ad.AnnData(counts(6)[:, :3].astype(np.float32) + 1, obs=obs, var=var).write_h5ad(tmp_path / "r.h5ad")
    reference = door.reference(tmp_path / "r.h5ad", None)
    assert dict(reference.var["gene_id"]) == {"MATR3": f"{ids[0]};{ids[1]}", "TP53": ids[2]}
    known = Genes(reference.var_names, pd.Index(reference.var["gene_id"]))
    (tmp_path / "b.csv").write_text(f"gene,s\n{ids[0]},3\n{ids[1]},5000\n{ids[2]},900\n")
    bulk = door.bulk(tmp_path / "b.csv", naming=Naming(known=known))
    assert dict(zip(bulk.var_names, bulk.X.toarray()[0], strict=True)) == {"MATR3": 5003, "TP53": 900}


def test_a_table_with_cells_in_rows_is_transposed(published, tmp_path, caplog):
    upright = door.reference(published["sc_data"], published["sc_meta"])
    lying = tmp_path / "lying.csv"
    pd.read_csv(published["sc_data"], index_col=0).T.to_csv(lying)
    turned = door.reference(lying, published["sc_meta"])
    assert np.array_equal(turned.X.toarray(), upright.X.toarray())
    assert list(turned.obs["cell_type"]) == list(upright.obs["cell_type"])
    assert sentences(caplog) == [
        "lying.csv: genes and observations are the other way round than is usual in this format; it is transposed"
    ]
    assert severities(caplog) == {"transposed": "note"}


def test_a_bulk_with_samples_in_rows_is_transposed(published, tmp_path):
    lying = tmp_path / "lying.tsv"
    pd.read_csv(published["bulk"], index_col=0).T.to_csv(lying, sep="\t")
    naming = door.Naming(known=Genes(pd.Index(GENES), None))
    bulk = door.bulk(lying, naming=naming)
    assert list(bulk.obs_names) == ["one", "two"]
    assert np.array_equal(bulk.X.toarray(), counts(2, seed=1)[:, SORTED] * 50)


SALMON_IDS = [f"ENSG{n:011d}.{n % 7}" for n in range(len(GENES))]


def salmon(path, values):
    """Write a table as nf-core/rnaseq merges salmon's: gene_id, gene_name, samples."""
    table = pd.DataFrame(np.asarray(values).T, columns=["x", "y"])
    table.insert(0, "gene_id", SALMON_IDS)
    table.insert(1, "gene_name", GENES)
    table.to_csv(path, sep="\t", index=False)
    return path


def test_salmon_tables_are_read_as_they_are(tmp_path):
    fractional = counts(2) * 4e5 + 0.25
    matrix = salmon(tmp_path / "salmon.merged.gene_counts.tsv", fractional)
    bulk = door.bulk(matrix, naming=door.Naming(known=Genes(pd.Index(GENES), None)))
    assert list(bulk.obs_names) == ["x", "y"]
    assert list(bulk.var_names) == sorted(GENES)
    assert bulk.uns["units"]["input"] == "counts"
    np.testing.assert_allclose(bulk.X.toarray(), fractional[:, SORTED], rtol=1e-6)
    by_id = door.bulk(matrix, naming=door.Naming(known=Genes(pd.Index([name[:15] for name in SALMON_IDS]), None)))
    assert list(by_id.var_names[:2]) == ["ENSG00000000000", "ENSG00000000001"]


def test_salmon_counts_with_their_lengths_become_tpm(tmp_path, caplog):
    lengths = np.random.default_rng(0).uniform(500, 5000, (2, len(GENES)))
    matrix = salmon(tmp_path / "salmon.merged.gene_counts.tsv", counts(2))
    bulk = door.bulk(matrix, lengths=salmon(tmp_path / "salmon.merged.gene_lengths.tsv", lengths))
    rate = counts(2) / lengths
    expected = rate / rate.sum(axis=1, keepdims=True) * 1e6
    np.testing.assert_allclose(bulk.X.toarray(), expected[:, SORTED], rtol=1e-4)
    assert bulk.uns["units"]["done"] == "TPM by gene length"
    again = door.bulk(
        salmon(tmp_path / "salmon.merged.gene_tpm.tsv", expected), lengths=tmp_path / "salmon.merged.gene_lengths.tsv"
    )
    assert again.uns["units"]["input"] == "tpm"
    np.testing.assert_allclose(again.X.toarray(), expected[:, SORTED], rtol=1e-4)
    assert any("values are CPM/TPM-like and not counts, so gene lengths are not used" in s for s in sentences(caplog))
    assert severities(caplog)["gene_lengths_unused"] == "warning"


def test_cells_with_a_volume_are_normalised_by_it(tmp_path, caplog):
    volume = np.array([100.0, 50.0, 200.0])
    path = write_h5ad(tmp_path / "i.h5ad", counts(3), obs={"volume": volume}, obsm={"spatial": np.ones((3, 2))})
    section = door.section(path, None, platform="image")
    expected = np.log1p(counts(3)[:, SORTED] / volume[:, None] * 1000)
    np.testing.assert_allclose(section.X.toarray(), expected, rtol=1e-5)
    assert np.array_equal(section.layers["counts"].toarray(), counts(3)[:, SORTED])
    assert section.uns["units"]["normalised"] == "by cell volume"
    assert severities(caplog) == {"normalised_by_volume": "note"}


def test_volumes_come_from_the_metadata_too(tmp_path):
    matrix = write_table(tmp_path / "i.csv", counts(3), ["i1", "i2", "i3"])
    meta = tmp_path / "meta.csv"
    meta.write_text("Cell,xcoord,ycoord,volume\ni3,1,1,30\ni1,2,2,10\ni2,3,3,20\n")
    section = door.section(matrix, meta, platform="image")
    assert section.obs["volume"].tolist() == [10, 20, 30]
    assert section.obsm["spatial"].tolist() == [[2, 2], [3, 3], [1, 1]]


def test_volumes_of_values_that_are_no_counts_are_not_used(tmp_path, caplog):
    values = counts(3) / counts(3).sum(axis=1, keepdims=True) * 1e4
    path = write_h5ad(tmp_path / "i.h5ad", values, obs={"volume": [1.0, 9.0, 99.0]}, obsm={"spatial": np.ones((3, 2))})
    section = door.section(path, None, platform="image")
    np.testing.assert_allclose(np.expm1(section.X.toarray()).sum(axis=1), 1e4, rtol=1e-3)
    assert "i.h5ad: its values are not counts, so the cells' volumes are not used" in sentences(caplog)
    assert severities(caplog) == {"volumes_unused": "warning"}


def test_types_of_the_table_go_before_those_of_the_file(tmp_path):
    path = write_h5ad(tmp_path / "r.h5ad", counts(4), obs={"cell_type": list("AABB")})
    meta = tmp_path / "meta.csv"
    meta.write_text("Cell,Cell_type\nc1,X\nc2,Y\nc3,X\nc4,Y\n")
    assert list(door.reference(path, meta).obs["cell_type"]) == list("XYXY")


def test_cells_that_are_left_out_need_no_library(tmp_path):
    obs = {"cell_type": ["A", "A", "B", "B", None], "donor": ["x", "y", "x", "y", None]}
    path = write_h5ad(tmp_path / "r.h5ad", counts(5), obs=obs)
    assert list(door.reference(path, None, labels=door.Labels(batch_key="donor")).obs["batch"]) == list("xyxy")


def test_half_precision_is_read(tmp_path):
    path = tmp_path / "b.h5ad"
    adata = ad.AnnData(counts(2).astype(np.float16), var=pd.DataFrame(index=GENES), obs=pd.DataFrame(index=["x", "y"]))
    adata.write_h5ad(path)
    assert np.array_equal(door.bulk(path).X.toarray(), counts(2)[:, SORTED])


def test_an_unknown_encoding_is_one_sentence(tmp_path):
    path = write_h5ad(tmp_path / "r.h5ad", counts(2))
    with h5py.File(path, "r+") as file:
        file["uns"].attrs["encoding-type"] = "of-the-future"
    with pytest.raises(InputError, match=r"r.h5ad: cannot be read as h5ad"):
        door.bulk(path)


def test_a_section_of_spots_given_as_image_is_questioned(published, caplog):
    door.section(published["st_data"], published["st_meta"], platform="image")
    sentence = "st_meta.csv: its rows are spots, but the samplesheet says image; check the platform"
    assert sentences(caplog) == [sentence]
    assert severities(caplog) == {"spots_given_as_image": "warning"}


def test_libraries_are_kept(tmp_path):
    obs = {"cell_type": list("AABBCC"), "donor": [1, 2, 1, 2, 1, 2]}
    path = write_h5ad(tmp_path / "r.h5ad", counts(6), obs=obs)
    reference = door.reference(path, None, labels=door.Labels(batch_key="donor"))
    assert list(reference.obs["batch"]) == list("121212")
    combined = door.reference(path, None, labels=door.Labels(batch_key="donor"), combat=True)
    assert combined.uns["units"]["libraries"] == "brought together by ComBat"
    assert not np.allclose(combined.X.toarray(), reference.X.toarray())


def test_small_types_are_said(tmp_path, caplog):
    path = write_h5ad(tmp_path / "r.h5ad", counts(8), obs={"cell_type": list("AAAAABBC")})
    left = door.reference(path, None, labels=door.Labels(min_cells=5))
    assert list(left.obs["cell_type"].cat.categories) == ["A"]
    assert any("B (2), C (1); they are left out" in sentence for sentence in sentences(caplog))
    assert severities(caplog) == {"small_types": "warning", "one_cell_type": "warning"}
    merged = door.reference(path, None, labels=door.Labels(min_cells=3, min_cells_action="merge"))
    assert merged.obs["cell_type"].value_counts().to_dict() == {"A": 5, "other": 3}


def test_a_reference_without_types_is_clustered(tmp_path, caplog):
    rng = np.random.default_rng(0)
    profiles = rng.gamma(0.3, 4, (3, len(GENES)))
    path = write_h5ad(tmp_path / "r.h5ad", rng.poisson(np.repeat(profiles, 40, axis=0)) + np.eye(120, dtype=int))
    reference = door.reference(path, None, labels=door.Labels(annotate=True), seed=1)
    sizes = reference.obs["cell_type"].value_counts()
    assert sizes.to_dict() == {"cluster 1": 40, "cluster 2": 40, "cluster 3": 40}
    groups = reference.obs["cell_type"].groupby((reference.obs_names.str[1:].astype(int) - 1) // 40).nunique()
    assert (groups == 1).all()
    assert sentences(caplog) == ["r.h5ad: has no cell types; 3 Leiden clusters are used in their place"]
    assert severities(caplog) == {"clusters_for_types": "warning"}


def assert_same(before, after):
    """Hold bulk, reference, section of spots and of cells against the same of shuffled files."""
    for one, other in zip(before, after, strict=True):
        assert sorted(one.obs_names) == sorted(other.obs_names)
        other = other[one.obs_names].copy()
        assert list(one.var_names) == list(other.var_names)
        assert np.array_equal(one.X.toarray(), other.X.toarray())
        pd.testing.assert_frame_equal(one.obs, other.obs, check_categorical=False)
        if "spatial" in one.obsm:
            assert np.array_equal(one.obsm["spatial"], other.obsm["spatial"])
    for place in (1, 2):
        assert list(before[place].obs_names) == list(after[place].obs_names)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_no_number_depends_on_the_order_of_a_file(published, tmp_path, random):
    """Shuffle genes, cells and spots of every table, and the rows of their metadata."""
    naming = door.Naming(known=Genes(pd.Index(sorted(GENES)), None))

    def shuffled(path):
        table = pd.read_csv(path, index_col=0)
        order = [random.sample(list(axis), len(axis)) for axis in table.axes]
        if "meta" in path.name:
            order[1] = list(table.columns)
        target = tmp_path / f"shuffled_{path.name}"
        table.loc[order[0], order[1]].to_csv(target)
        return target

    def all_of(paths):
        return (
            door.bulk(paths["bulk"], naming=naming),
            door.reference(paths["sc_data"], paths["sc_meta"]),
            door.section(paths["st_data"], paths["st_meta"], platform="spot", naming=naming),
            door.section(paths["st_data"], paths["st_meta"], platform="image", naming=naming),
        )

    before, after = all_of(published), all_of({name: shuffled(path) for name, path in published.items()})
    assert_same(before, after)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.randoms(use_true_random=False))
def test_no_number_depends_on_the_order_of_an_h5ad(tmp_path, random):
    obs = pd.DataFrame({"cell_type": list("ABC") * 6, "plate": list("xy") * 9}, index=CELLS)
    adata = ad.AnnData(counts(18).astype(np.float32), obs=obs, var=pd.DataFrame(index=GENES))
    adata.obsm["spatial"] = np.arange(36.0).reshape(18, 2)

    def all_of(name, order, genes):
        adata[order][:, genes].copy().write_h5ad(tmp_path / name)
        path = tmp_path / name
        return (
            door.bulk(path),
            door.reference(path, None, labels=door.Labels(batch_key="plate")),
            door.section(path, None, platform="spot"),
            door.section(path, None, platform="image"),
        )

    before = all_of("one.h5ad", CELLS, GENES)
    after = all_of("other.h5ad", random.sample(CELLS, len(CELLS)), random.sample(GENES, len(GENES)))
    assert_same(before, after)
