"""docs/failures.md: every sentence on it is held by a test, and what the page promises of all results is configured."""

from pathlib import Path

from failures_page import rows

ROOT = Path(__file__).parents[2]


def test_every_failure_of_the_page_is_tried_by_a_test():
    tests = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py") if path != Path(__file__))
    assert len(rows()) >= 10
    assert [failure for failure in rows() if f'"{failure}"' not in tests] == []


def test_every_result_is_copied_again_where_it_differs():
    config = (ROOT / "conf" / "modules.config").read_text()
    assert config.count("publishDir = [") == config.count("overwrite: 'deep',") > 10
