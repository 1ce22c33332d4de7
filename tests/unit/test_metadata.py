import pandas as pd
from bulk2space.inputs import metadata


def test_column_names_that_no_h5ad_holds_are_changed():
    table = pd.DataFrame({"a/b": [1], "_index": [2], "a_b": [3], "": [4]})
    assert list(metadata.storable(table).columns) == ["a_b", "index_", "unnamed"]


def test_a_map_of_genes_knows_no_versions_and_no_empty_names(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("gene_id,gene_name\nENSG00000000003.15,TSPAN6\nENSG00000000005, \nensg00000000419,DPM1\n")
    assert metadata.read_gene_map(path) == {"ENSG00000000003": "TSPAN6", "ENSG00000000419": "DPM1"}
