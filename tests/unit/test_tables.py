import gzip

import numpy as np
import pytest
import scipy.sparse as sp
from bulk2space.contract import user_tables
from bulk2space.contract.problems import InputError
from bulk2space.inputs.formats import plain_counts, tables
from hypothesis import given, settings
from hypothesis import strategies as st
from logged import sentences


def read(path, text: str):
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return tables.read_numbers(path)


@settings(deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 999_999_999), min_size=3, max_size=3), min_size=1, max_size=5),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([",", "\t"]),
    st.booleans(),
)
def test_plain_counts_are_what_python_reads(rows, end, mark, quoted):
    names = [f'"g,{n}"' if quoted else f"g{n}" for n in range(len(rows))]
    lines = [(mark.join([name, *map(str, row)]) + end).encode() for name, row in zip(names, rows, strict=True)]
    lines[-1] = lines[-1].rstrip()
    found, matrix = plain_counts.parse(lines, mark, 3)
    assert found == [name.strip('"') for name in names]
    assert np.array_equal(matrix.toarray(), np.array(rows, dtype=np.float32))
    assert matrix.has_sorted_indices
    assert (matrix.data != 0).all()


@pytest.mark.parametrize(
    "line", ["g,1,2", "g,1,2,3,4", "g,1,,3", "g,1,2.5,3", "g,1,-2,3", "g,1,x,3", "g", "g,1,12345678901,3", 'g,1,"2",3']
)
def test_anything_else_is_left_to_a_general_reader(line):
    assert plain_counts.parse([b"f,0,0,7\n", line.encode()], ",", 3) is None


def test_shifted_lines_are_no_plain_counts():
    assert plain_counts.parse([b"f,1,2\n", b"g,3,4,5,6\n"], ",", 3) is None


@pytest.mark.parametrize("ending", ["csv", "csv.gz"])
def test_a_table_becomes_observations_by_genes(tmp_path, ending):
    adata = read(tmp_path / f"t.{ending}", '"","x","y"\n"NA",1,0\n"g2",3,4\n')
    assert list(adata.obs_names) == ["x", "y"]
    assert list(adata.var_names) == ["NA", "g2"]
    assert adata.X.toarray().tolist() == [[1, 3], [0, 4]]
    assert sp.isspmatrix_csr(adata.X)
    assert adata.X.dtype == np.float32


def test_fractions_after_whole_numbers_are_read(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "PLAIN_VALUES_AT_ONCE", 6)
    monkeypatch.setattr(tables, "VALUES_AT_ONCE", 9)
    body = "".join(f"g{n},{n},{n + 1}\n" for n in range(7)) + "g7,0.5,1e3\n" + "g8,8,9\n"
    adata = read(tmp_path / "t.csv", "gene,x,y\n" + body)
    assert adata.X.toarray()[0].tolist() == [0, 1, 2, 3, 4, 5, 6, 0.5, 8]
    assert adata.X.toarray()[1].tolist() == [1, 2, 3, 4, 5, 6, 7, 1000, 9]
    assert list(adata.var_names) == [f"g{n}" for n in range(9)]


def test_a_byte_order_mark_is_no_part_of_a_name(tmp_path):
    adata = read(tmp_path / "t.csv", "\ufeffgene,x\ng1,1\n")
    assert list(adata.obs_names) == ["x"]


def test_names_of_genes_in_a_second_column_are_kept(tmp_path):
    adata = read(tmp_path / "t.tsv", "gene_id\tgene_name\tx\nENSG1\tA\t1\nENSG2\tNA\t2.5\n")
    assert list(adata.var_names) == ["ENSG1", "ENSG2"]
    assert list(adata.var["gene_name"]) == ["A", "NA"]
    assert adata.X.toarray().tolist() == [[1, 2.5]]


def test_a_row_cut_short_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"t.csv: cannot be read as a table \(.*Expected 3 fields in line 2, saw 4\)"):
        read(tmp_path / "t.csv", "gene,x,y\ng1,1,2\ng2,3,4,5\n")
    assert np.isnan(read(tmp_path / "u.csv", "gene,x,y\ng1,1,2\ng2,3\n").X.toarray()).sum() == 1


def test_blank_lines_at_the_end_are_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(tables, "PLAIN_VALUES_AT_ONCE", 6)
    adata = read(tmp_path / "t.csv", "gene,x,y\ng1,1,2\ng2,3,4\n\n\n")
    assert adata.X.toarray().tolist() == [[1, 3], [2, 4]]


@pytest.mark.parametrize(
    "text",
    ["Cell,Cell_type\nc1,A\nc2,B\n", '"","Cell_type"\n"c1","A"\n"c2","B"\n', '"Cell_type"\n"c1","A"\n"c2","B"\n'],
)
def test_metadata_as_r_writes_them_are_read(tmp_path, text):
    path = tmp_path / "meta.csv"
    path.write_text(text)
    table = user_tables.read_metadata(path, "Cell", ("Cell_type",))
    assert table["Cell_type"].to_dict() == {"c1": "A", "c2": "B"}


def test_rows_of_words_are_annotation(tmp_path, caplog):
    path = tmp_path / "m.csv"
    path.write_text("gene,a,b\ngroup,tumour,normal\nsex,M,\nG1,1,2\nG2,3,NA\n")
    found = tables.read_numbers(path)
    assert list(found.var_names) == ["G1", "G2"]
    assert sentences(caplog) == ["m.csv: 'group', 'sex' are annotation, not expression, and are left out"]
    path.write_text("gene,a\nG1,1\nG2,many\n")
    with pytest.raises(InputError, match="the value of 'G2' in 'a' is 'many', which is not a number; correct it"):
        tables.read_numbers(path)


@pytest.mark.parametrize("value", ["1901,81", "10,873", "1.234.567,5"])
def test_commas_in_numbers_are_refused_with_the_remedy(tmp_path, value):
    path = tmp_path / "m.tsv"
    path.write_text(f"gene\ta\nG1\t1\nG2\t{value}\n")
    with pytest.raises(InputError, match="write numbers with a decimal point and without commas"):
        tables.read_numbers(path)


def test_samples_called_like_annotation_are_refused_by_name(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("gene,start,end\nG1,1,2\nG2,3,4\n")
    with pytest.raises(
        InputError, match=r"its columns 'start', 'end' have names of annotation, no other holds numbers"
    ):
        tables.read_numbers(path)


def test_a_title_above_the_header_is_refused(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("Table S1: counts,,\ngene,a,b\nG1,1,2\n")
    with pytest.raises(InputError, match="its first line has no names of columns; remove what stands above the header"):
        tables.read_numbers(path)


def test_names_of_genes_beside_numbers_of_rows_are_no_annotation(tmp_path, caplog):
    """As in the tissues of GTEx."""
    text = "#1.2\n2\t1\nid\tName\tDescription\tS1\n0\tENSG00000000001.2\tTP53\t7\n1\tENSG00000000002.3\tMYC\t9\n"
    sample = read(tmp_path / "lung.gct.gz", text)
    assert list(sample.obs_names) == ["S1"]
    assert sample.var["Name"].tolist() == ["ENSG00000000001.2", "ENSG00000000002.3"]
    assert caplog.records == []


def test_points_between_thousands_are_refused(tmp_path):
    rng = np.random.default_rng(0)
    values = np.rint(rng.lognormal(5, 3, (200, 3))).astype(int).clip(0, 999_999)
    text = [f"g{n}\t" + "\t".join(f"{value:,}".replace(",", ".") for value in row) for n, row in enumerate(values)]
    path = tmp_path / "t.tsv"
    path.write_text("gene\tx\ty\tz\n" + "\n".join(text) + "\n")
    with pytest.raises(
        InputError, match=r"^t.tsv: its numbers seem to have points between thousands \('\d+\.\d{3}' for"
    ):
        tables.read_numbers(path)


@pytest.mark.parametrize("form", ["{:.3f}", "{:.4g}", "{:.3g}"])
@pytest.mark.parametrize("least", [0.0, 1.0])
def test_fractions_of_three_decimals_are_read(tmp_path, form, least):
    values = least + np.random.default_rng(1).lognormal(1, 1, (300, 2))
    path = tmp_path / "t.tsv"
    rows = [f"g{n}\t" + "\t".join(form.format(value) for value in row) for n, row in enumerate(values)]
    path.write_text("gene\tx\ty\n" + "\n".join(rows) + "\n")
    np.testing.assert_allclose(tables.read_numbers(path).X.toarray(), values.T, rtol=0.01, atol=6e-4)


@pytest.mark.parametrize("first", [5, 50])
def test_quotes_that_are_not_closed_swallow_no_row(tmp_path, first):
    rows = [f"g{n}\tsome gene\t{n}\t{n + 1}" for n in range(300)]
    rows[first] = f"g{first}\t\"exonuclease, 3'\t{first}\t{first + 1}"
    rows[120] = 'g120\t"open reading frame\t120\t121'
    path = tmp_path / "t.tsv"
    path.write_text("gene\tdescription\tx\ty\n" + "\n".join(rows) + "\n")
    adata = tables.read_numbers(path)
    assert adata.n_vars == 300
    assert adata.X.toarray()[0].tolist() == list(range(300))
    path.write_text("gene\tdescription\tx\ty\n" + "\n".join([*rows[:100], *rows[130:]]) + "\n")
    assert tables.read_numbers(path).n_vars == 270, "also a single one"
    rows[3] = '"g3"\t"some gene"\t3\t4'
    path.write_text("gene\tdescription\tx\ty\n" + "\n".join(rows) + "\n")
    with pytest.raises(
        InputError, match=f"^t.tsv: a quote in the row of 'g{first}' is not closed on its line; close it or"
    ):
        tables.read_numbers(path)


def test_quotes_that_are_not_closed_swallow_no_row_of_metadata(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text('Cell,note,kind\nc1,plain,B\nc2,"odd,A\nc3,plain,B\nc4,"odd,A\n')
    assert list(user_tables.read_text(path)["Cell"]) == ["c1", "c2", "c3", "c4"]
    path.write_text('Cell,note,kind\n"c1","a, b",A\n"c2","odd,B\n"c3","odd",A\n')
    with pytest.raises(InputError, match="a quote in the row of 'c2' is not closed on its line"):
        user_tables.read_text(path)


@pytest.mark.parametrize(
    "write",
    [
        lambda value: f"{5 + value % 9:.3f}",  # logarithms of a microarray
        lambda value: f"{value:.3f}" if value < 700 else str(int(value)),
        lambda value: str(int(value)),
    ],
)
def test_three_decimals_and_whole_numbers_are_no_thousands(tmp_path, write):
    values = np.random.default_rng(0).lognormal(6, 2, (300, 3))
    rows = ["\t".join([f"g{n}.1", *map(write, row)]) for n, row in enumerate(values)]
    assert read(tmp_path / "t.tsv", "\n".join(["gene\tx\ty\tz", *rows])).shape == (3, 300)
