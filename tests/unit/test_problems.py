"""A problem is one line that can be read, whatever a damaged file or a library says."""

import pytest
from bulk2space.contract.problems import InputError, few, reason


def test_sentence_is_one_printable_line():
    assert str(InputError("t.csv: the gene 'A\nB\0C' is no gene")) == "t.csv: the gene 'A B\ufffdC' is no gene"


def test_a_word_without_end_is_shortened():
    sentence = str(InputError(f"t.csv: the value '{'x' * 5000}' is no number"))
    assert sentence.startswith("t.csv: the value 'xxx")
    assert sentence.endswith("xxx' is no number")
    assert len(sentence) < 150


def test_names_are_few_and_short():
    assert few(["a", "b" * 60, "c", "d"]) == f"'a', '{'b' * 50}…', 'c' …"


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (FileNotFoundError(2, "No such file or directory", "/tasks/of/run/t.csv"), "No such file or directory"),
        (ValueError("no method for <class 'h5py._hl.group.Group'>. You may need to\nupdate"), "no method for"),
        (OSError("Not a gzipped file (b'\\x1fO')"), "Not a gzipped file"),
        (KeyError(), "KeyError"),
        (ValueError("y" * 500), "y" * 160 + "…"),
    ],
)
def test_what_a_library_says_is_cut_to_what_a_user_understands(error, words):
    assert reason(error) == words
