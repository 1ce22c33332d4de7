import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.inputs.genes import Genes, named, plain, sum_duplicates
from logged import sentences, severities

SYMBOLS = ["Actb", "Gapdh", "Cd3e", "Ms4a1"]
IDS = [f"ENSMUSG{n:011d}" for n in range(4)]
REFERENCE = Genes(pd.Index(SYMBOLS), pd.Index(IDS))
WITHOUT_IDS = Genes(pd.Index(SYMBOLS), None)


def test_ensembl_identifiers_lose_their_version_and_get_capitals():
    given = pd.Index(["ensg00000000003.15", "ENSG00000002586.20_PAR_Y", " Actb ", "RP11-34P13.7", "MT-CO1", None])
    assert list(plain(given)) == ["ENSG00000000003", "ENSG00000002586_PAR_Y", "Actb", "RP11-34P13.7", "MT-CO1", ""]


def test_a_reference_takes_its_symbols_as_names(caplog):
    var = pd.DataFrame({"n_cells": list("abcd"), "feature_name": SYMBOLS}, index=IDS)
    genes = named(var, "r.h5ad")
    assert list(genes.names) == SYMBOLS
    assert list(genes.ids) == IDS
    assert sentences(caplog) == ["r.h5ad: gene names are taken from the column 'feature_name'"]
    assert severities(caplog) == {"gene_names_from_column": "note"}


def test_a_reference_of_symbols_keeps_them_and_its_identifiers(caplog):
    genes = named(pd.DataFrame({"gene_ids": IDS}, index=SYMBOLS), "r.h5ad")
    assert list(genes.names) == SYMBOLS
    assert list(genes.ids) == IDS
    assert sentences(caplog) == []


def test_a_gene_without_a_symbol_keeps_its_identifier():
    genes = named(pd.DataFrame({"gene_name": ["Actb", None, "NA", ""]}, index=IDS), "r.h5ad")
    assert list(genes.names) == ["Actb", *IDS[1:]]


@pytest.mark.parametrize(
    "var",
    [
        pd.DataFrame(index=SYMBOLS),
        pd.DataFrame(index=[name + ".3" for name in IDS]),
        pd.DataFrame(index=[name.lower() for name in IDS]),
        pd.DataFrame({"gene_name": SYMBOLS}, index=IDS),
        pd.DataFrame({"other": IDS}, index=list("abcd")),
        pd.DataFrame(index=[SYMBOLS[0], IDS[1], SYMBOLS[2], IDS[3] + ".1"]),
    ],
    ids=["symbols", "versions", "lower case", "both", "column", "mixed"],
)
def test_every_file_takes_the_names_of_its_reference(var):
    assert list(named(var, "b.csv", known=REFERENCE).names) == SYMBOLS


def test_a_file_with_both_names_follows_a_reference_of_identifiers(caplog):
    known = Genes(pd.Index(IDS), pd.Index(IDS))
    genes = named(pd.DataFrame({"gene_id": [f"{name}.7" for name in IDS]}, index=SYMBOLS), "b.csv", known=known)
    assert list(genes.names) == IDS
    assert sentences(caplog) == ["b.csv: gene names are taken from the column 'gene_id'"]


def test_names_that_come_from_identifiers_are_counted(caplog):
    genes = named(pd.DataFrame(index=[SYMBOLS[0], *IDS[1:]]), "b.csv", known=REFERENCE)
    assert list(genes.names) == SYMBOLS
    assert sentences(caplog) == [
        "b.csv: 3 of 4 genes get the names that the reference has for their Ensembl identifiers"
    ]
    assert severities(caplog) == {"genes_named_by_identifier": "note"}


def test_names_in_another_case_are_not_taken_for_the_same():
    """Human and mouse genes differ in nothing else."""
    human = [name.upper() for name in SYMBOLS]
    assert list(named(pd.DataFrame(index=human), "b.csv", known=REFERENCE).names) == human


def test_the_users_map_takes_precedence(caplog):
    gene_map = {"ACTB": "Actb", IDS[1]: "Gapdh"}
    var = pd.DataFrame(index=["ACTB", f"{IDS[1]}.2", "CD3E"])
    genes = named(var, "b.csv", known=WITHOUT_IDS, gene_map=gene_map)
    assert list(genes.names) == ["Actb", "Gapdh", "CD3E"]
    assert sentences(caplog) == ["b.csv: 2 of 3 genes are renamed by --gene_map"]
    assert severities(caplog) == {"genes_renamed": "note"}


def test_mixed_identifiers_are_said(caplog):
    named(pd.DataFrame(index=[*SYMBOLS[:2], *IDS[2:]]), "b.csv", known=WITHOUT_IDS)
    assert sentences(caplog) == ["b.csv: 2 of 4 genes have Ensembl identifiers as names, the others do not"]
    assert severities(caplog) == {"mixed_gene_names": "warning"}


def test_duplicates_are_summed_and_sorted():
    matrix = sp.csr_matrix(np.array([[1.0, 2, 4, 8], [0, 1, 0, 1]]))
    summed, kept, merged = sum_duplicates(matrix, np.array(["z", "a", "z", "b"]))
    assert list(kept) == ["a", "b", "z"]
    assert merged == 1
    assert np.array_equal(summed.toarray(), [[2, 8, 5], [1, 1, 0]])


@pytest.mark.parametrize("form", ["{symbol}|{n}", "{gene_id}.3_{symbol}", "{gene_id}|{symbol}", "{symbol}_{gene_id}"])
@pytest.mark.parametrize("known", [REFERENCE, WITHOUT_IDS])
def test_one_of_two_joined_names_is_taken(form, known, caplog):
    joint = [form.format(symbol=symbol, gene_id=i, n=n) for n, (symbol, i) in enumerate(zip(SYMBOLS, IDS, strict=True))]
    assert list(named(pd.DataFrame(index=joint), "b.tsv", known=known).names) == SYMBOLS
    assert sentences(caplog)[0].startswith("b.tsv: its genes have two names each, such as ")


def test_names_with_a_bar_stay_where_the_reference_has_them_or_no_part():
    own = Genes(pd.Index(["A|B", "C"]), None)
    assert list(named(pd.DataFrame(index=["A|B", "D|E"]), "b", known=own).names) == ["A|B", "D|E"]
    assert list(named(pd.DataFrame(index=["X|Y"]), "b", known=own).names) == ["X|Y"]
