"""How far a long step is, in the log."""

import itertools
import logging

from bulk2space.contract.progress import EVERY, Progress, in_words


def test_progress_is_said_now_and_then_with_the_time_that_is_left(caplog):
    clock = itertools.count(0, EVERY / 2).__next__
    with caplog.at_level(logging.INFO):
        progress = Progress(logging.getLogger(), "spots fitted", 10_000, clock)
        for _ in range(10):
            progress.add(1000)
    said = [record.getMessage() for record in caplog.records]
    # every second part, since a part takes half of the time between two lines
    assert said == [
        f"spots fitted: {done:,} of 10,000, about {in_words((10_000 - done) / 1000 * EVERY / 2)} left"
        for done in (2000, 4000, 6000, 8000)
    ]
    assert said[0].endswith("about 80 s left")


def test_a_short_step_says_nothing(caplog):
    with caplog.at_level(logging.INFO):
        Progress(logging.getLogger(), "spots fitted", 5, lambda: 0.0).add(2)
    assert not caplog.records


def test_time_is_told_in_the_unit_in_which_one_waits():
    assert [in_words(seconds) for seconds in (7.4, 89, 90, 3600, 7200)] == ["7 s", "89 s", "2 min", "60 min", "2.0 h"]
