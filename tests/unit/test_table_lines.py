import gzip

import numpy as np
import pytest
from bulk2space.contract import user_tables
from bulk2space.contract.problems import InputError
from bulk2space.contract.table_header import is_header
from bulk2space.contract.table_lines import opened
from bulk2space.inputs.formats.tables import read_numbers


def lines(path, text: str | bytes) -> tuple[list[str], list[str]]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with opened(path) as table:
        return table.header, [row.decode().strip("\r\n") for row in table.rows]


@pytest.mark.parametrize(
    "text",
    [
        "gene,x,y\ng1,1,2\ng2,3,4\n",
        "# made by a program\n#\ngene,x,y\ng1,1,2\n# between\ng2,3,4\n",
        "gene,x,y\rg1,1,2\rg2,3,4\r",
        "\n,,\ngene,x,y\n,,\ng1,1,2\ng2,3,4\n,,\n\n",
        "#gene,x,y\ng1,1,2\ng2,3,4\n",
        '!Series_title,"a, b"\n!series_matrix_table_begin\ngene,x,y\ng1,1,2\ng2,3,4\n!series_matrix_table_end\n',
        "\ufeffgene,x,y\r\ng1,1,2\r\ng2,3,4",
    ],
    ids=["plain", "comments", "CR", "empty rows", "header in a comment", "series matrix", "mark and CRLF"],
)
def test_what_stands_around_a_table_is_no_part_of_it(tmp_path, text):
    assert lines(tmp_path / "t.csv", text) == (["gene", "x", "y"], ["g1,1,2", "g2,3,4"])


def test_the_lines_above_a_gct_table_are_passed_over(tmp_path):
    text = "#1.2\n2\t1\nName\tDescription\tx\ng1\tA\t1\ng2\tB\t3\n"
    assert lines(tmp_path / "t.gct", text) == (["Name", "Description", "x"], ["g1\tA\t1", "g2\tB\t3"])


@pytest.mark.parametrize("name", ["t.csv", "t.csv.gz"])
def test_compression_is_recognised_by_content(tmp_path, name):
    assert lines(tmp_path / name, gzip.compress(b"gene,x\ng1,1\n")) == (["gene", "x"], ["g1,1"])
    assert lines(tmp_path / name, b"gene,x\ng1,1\n") == (["gene", "x"], ["g1,1"])


@pytest.mark.parametrize(
    ("text", "header"),
    [
        ("x,y\ng1,1,2\n", ["", "x", "y"]),  # R's write.table
        ("1,2\ng1,1,2\n", ["", "1", "2"]),
        ("gene,x,y,,\ng1,1,2,,\n", ["gene", "x", "y", "", ""]),  # Excel
        ("gene,x,y\ng1,1,2,,\n", ["gene", "x", "y", "", ""]),
        ("gene,x,y,,\ng1,1,2\n", ["gene", "x", "y"]),
    ],
)
def test_the_header_gets_a_cell_for_each_column(tmp_path, text, header):
    assert lines(tmp_path / "t.csv", text)[0] == header


@pytest.mark.parametrize("corner", ["gene", "external_gene_name", "Probe Set", "GENE_ID_NAME", "a word of anybody"])
def test_separators_at_the_ends_of_rows_mean_nothing(tmp_path, corner):
    path = tmp_path / "t.tsv"
    rows = [f"G{n}\t{n}\t{n + 1}\t\n" for n in range(40)]
    path.write_text(f"{corner}\tx\ty\n" + "".join(rows))
    adata = read_numbers(path)
    assert list(adata.obs_names) == ["x", "y"]
    assert adata.X.toarray()[:, 7].tolist() == [7, 8]
    path.write_text(
        f"{corner}\tx\ty\n" + "".join(row.replace("\t\n", "\n") if n % 16 else row for n, row in enumerate(rows))
    )
    assert np.array_equal(read_numbers(path).X.toarray(), adata.X.toarray())
    path.write_text(f"{corner}\tx\ty\n" + "".join(rows) + "H\t1\t2\t3\n")
    with pytest.raises(
        InputError, match=r"t.tsv: the row of 'H' has 4 cells, the first line has 3; give every column a"
    ):
        read_numbers(path)


def test_an_empty_last_column_below_names_of_r_stays_one(tmp_path):
    text = '"kind" "note"\n"c1" "A" ""\n"c2" "B" ""\n'.replace(" ", "\t")
    assert lines(tmp_path / "t.tsv", text)[0] == ["", "kind", "note"]
    text = "kind\tnote\nc1\tA\t\nc2\tB\tx\n"
    assert lines(tmp_path / "t.tsv", text)[0] == ["", "kind", "note"]


def test_a_name_may_begin_like_a_comment(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("sample,g1,g2\n#1,1,2\n# a comment\n!2,3,4\n")
    adata = read_numbers(path)
    assert list(adata.var_names) == ["#1", "!2"]


@pytest.mark.parametrize(
    ("cells", "is_short", "expected"),
    [
        (["gene", "s1", "s2"], False, True),
        (["GENE1", "5", "7"], False, False),
        (["c1", "12.5", "3"], False, False),
        (["c1", "T cell", "3.25"], False, False),
        (["", "0", "1"], False, True),
        (["cell", "110883424764611924400221639916314253469", "7"], False, True),
        (["", "5", "5"], False, False),
        (["", "0.5", "1.5"], False, False),
        (["1", "2"], True, True),
        (["1", "2"], False, False),
        (["Hugo_Symbol", "1", "2"], False, True),
        (["gene", "TCGA-1", "12"], False, True),
    ],
)
def test_numbers_where_names_should_be_are_no_header(cells, is_short, expected):
    assert is_header(cells, is_short=is_short) is expected


@pytest.mark.parametrize("text", ["g1,1,2\ng2,3,4\n", "1,2.5,4\n2,3,4\n", "g1,0,0\ng2,0,0\n"])
def test_a_table_without_header_is_refused_everywhere(tmp_path, text):
    path = tmp_path / "t.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"t.csv: has no header, its first line holds numbers"):
        read_numbers(path)
    with pytest.raises(InputError, match=r"t.csv: has no header, its first line holds numbers"):
        user_tables.read_text(path)


def test_columns_without_name_and_content_are_nothing_and_others_are_refused(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("gene,x,,y,\ng1,1,,2,\ng2,3,,4,\n")
    adata = read_numbers(path)
    assert list(adata.obs_names) == ["x", "y"]
    assert adata.X.toarray().tolist() == [[1, 3], [2, 4]]
    path.write_text("gene,x,,y\ng1,1,5,2\ng2,3,6,4\n")
    with pytest.raises(InputError, match=r"t.csv: column 3 has values and no name; name it or remove it"):
        read_numbers(path)
    path.write_text("Cell,Cell_type,,\nc1,A,,\n")
    assert list(user_tables.read_text(path).columns) == ["Cell", "Cell_type"]
    path.write_text("Cell,Cell,kind\nc1,A,B\n")
    with pytest.raises(InputError, match=r"t.csv: has more than one column 'Cell'; rename one"):
        user_tables.read_text(path)


@pytest.mark.parametrize(
    ("start", "sentence"),
    [
        (b"PK\x03\x04\x14", "is a spreadsheet or an archive"),
        (b"<!DOCTYPE html>", "is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "is only a pointer of Git LFS"),
    ],
)
def test_what_is_called_a_table_and_is_none_is_named(tmp_path, start, sentence):
    with pytest.raises(InputError, match=rf"^t.csv: {sentence}"):
        lines(tmp_path / "t.csv", start)


def test_an_ensembl_identifier_beside_a_number_is_no_header():
    assert not is_header(["ENSG00000000003.15", "TSPAN6", "11565"])
    assert is_header(["Geneid", "Symbol", "11565"])
    assert is_header(["ENSG00000000003", "ENSG00000000005"])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            "gene;x\ng1;1,5\n",
            "separated by semicolons, but its name says commas; save it with commas and decimal points",
        ),
        ("gene\tx\ng1\t1.5\n", "separated by tabs, but its name says commas; call it .tsv or save it with commas"),
    ],
)
def test_another_separator_is_refused_with_its_remedy(tmp_path, text, sentence):
    with pytest.raises(InputError, match=sentence):
        lines(tmp_path / "t.csv", text)


@pytest.mark.parametrize("text", ["gene,x\ng1,\0\n", "g\0ene,x\ng1,1\n"])
def test_bytes_of_zero_are_refused(tmp_path, text):
    with pytest.raises(InputError, match=r"^t.csv: holds bytes of 0, so it is not UTF-8 text; save it as UTF-8"):
        lines(tmp_path / "t.csv", text)
