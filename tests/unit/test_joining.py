from pathlib import Path

import anndata as ad
import numpy as np
import pandas as pd
import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.joining import joined, named_as
from logged import remarks, sentences, severities


def cells(*names: str, **obs) -> ad.AnnData:
    return ad.AnnData(np.ones((len(names), 1)), obs=pd.DataFrame(obs, index=list(names)), var=pd.DataFrame(index=["g"]))


def named(adata: ad.AnnData, **columns: list[str]) -> pd.DataFrame:
    return named_as(adata, pd.DataFrame(columns), "m.csv", Path("t.csv"))


def test_rows_come_in_the_matrix_order_and_unknown_names_are_counted(caplog):
    table = pd.DataFrame({"kind": ["B", "A", "X", "C", "C", "C"]}, index=["c2", "c1", "x", "c4", "c5", "c6"])
    rows = joined(cells("c1", "c2", "c3", "c4", "c5", "c6", depth=range(6)), table, "m.csv", "t.csv")
    assert list(rows.index) == ["c1", "c2", "c3", "c4", "c5", "c6"]
    assert list(rows["kind"][:2]) == ["A", "B"]
    assert pd.isna(rows["kind"]["c3"])
    assert list(rows["depth"]) == list(range(6))
    assert sentences(caplog) == ["t.csv: 1 rows have names that m.csv does not have, such as 'x'; they are left out"]
    assert severities(caplog) == {"unknown_names_in_metadata": "note"}


def test_a_library_without_partners_on_both_sides_is_a_warning(caplog):
    ours, theirs = ([f"AAA{n}-{library}" for n in range(30)] for library in ("1", "1_2"))
    table = pd.DataFrame({"kind": ["A"] * 60}, index=[f"CCC{n}-1" for n in range(30)] + theirs)
    rows = joined(cells(*(f"CCC{n}-1" for n in range(30)), *ours), table, "m.h5ad", "t.csv")
    assert rows["kind"].notna().sum() == 30
    assert sentences(caplog) == [
        "t.csv: 30 of its 60 rows have names that m.h5ad does not have, such as 'AAA0-1_2', 'AAA1-1_2', 'AAA2-1_2' …, "
        "and 30 of the 60 names of m.h5ad have no row, such as 'AAA0-1', 'AAA1-1', 'AAA2-1' …; write both in the same "
        "way if they are the same"
    ]
    assert severities(caplog) == {"many_names_unmatched": "warning"}


def test_names_that_agree_by_chance_are_no_key():
    ours, theirs = [f"A{n}-1" for n in range(1000)], [f"A{n}-1" for n in range(995, 1995)]
    with pytest.raises(
        InputError, match=r"^t.csv: only 5 of its 1000 names are among the 1000 of m.csv, such as 'A995-1'"
    ):
        named(cells(*ours), Cell=theirs, kind=["A"] * 1000)


def test_a_few_checked_cells_among_all_barcodes_are_enough():
    table = named(cells(*(f"A{n}-1" for n in range(1000))), Cell=[f"A{n}-1" for n in range(30)], kind=["A"] * 30)
    assert len(table) == 30
    table = named(cells(*(f"A{n}-1" for n in range(1000))), Cell=["A7-1", "x", "y"], kind=["A"] * 3)
    assert len(table) == 3


def test_a_column_of_the_table_takes_precedence_over_the_files_own():
    rows = joined(cells("c1", kind=["old"]), pd.DataFrame({"kind": ["new"]}, index=["c1"]), "m", "t")
    assert list(rows["kind"]) == ["new"]


@pytest.mark.parametrize(
    ("ours", "theirs", "how"),
    [
        (["AAAC-1", "AAAG-1"], ["AAAG.1", "AAAC.1"], "as R rewrites them"),
        (["1x1", "1x2"], ["X1x2", "X1x1"], "as R rewrites them"),
        (["AAAC-1", "AAAG-1"], ["AAAG", "AAAC"], "without the number at their end"),
        (["s1_AAAC-1", "s2_AAAG-1"], ["AAAG-1", "AAAC-1"], "without the part before the last '_', ':' or '#'"),
        (["AAAC-1", "AAAG-1"], ["s1#AAAG-1", "s2#AAAC-1"], "without the part before the last '_', ':' or '#'"),
        (["AAAC-1_a", "AAAG-1_b"], ["AAAG-1", "AAAC-1"], "without the part after the last '_'"),
    ],
)
def test_rewritten_names_are_matched_and_said(ours, theirs, how, caplog):
    table = named(cells(*ours), Cell=theirs, kind=["B", "A"])
    assert table["kind"].to_dict() == dict(zip(ours, ["A", "B"], strict=True))
    assert sentences(caplog) == [f"t.csv: names are matched with those of m.csv {how}"]
    assert severities(caplog) == {"names_rewritten": "note"}


def test_the_column_that_has_the_matrix_names_is_the_key_whatever_its_name(caplog):
    table = named(cells("s_A", "s_B"), **{"": ["s_A", "s_B"], "barcode": ["A", "B"], "kind": ["x", "y"]})
    assert table["kind"].to_dict() == {"s_A": "x", "s_B": "y"}
    table = named(cells("A", "B"), **{"": ["1", "2"], "barcode": ["A", "B"], "kind": ["x", "y"]})
    assert table["kind"].to_dict() == {"A": "x", "B": "y"}
    table = named(cells("A", "B"), kind=["x", "y"], my_names=["A", "B"])
    assert table["kind"].to_dict() == {"A": "x", "B": "y"}
    assert remarks(caplog) == []


def test_names_of_two_columns_are_joined(caplog):
    table = named(
        cells("s1_AAAC", "s2_AAAC", "s2_AAAG"),
        sample=["s2", "s1", "s2"], barcode=["AAAC", "AAAC", "AAAG"], kind=["b", "a", "c"],
    )  # fmt: skip
    assert table["kind"].to_dict() == {"s1_AAAC": "a", "s2_AAAC": "b", "s2_AAAG": "c"}
    assert sentences(caplog) == ["t.csv: names are 'sample_barcode', as in m.csv"]


def test_a_column_of_numbers_is_no_key_because_some_numbers_agree():
    with pytest.raises(InputError, match=r"t.csv: none of its 4 names is in m.csv"):
        named(cells("1", "2", "3", "4"), Cell=["a", "b", "c", "d"], n_genes=["1", "1", "50", "80"])


def test_names_that_would_collide_are_not_guessed():
    with pytest.raises(InputError, match=r"t.csv: none of its 2 names is in m.csv"):
        named(cells("AAAC-1", "AAAC-2"), Cell=["AAAC", "AAAG"], kind=["A", "B"])


def test_a_name_that_appears_twice_is_refused():
    with pytest.raises(InputError, match=r"t.csv: Cell 'c1' appears in more than one row"):
        named(cells("c1", "c2"), Cell=["c1", "c1", "c2"], kind=["A", "B", "C"])


def test_metadata_without_a_header_are_refused():
    table = pd.DataFrame({"c1": ["c2", "c3"], "A": ["A", "B"]})
    with pytest.raises(InputError, match=r"^t.csv: has no header, its first line holds 'c1', a name of m.csv"):
        named_as(cells("c1", "c2", "c3"), table, "m.csv", Path("t.csv"))
