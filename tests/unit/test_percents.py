import numpy as np
import pytest
from bulk2space.contract.percents import percent


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (0, "0%"), (1e-6, "<0.1%"), (0.0004, "<0.1%"), (0.004, "0.4%"), (0.006, "1%"), (0.42, "42%"), (0.994, "99%"),
        (0.996, "99.6%"), (0.9996, ">99.9%"), (1, "100%"), (1 - 1e-12, "100%"), (np.nan, "–"), (1.25, "125%"),
    ],
)  # fmt: skip
def test_some_is_not_none_and_most_is_not_all(part, said):
    assert percent(part) == said


def test_more_digits():
    assert [percent(part, 1) for part in (0.0, 0.0003, 0.0421, 0.9997)] == ["0.0%", "<0.1%", "4.2%", ">99.9%"]
