import dataclasses

import pytest
from bulk2space.inputs.sheet.chunks import chosen_size, chunks
from bulk2space.inputs.sheet.plan import Sample
from bulk2space.inputs.sheet.shown import note_untested, pair_problems, shown


def samples(number: int, *, start: int = 0, bulk: str = "b", reference: str = "r", section: str | None = None):
    platform = "spot" if section else None
    return [
        Sample(f"{bulk}{reference}{n}", bulk, f"c{n}", reference, section, platform, 10, "number", 50, None)
        for n in range(start, start + number)
    ]


def of_conditions(conditions, *, start: int = 0, bulk: str = "b"):
    found = samples(len(conditions), start=start, bulk=bulk)
    return [dataclasses.replace(sample, condition=word) for sample, word in zip(found, conditions, strict=True)]


def names(found) -> list[list[str]]:
    return [chunk.samples for chunk in found]


def test_samples_of_one_bulk_and_reference_go_together_in_the_order_of_the_sheet():
    one, other = samples(3), samples(3, bulk="x")
    mixed = [sample for pair in zip(one, other, strict=True) for sample in pair]
    found = chunks(mixed, 2)
    assert names(found) == [["br0", "br1"], ["br2"], ["xr0", "xr1"], ["xr2"]]
    assert [chunk.id for chunk in found] == ["b with r, 1-2", "br2", "x with r, 1-2", "xr2"]
    assert names(chunks(samples(2) + samples(2, reference="q"), 9)) == [["br0", "br1"], ["bq0", "bq1"]]


def test_a_sample_with_a_section_has_a_task_of_its_own():
    found = chunks(samples(2) + samples(2, start=2, section="s") + samples(1, start=4), 9)
    assert names(found) == [["br0", "br1", "br4"], ["br2"], ["br3"]]


@pytest.mark.parametrize("size", [None, 1, 7, 1000])
@pytest.mark.parametrize("number", [1, 8, 9, 128, 129, 340])
def test_every_sample_is_in_one_task_and_no_task_is_too_large(number, size):
    found = chunks(samples(number), size)
    assert [name for names in found for name in names.samples] == [sample.id for sample in samples(number)]
    assert max(len(chunk.samples) for chunk in found) <= (size or chosen_size(number))
    assert len({chunk.id for chunk in found}) == len(found)


def test_few_samples_run_side_by_side_and_many_go_together():
    assert [chosen_size(number) for number in (1, 8, 9, 128, 129, 1000)] == [1, 1, 8, 8, 32, 32]


@pytest.mark.parametrize("number", [30, 339])
def test_a_row_at_the_end_changes_only_the_last_task(number):
    before, after = chunks(samples(number), None), chunks(samples(number + 1), None)
    assert after[: len(before) - 1] == before[:-1]


def test_the_first_samples_have_chapters_and_more_than_these_of_one_pair_are_a_cohort():
    found = shown(samples(2, bulk="x") + samples(4) + samples(3, reference="q"), 3)
    assert [sample.chapters for sample in found] == [True] * 3 + [False] * 6
    assert [sample.cohort for sample in found] == [None] * 2 + ["b.r"] * 4 + [None] * 3


def test_six_samples_of_one_pair_that_differ_in_something_are_a_cohort():
    assert {sample.cohort for sample in shown(of_conditions("aaabbb"), 12)} == {"b.r"}
    assert {sample.cohort for sample in shown(of_conditions("aaabb"), 12)} == {None}
    assert {sample.cohort for sample in shown(of_conditions("aaaaaa"), 12)} == {None}
    ages = [dataclasses.replace(sample, covariates={"covariate_age": n}) for n, sample in enumerate(samples(6))]
    assert {sample.cohort for sample in shown(ages, 12)} == {"b.r"}


def test_pairs_of_files_whose_results_would_have_one_name_are_refused():
    one, other = samples(2, bulk="x.a", reference="b"), samples(2, bulk="x", reference="a.b")
    (problem,) = pair_problems(one + other, "s.csv")
    assert problem.sentence.startswith(
        "s.csv: the samples of bulk x.a and reference b and those of bulk x and reference"
    )
    assert problem.sentence.endswith("would both have the results cohorts/x.a.b; rename one of these files")
    assert list(pair_problems(one + samples(2, bulk="x", reference="b"), "s.csv")) == []


def test_conditions_that_differ_only_between_files_are_remarked_on(caplog):
    note_untested(of_conditions("aaa") + of_conditions("bbb", bulk="x"))
    assert "condition: not tested, as samples are compared where one bulk file and one reference" in caplog.text
    caplog.clear()
    for tested in (of_conditions("aaabbb"), of_conditions("aa") + of_conditions("aa", bulk="x")):
        note_untested(tested)
    assert caplog.text == ""
