"""The remarks that a test's code logs."""

import pytest
from bulk2space.contract.remarks import Remark


def remarks(caplog: pytest.LogCaptureFixture) -> list[Remark]:
    """Return the remarks so far."""
    return [record.remark for record in caplog.records if hasattr(record, "remark")]


def sentences(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what their reader sees."""
    return [remark.sentence for remark in remarks(caplog)]


def severities(caplog: pytest.LogCaptureFixture) -> dict[str, str]:
    """Return their severities by code."""
    return {remark.code: remark.severity for remark in remarks(caplog)}
