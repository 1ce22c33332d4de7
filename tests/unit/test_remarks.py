import logging
import warnings

import numpy as np
import pytest
from bulk2space.contract import remarks

log = logging.getLogger("a_step")


@pytest.fixture
def collector():
    handler = remarks.Collector()
    logging.getLogger().addHandler(handler)
    yield handler
    logging.getLogger().removeHandler(handler)


def test_only_remarks_are_kept_not_what_libraries_warn_of(collector):
    remarks.warn(log, "few_counts", "a spot has 12 counts", median=12)
    log.warning("a plain line of the log")
    logging.getLogger("a_library").warning("deprecated")
    with pytest.warns(UserWarning, match="old"):
        warnings.warn("old", stacklevel=1)
    assert [one.code for one in collector.remarks] == ["few_counts"]


def test_a_remark_is_a_line_of_the_log_too(caplog):
    with caplog.at_level(logging.INFO):
        remarks.note(log, "kept", "3 columns are kept")
        remarks.warn(log, "few_counts", "a spot has 12 counts")
    assert [(line.levelname, line.getMessage()) for line in caplog.records] == [
        ("INFO", "3 columns are kept"),
        ("WARNING", "a spot has 12 counts"),
    ]


def test_a_remark_without_subject_is_about_the_scripts_own(collector):
    remarks.warn(log, "few_counts", "a spot has 12 counts")
    remarks.warn(log, "no_labels", "3 cells without a label are left out", subject="reference.h5ad")
    assert [one.subject for one in collector.about("tissue_a")] == ["tissue_a", "reference.h5ad"]


def test_remarks_survive_json_with_numbers_of_numpy(collector):
    remarks.warn(log, "few_counts", "a spot has 12 counts – too few", median=np.float32(12), spots=np.int64(3))
    found = remarks.loads(remarks.dumps(collector.about("s")))
    assert found == [
        remarks.Remark(
            "few_counts", remarks.WARNING, "s", {"median": 12.0, "spots": 3}, "a spot has 12 counts – too few"
        )
    ]
