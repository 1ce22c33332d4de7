import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs import metadata
from logged import remarks, sentences, severities


def cells(*names: str, **obs) -> ad.AnnData:
    return ad.AnnData(np.ones((len(names), 1)), obs=pd.DataFrame(obs, index=list(names)))


def test_rows_come_in_the_matrix_order_and_unknown_names_are_counted(caplog):
    table = pd.DataFrame({"kind": ["B", "A", "X"]}, index=["c2", "c1", "x"])
    rows = metadata.joined(cells("c1", "c2", "c3", depth=[1, 2, 3]), table, "m.csv", "t.csv")
    assert list(rows.index) == ["c1", "c2", "c3"]
    assert list(rows["kind"][:2]) == ["A", "B"]
    assert pd.isna(rows["kind"]["c3"])
    assert list(rows["depth"]) == [1, 2, 3]
    assert sentences(caplog) == ["t.csv: 1 rows have names that m.csv does not have, such as 'x'"]
    assert severities(caplog) == {"unknown_names_in_metadata": "note"}


def test_a_column_of_the_table_takes_precedence_over_the_files_own():
    rows = metadata.joined(cells("c1", kind=["old"]), pd.DataFrame({"kind": ["new"]}, index=["c1"]), "m", "t")
    assert list(rows["kind"]) == ["new"]


@pytest.mark.parametrize(
    ("ours", "theirs", "how"),
    [
        (["AAAC-1", "AAAG-1"], ["AAAG.1", "AAAC.1"], "as R rewrites them"),
        (["1x1", "1x2"], ["X1x2", "X1x1"], "as R rewrites them"),
        (["AAAC-1", "AAAG-1"], ["AAAG", "AAAC"], "without the number at their end"),
    ],
)
def test_rewritten_names_are_matched_and_said(ours, theirs, how, caplog):
    rows = metadata.joined(cells(*ours), pd.DataFrame({"kind": ["B", "A"]}, index=theirs), "m.csv", "t.csv")
    assert list(rows["kind"]) == ["A", "B"]
    assert list(rows.index) == ours
    assert sentences(caplog) == [f"t.csv: names are matched with those of m.csv {how}"]
    assert severities(caplog) == {"names_rewritten": "note"}


def test_names_that_would_collide_are_not_guessed():
    table = pd.DataFrame({"kind": ["A", "B"]}, index=["AAAC", "AAAG"])
    with pytest.raises(InputError, match=r"t.csv: none of its 2 names is in m.csv"):
        metadata.joined(cells("AAAC-1", "AAAC-2"), table, "m.csv", "t.csv")


def test_labels_that_say_nothing_are_none():
    given = pd.Series(["T/NK", " NA ", None, "nan", "γδ T", 3, np.nan, ""])
    assert list(metadata.cell_types(given)) == ["T/NK", None, None, None, "γδ T", "3", None, None]


LABELS = np.array(["A"] * 6 + ["B"] * 3 + ["C"] * 2 + [None], dtype=object)


@pytest.mark.parametrize(
    ("fewest", "action", "labels", "outcome"),
    [
        (5, "drop", ["A"] * 6 + [None] * 6, "left out"),
        (5, "merge", ["A"] * 6 + ["other"] * 5 + [None], "merged into 'other'"),
        (6, "merge", ["A"] * 6 + [None] * 6, "left out, being too few even together"),
    ],
)
def test_small_types_are_left_out_or_merged_and_said(fewest, action, labels, outcome, caplog):
    assert list(metadata.large_types(LABELS, "r.h5ad", fewest=fewest, action=action)) == labels
    assert sentences(caplog) == [
        f"r.h5ad: 2 types have fewer than {fewest} cells: B (3), C (2); they are {outcome} "
        f"(--min_cells, --min_cells_action)"
    ]
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity) == ("small_types", "warning")
    assert remark.figures == {"types": {"B": 3, "C": 2}, "merged": "other" in labels}


def test_large_types_stay_without_a_remark(caplog):
    assert metadata.large_types(LABELS, "r.h5ad", fewest=2, action="drop") is LABELS
    assert remarks(caplog) == []


def test_column_names_that_no_h5ad_holds_are_changed():
    table = pd.DataFrame({"a/b": [1], "_index": [2], "a_b": [3], "": [4]})
    assert list(metadata.storable(table).columns) == ["a_b", "index_", ""]


def test_libraries_are_text():
    assert list(metadata.libraries(pd.Series(["1", "2", "1"]), "plate", "r.h5ad")) == ["1", "2", "1"]


def test_a_map_of_genes_knows_no_versions_and_no_empty_names(tmp_path):
    path = tmp_path / "map.csv"
    path.write_text("gene_id,gene_name\nENSG00000000003.15,TSPAN6\nENSG00000000005, \nensg00000000419,DPM1\n")
    assert metadata.read_gene_map(path) == {"ENSG00000000003": "TSPAN6", "ENSG00000000419": "DPM1"}
