"""`make audit` says what is known of the pinned packages, and does not take silence for safety."""

import audit
import pytest

SKIPPED = {"name": "numpy", "skip_reason": "Dependency not found on PyPI and could not be audited"}
SOUND = {"name": "numpy", "version": "1.0", "vulns": []}
BAD = {"name": "jinja2", "version": "3.0", "vulns": [{"id": "CVE-2024-1"}, {"id": "CVE-2024-2"}]}


@pytest.fixture
def lock(tmp_path):
    lock = tmp_path / "requirements.lock"
    lock.write_text(
        "# by uv\nnumpy==1.0 \\\n    --hash=sha256:0\n    # via x==1\njinja2==3.0 \\\n    --hash=sha256:1\n"
    )
    return lock


def answered(monkeypatch, *answers):
    asked = iter(answers)
    monkeypatch.setattr(audit, "audited", lambda packages: next(asked))


def test_the_locks_are_read():
    for lock in audit.LOCKS:
        assert len(audit.pins(lock)) > 50
        assert all(len(pin.split("==")) == 2 for pin in audit.pins(lock))
        assert audit.age(lock) >= 0


@pytest.mark.parametrize("answer", [[], [SKIPPED]])
def test_without_a_list_the_age_of_the_lock_is_told(monkeypatch, lock, answer):
    answered(monkeypatch, answer)
    lines, bad = audit.report(lock)
    assert lines == ["requirements.lock: no list of known vulnerabilities can be reached; the lock is 0 days old"]
    assert not bad


def test_vulnerabilities_and_packages_that_were_not_checked_are_told(monkeypatch, lock):
    answered(monkeypatch, [SOUND], [SOUND, BAD, SKIPPED | {"name": "own"}])
    lines, bad = audit.report(lock)
    assert lines[0] == "requirements.lock: 2 known vulnerabilities in 2 packages"
    assert lines[1:3] == ["  jinja2 3.0: CVE-2024-1", "  jinja2 3.0: CVE-2024-2"]
    assert lines[3].startswith("  own: not checked, ")
    assert bad


@pytest.mark.parametrize("answer", [[], [SOUND]])
def test_packages_without_an_answer_are_not_safe(monkeypatch, lock, answer):
    answered(monkeypatch, [SOUND], answer)
    lines, bad = audit.report(lock)
    assert lines == [f"requirements.lock: pip-audit answered for {len(answer)} of 2 packages; run it again"]
    assert bad


def test_no_vulnerability_is_told_too(monkeypatch, lock):
    assert audit.pins(lock) == ["numpy==1.0", "jinja2==3.0"]
    answered(monkeypatch, [SOUND], [SOUND, SOUND])
    assert audit.report(lock) == (["requirements.lock: 0 known vulnerabilities in 2 packages"], False)
