import anndata as ad
import numpy as np
import pandas as pd
import pytest
import scipy.sparse as sp
from bulk2space.contract.problems import InputError
from bulk2space.inputs import door, excel_dates
from bulk2space.inputs.no_expression import annotation, not_expression, not_genes
from inputs import GENES, counts
from logged import remarks, sentences

RNG = np.random.default_rng(0)


def matrix(values: np.ndarray, names: list[str], genes: list[str] = GENES) -> ad.AnnData:
    return ad.AnnData(sp.csr_matrix(values, dtype=np.float32), pd.DataFrame(index=names), pd.DataFrame(index=genes))


@pytest.mark.parametrize(
    "name",
    ["Length", "Entrez_Gene_Id", "ENTREZID", "EffectiveLength", "Start", "End", "gene_biotype", "transcript_id(s)",
     "Strand", "Chromosome/scaffold name", "gc_content", "Gene start (bp)", "exonic.length", "baseMean", "P.Value",
     "Transcript length (including UTRs and CDS)"],
)  # fmt: skip
def test_annotation_of_genes_is_no_sample(name, tmp_path, caplog):
    path = tmp_path / "bulk.tsv"
    table = pd.DataFrame(counts(2).T * 50, index=GENES, columns=["P1", "P2"])
    table.insert(0, name, "chr1;chr1" if "Chrom" in name else np.arange(len(GENES)) + 200)
    if name == "gc_content":
        table[name] = 0.3 + np.arange(len(GENES)) / 1000
    table.to_csv(path, sep="\t", index_label="gene")
    bulk = door.bulk(path)
    assert list(bulk.obs_names) == ["P1", "P2"]
    assert bulk.uns["units"]["input"] == "counts"
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity, remark.figures) == ("annotation_left_out", "warning", {"names": [name]})


@pytest.mark.parametrize(
    "name",
    [
        "OS.time",
        "OS",
        "nCount_RNA",
        "array_row",
        "fov",
        "cell_ID",
        "in_tissue",
        "age",
        "library_id",
        "UMAP_1",
        "S.Score",
        "pct_counts_in_top_50_genes",
        "n_genes_by_counts",
        "x_px",
        "nCount_SCT",
        "total_umi",
    ],
)
def test_annotation_of_observations_is_no_gene(name, caplog):
    values = np.hstack([counts(3), [[812.0], [15], [0.5]]])
    kept = annotation.without(matrix(values, list("abc"), [*GENES, name]), "m.csv", genes=None, observations=())
    assert list(kept.var_names) == GENES
    assert sentences(caplog) == [f"m.csv: '{name}' is annotation, not expression, and is left out"]


def test_a_gene_of_the_reference_is_one_whatever_its_name():
    values = np.hstack([counts(3), [[8], [15], [5]]])
    kept = annotation.without(matrix(values, list("abc"), [*GENES, "OS"]), "m", genes=pd.Index(["OS"]), observations=())
    assert kept.n_vars == len(GENES) + 1


@pytest.mark.parametrize(
    "name",
    ["OS9", "GC", "y", "AGER", "ENDOU", "SET", "STAG1", "XIST", "TIMELESS", "GCG", "CHRD", "LENG1", "Y_RNA", "row"],
)
def test_genes_with_like_names_stay(name):
    kept = annotation.without(
        matrix(counts(3, genes=1), list("abc"), [name]), "m", genes=None, observations=list("abc")
    )
    assert list(kept.var_names) == [name]


def test_one_number_for_all_is_annotation():
    values = counts(30)
    values[:, 3] = 7
    kept = annotation.without(matrix(values, [f"c{n}" for n in range(30)]), "m", genes=None, observations=())
    assert "Gene4" not in kept.var_names
    assert kept.n_vars == len(GENES) - 1
    values = counts(3) * 10
    values[1] = 5
    kept = annotation.without(matrix(values, ["a", "release", "b"]), "m", genes=None, observations=())
    assert list(kept.obs_names) == ["a", "b"]


@pytest.mark.parametrize(
    ("samples", "odd"),
    [
        (np.log2(1 + counts(3) * 1000.7), np.arange(120) + 300),
        (np.log2(1 + counts(3) * 1000.7), np.arange(120) + 300.5),
        (counts(3) * 50, np.linspace(0.3, 0.6, 120)),
        (counts(3) * 50.3, np.arange(120) + 3),
    ],
    ids=["whole beside logarithms", "large beside logarithms", "fractions beside counts", "whole beside fractions"],
)
def test_a_column_of_another_kind_is_no_sample(samples, odd, caplog):
    kept = annotation.of_one_kind(matrix(np.vstack([odd, samples]), ["odd", "a", "b", "c"]), "m.csv")
    assert list(kept.obs_names) == ["a", "b", "c"]
    assert "'odd' is annotation" in sentences(caplog)[0]
    with pytest.raises(
        InputError, match=r"m.csv: its columns are of different kinds: .*'odd' holds.*; name the samples under"
    ):
        annotation.of_one_kind(matrix(np.vstack([odd, samples[:1]]), ["odd", "a"]), "m.csv")


def test_samples_of_one_kind_stay_as_they_are():
    raw = matrix(np.vstack([counts(2) * 9.5, np.zeros((1, 120))]), ["a", "b", "empty"])
    assert annotation.of_one_kind(raw, "m") is raw


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("__no_feature", "counters"), ("__alignment_not_unique", "counters"), ("N_unmapped", "counters"),
        ("N_noFeature", "counters"), ("ERCC-00002", "spike-ins"), ("SIRV101", "spike-ins"), ("Blank-12", "control"),
        ("BLANK_0006", "control"), ("NegPrb3", "control"), ("NegControlProbe_00042", "control"),
        ("NegControlCodeword_0500", "control"), ("Negative1", "control"), ("antisense_PROKR2", "control"),
        ("UnassignedCodeword_0001", "control"), ("DeprecatedCodeword_1", "control"), ("SystemControl12", "control"),
        ("FalseCode7", "control"), ("Intergenic_Region_1", "control"), ("Custom_control", "control"),
        ("", "without a name"),
    ],
)  # fmt: skip
def test_what_is_no_gene_is_left_out_and_counted(name, kind, caplog):
    values = np.hstack([counts(2), [[50], [60]]])
    kept = not_genes.without(matrix(values, ["a", "b"], [*GENES, name]), "m.csv")
    assert list(kept.var_names) == GENES
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity) == ("not_genes_left_out", "warning")
    assert remark.figures["left_out"] == 1
    assert kind in remark.sentence


@pytest.mark.parametrize("name", ["ERCC1", "NEGR1", "BLNK", "AMBP", "CUSTOS", "SIRPA", "NALCN", "ERCC6L2", "SYS1"])
def test_genes_with_names_like_controls_stay(name):
    assert not_genes.without(matrix([[1], [2]], ["a", "b"], [name]), "m").n_vars == 1


@pytest.mark.parametrize(
    "name", ["2-Sep", "1-Mar", "Mar-01", "2001-03-01", "2001-03-01 00:00:00", "1/3/2001", "2.3E+19"]
)
def test_names_that_excel_has_changed_are_said(name, caplog):
    excel_dates.warn_of_dates(pd.Index(["A1BG", name, name]), "b.csv")
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity, remark.figures) == ("gene_names_are_dates", "warning", {"names": [name]})
    assert "2 gene names were turned to dates or numbers by Excel" in remark.sentence


@pytest.mark.parametrize(
    "name", ["SEPTIN2", "MARCHF1", "DEC1", "HLA-A", "MIR-21", "NKX2-5", "7SK", "5-HT3", "RP11-34P13"]
)
def test_names_of_genes_are_no_dates(name, caplog):
    excel_dates.warn_of_dates(pd.Index([name]), "b.csv")
    assert remarks(caplog) == []


def test_samples_that_the_user_names_decide_on_the_kind(caplog):
    logs = np.log2(1 + counts(1) * 1000.7)
    odd = [np.arange(120) + 300, np.linspace(900, 1900, 120), np.full(120, np.nan)]
    raw = matrix(np.vstack([*odd, logs, logs + 0.5]), ["length", "place", "lost", "P1", "P2"])
    kept = annotation.of_one_kind(raw, "m.csv", known=["P1"])
    assert list(kept.obs_names) == ["P1", "P2"]
    assert remarks(caplog)[0].figures == {"names": ["length", "place", "lost"]}


def test_samples_with_the_same_values_are_said(tmp_path, caplog):
    values = RELATED[[0, 1, 0, 2]]
    path = tmp_path / "bulk.tsv"
    pd.DataFrame(values.T, GENES, list("abcd")).to_csv(path, sep="\t", index_label="gene")
    assert door.bulk(path).n_obs == 4
    (remark,) = remarks(caplog)
    assert (remark.code, remark.severity, remark.figures) == ("same_samples", "warning", {"samples": [["a", "c"]]})
    assert remark.sentence.startswith("bulk.tsv: 'a', 'c' hold the same values: tests would count one sample several")
    caplog.clear()
    door.bulk(path, columns=["a", "b"])
    assert remarks(caplog) == []


def test_named_samples_are_not_in_several_units():
    """Most of them would say that the logarithms of the others are linear values."""
    whole, logs = counts(3) * 40, np.log2(1 + counts(2) * 1000.7)
    raw, names = matrix(np.vstack([whole, logs]), list("abcde")), list("abcde")
    with pytest.raises(
        InputError,
        match=r"m.csv: its samples are in different units: 'a' holds whole numbers and 'd' holds small fr.* one",
    ):
        annotation.of_one_kind(raw, "m.csv", known=names)
    with pytest.raises(InputError, match="'d' holds small fractions and 'a' holds whole numbers"):
        annotation.of_one_kind(raw, "m.csv", known=list("ade"))
    assert list(annotation.of_one_kind(raw, "m.csv", known=list("ab")).obs_names) == list("abc")
    assert annotation.of_one_kind(raw[:3], "m.csv", known=names).n_obs == 3


def test_named_samples_of_counts_and_fractions_of_counts_stay():
    raw = matrix(np.vstack([counts(3) * 40, counts(1) * 40.3]), list("abcd"))
    assert annotation.of_one_kind(raw, "m.csv", known=list("abcd")).n_obs == 4


def test_the_unit_is_that_of_the_named_sample(tmp_path):
    path = tmp_path / "bulk.tsv"
    rng = np.random.default_rng(0)
    tpm = rng.gamma(0.5, 1, 300)
    table = pd.DataFrame({"P1": np.log2(1 + tpm / tpm.sum() * 1e6), "conservation": rng.uniform(0, 9, 300)})
    table.index = [f"G{n}" for n in range(300)]
    table.to_csv(path, sep="\t")
    bulk = door.bulk(path, columns=["P1"])
    assert bulk.uns["units"]["input"] == "log2"
    np.testing.assert_allclose(bulk.to_df().loc["P1", table.index], tpm / tpm.sum() * 1e6, rtol=1e-3)


def test_rows_and_columns_of_a_grid_are_no_genes():
    values = np.hstack([counts(3), [[0, 8], [1, 15], [2, 5]]])
    kept = annotation.without(matrix(values, list("abc"), [*GENES, "row", "col"]), "m", genes=None, observations=())
    assert list(kept.var_names) == GENES


def test_a_column_without_any_value_is_no_sample():
    values = np.vstack([counts(2) * 10, np.full(120, np.nan)])
    kept = annotation.without(matrix(values, ["a", "b", "note"], GENES), "m", genes=None, observations=())
    assert list(kept.obs_names) == ["a", "b"]


def test_sums_of_genes_are_no_genes(caplog):
    values = counts(30)
    values = np.hstack([(values > 0).sum(axis=1, keepdims=True), values, values.sum(axis=1, keepdims=True)])
    cells = matrix(values, [f"c{n}" for n in range(30)], ["detected", *GENES, "my sum"])
    kept = not_expression.without_sums(cells[:, 1:].copy(), "m")
    assert list(kept.var_names) == GENES
    assert sentences(caplog) == ["m: 'my sum' is annotation (computed from all genes), not expression, and is left out"]
    assert list(not_expression.without_sums(cells[:, :-1].copy(), "m").var_names) == GENES
    assert list(not_expression.without_sums(kept, "m").var_names) == GENES


RELATED = RNG.poisson(np.exp(np.linspace(0, 8, 120)), (3, 120)).astype(float)


def test_two_unrelated_columns_beside_two_samples_are_left_out():
    odd = RNG.integers(300, 9000, (2, 120))
    bulk = matrix(np.vstack([RELATED[:2], odd]), ["a", "b", "odd", "even"])
    assert list(not_expression.without_strangers(bulk, "m").obs_names) == ["a", "b"]


@pytest.mark.parametrize(
    ("odd", "why"),
    [
        (RNG.permutation(120) + 1, "row numbers"),
        (np.arange(120), "row numbers"),
        (np.arange(120) % 2, "0 or 1 throughout"),
        (RELATED.sum(axis=0), "computed from the other columns"),
        (RELATED.mean(axis=0).round(3), "computed from the other columns"),
        (RNG.integers(300, 9000, 120), "not related to the other columns, which are related"),
    ],
    ids=["order", "index", "flag", "sum", "mean", "unrelated"],
)
def test_columns_that_can_be_no_samples_are_left_out_unless_they_are_named(odd, why, caplog):
    bulk = matrix(np.vstack([RELATED, odd]), ["a", "b", "c", "odd"])
    assert list(not_expression.without_strangers(bulk, "m").obs_names) == ["a", "b", "c"]
    assert sentences(caplog) == [f"m: 'odd' is annotation ({why}), not expression, and is left out"]
    assert not_expression.without_strangers(bulk, "m", known=["odd"]).n_obs == 4


@pytest.mark.parametrize(
    "values",
    [
        RELATED,
        RELATED[:1],
        np.vstack([RELATED, RELATED[0]]),
        np.vstack([RELATED, 0 * RELATED[0]]),
        counts(4),
        counts(5),
    ],
    ids=["related", "one", "the same", "empty", "four of no relation", "five of no relation"],
)
def test_samples_are_no_strangers(values):
    bulk = matrix(values, [f"s{n}" for n in range(len(values))])
    assert not_expression.without_strangers(bulk, "m").n_obs == len(values)
