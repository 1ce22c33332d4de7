"""What is wrong with a samplesheet reaches the user as sentences, all in one message, before any other step."""

import pytest
from conftest import ROWS, run, tasks
from inputs import write_published, write_sheet
from light_run import NOTE

DOOR = {"CHECK_SAMPLESHEET", "NORMALIZE_BULK", "NORMALIZE_REFERENCE", "NORMALIZE_SECTION", "PLAN_SAMPLES"}


def test_all_problems_in_one_message(tmp_path):
    write_published(tmp_path)
    row = ROWS[0]
    (tmp_path / "bad.csv").write_text("gene,one\nGene1,-1\n")
    wrong = [{"sample": "b", "platform": "sopt"}, {"sample": "c", "bulk": "no.csv"}, {"sample": "d", "bulk": "bad.csv"}]
    write_sheet(tmp_path, row, row, *(row | change for change in wrong))
    result = run("--input", "samplesheet.csv", cwd=tmp_path)

    assert result.returncode != 0
    message = result.stdout[result.stdout.index("The samplesheet has") :]
    sentences = [line for line in message.splitlines() if line.startswith("  - ")]
    assert len(sentences) == 4
    assert message.startswith("The samplesheet has 4 problems:")
    for part in ("spots", "sopt", "no.csv", "Gene1"):
        assert sum(part in sentence for sentence in sentences) == 1, message
    for noise in ("Command executed", "Traceback", "Exception", "Work dir"):
        assert noise not in result.stdout
    assert {name.split(" ")[0] for name in tasks(tmp_path)} == DOOR


@pytest.mark.parametrize(("content", "part"), [(b"", "empty"), (b"\x00\xff\xfe\x01\n\x80\x81", "samplesheet")])
def test_sheet_without_a_table(tmp_path, content, part):
    (tmp_path / "sheet.csv").write_bytes(content)
    result = run("--input", "sheet.csv", cwd=tmp_path)
    assert result.returncode != 0
    assert "The samplesheet" in result.stdout
    assert part in result.stdout
    assert "Traceback" not in result.stdout + result.stderr
    assert "Exception" not in result.stdout + result.stderr


def test_no_sheet(tmp_path):
    result = run("--input", "nowhere.csv", cwd=tmp_path)
    assert result.returncode != 0
    assert "  - --input: there is no file 'nowhere.csv'." in result.stdout.splitlines()


def test_check_only_prints_the_plan_and_stops(inputs, tmp_path):
    note = tmp_path / "out" / NOTE
    note.parent.mkdir()
    note.write_text("of a run that was ended")
    result = run("--input", inputs / "samplesheet.csv", "--check_only", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert "Checked; nothing else was run (--check_only)." in result.stdout
    for sample in ("spots", "image", "cells"):
        assert f"sample {sample}:" in result.stdout
    assert (
        "tasks to run: 1 RANK_MARKERS, 1 TRAIN_VAE, 1 ESTIMATE_PROPORTIONS, 1 ESTIMATE_EXPRESSION, 3 JUDGE_FIT, "
        "3 GENERATE_CELLS" in result.stdout
    )
    assert {name.split(" ")[0] for name in tasks(tmp_path)} == DOOR
    assert note.read_text() == "of a run that was ended", "a check completes no results"
