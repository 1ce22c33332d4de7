import numpy as np
import pandas as pd
import pytest
from bulk2space.contract import tables


def proportions():
    return pd.DataFrame(
        {
            "n_cells": [3, 1],
            "sample": ["007", "NA"],
            "cell_type": ["1", "nan"],
            "proportion": [0.75, 0.25],
            "ci_low": [0.5, 0.1],
            "ci_high": [0.8, 0.4],
            "rna_fraction": [0.123456789123, 1e-12],
        }
    )


def test_columns_are_written_in_the_tables_order_with_its_digits(tmp_path):
    tables.PROPORTIONS.write(proportions(), tmp_path / "p.csv")
    assert (tmp_path / "p.csv").read_text().splitlines()[:2] == [
        "sample,cell_type,proportion,ci_low,ci_high,rna_fraction,n_cells",
        "007,1,0.75,0.5,0.8,0.12345679,3",
    ]


def test_names_stay_text_whatever_they_look_like(tmp_path):
    tables.PROPORTIONS.write(proportions(), tmp_path / "p.csv")
    found = tables.PROPORTIONS.read(tmp_path / "p.csv")
    assert list(found["sample"]) == ["007", "NA"]
    assert list(found["cell_type"]) == ["1", "nan"]
    assert found["n_cells"].dtype == np.int64


def test_a_carriage_return_in_a_name_ends_no_row(tmp_path):
    tables.PROPORTIONS.write(proportions().assign(cell_type=["T\rcell", "B\ncell"], ci_low=np.nan), tmp_path / "p.csv")
    found = tables.PROPORTIONS.read(tmp_path / "p.csv")
    assert list(found["cell_type"]) == ["T\rcell", "B\ncell"]
    assert found["n_cells"].tolist() == [3, 1]
    assert found["ci_low"].isna().all()


def test_whole_numbers_are_read_as_numbers_too(tmp_path):
    tables.PROPORTIONS.write(proportions().assign(proportion=[1, 0], ci_high=1), tmp_path / "p.csv")
    found = tables.PROPORTIONS.read(tmp_path / "p.csv")
    assert found[["proportion", "ci_high"]].dtypes.tolist() == [np.float64, np.float64]


def test_an_empty_number_is_missing(tmp_path):
    (tmp_path / "t.csv").write_text("epoch,train_loss,validation_loss,reconstruction,kl,seconds\n1,2.5,,2,0.5,1\n")
    found = tables.TRAINING.read(tmp_path / "t.csv")
    assert np.isnan(found["validation_loss"][0])
    assert found["train_loss"][0] == 2.5


@pytest.mark.parametrize("frame", [proportions().drop(columns="ci_low"), proportions().assign(extra=1)])
def test_other_columns_are_refused_when_written(tmp_path, frame):
    with pytest.raises(ValueError, match=r"proportions\.csv has the columns"):
        tables.PROPORTIONS.write(frame, tmp_path / "p.csv")
    assert not (tmp_path / "p.csv").exists()


def test_a_missing_column_is_refused_when_read(tmp_path):
    proportions().drop(columns="ci_low").to_csv(tmp_path / "p.csv", index=False)
    with pytest.raises(ValueError, match=r"p\.csv lacks the columns \['ci_low'\] of proportions\.csv"):
        tables.PROPORTIONS.read(tmp_path / "p.csv")


def test_every_column_says_what_it_holds():
    for table in tables.TABLES:
        assert len(set(table.header)) == len(table.header)
        for column in table.columns:
            assert column.meaning
            assert column.kind in (tables.TEXT, tables.INTEGER, tables.NUMBER)
            assert column.kind != tables.NUMBER or column.unit, f"{table.name}: {column.name} has no unit"
