"""An input that changes while it is read is refused, however the reading ends."""

import os

import pytest
from bulk2space.contract.problems import InputError
from bulk2space.inputs.unchanged import unchanged
from failures_page import said

CHANGED = said("an input changes while it is read")


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("a,b\n1,2\n")
    return path


def test_what_stays_the_same_passes(path, tmp_path):
    with unchanged(path, None, tmp_path):
        pass


def test_a_file_that_grows(path):
    with pytest.raises(InputError, match=CHANGED) as problem, unchanged(path):
        path.write_text("a,b\n1,2\n3,4\n")
    assert "counts.csv: changed while it was read (8 bytes before, 12 bytes after)" in str(problem.value)


def test_a_file_that_is_written_again_with_the_same_size(path):
    with pytest.raises(InputError, match=CHANGED), unchanged(path):
        os.utime(path, ns=(0, path.stat().st_mtime_ns + 1))


def test_what_the_reader_says_of_a_changed_file_is_not_told(path):
    with pytest.raises(InputError, match=CHANGED), unchanged(path):
        path.unlink()
        raise InputError("counts.csv: cannot be read")


def test_what_the_reader_says_of_an_unchanged_file_is(path):
    with pytest.raises(InputError, match="cannot be read"), unchanged(path):
        raise InputError("counts.csv: cannot be read")


def test_a_file_within_a_folder(path, tmp_path):
    sentence = rf"{tmp_path.name}/more\.csv: changed .* \(no file before, 0 bytes after\)"
    with pytest.raises(InputError, match=sentence), unchanged(tmp_path):
        (tmp_path / "more.csv").touch()
