"""Remarks: what a step did or found that a reader of the report should know.

A step writes a remark to its log; :func:`warn` and :func:`note` attach the record to the line. The script's handler
(contract/command.py) keeps these records, and them alone: what a library warns of never reaches the report. They travel
as JSON in ``uns["remarks"]`` and in the findings of NORMALIZE.
"""

import dataclasses
import json
import logging
from collections.abc import Iterable, Mapping
from typing import Any

NOTE, WARNING = "note", "warning"


@dataclasses.dataclass(frozen=True)
class Remark:
    """One thing that a reader should know.

    Attributes
    ----------
    code
        What kind of remark it is, such as ``few_counts``: the same word in every run, for programs.
    severity
        ``note``: something was done that changes no conclusion. ``warning``: results may be wrong for this reason.
    subject
        The file, sample or section that it is about.
    figures
        The numbers and names in the sentence, for programs.
    sentence
        What the reader sees, without a full stop.
    """

    code: str
    severity: str
    subject: str
    figures: Mapping[str, Any]
    sentence: str


def note(log: logging.Logger, code: str, sentence: str, *, subject: str = "", **figures: Any) -> None:
    """Log a remark that changes no conclusion; without a subject it is about the sample that the script works on."""
    log.info(sentence, extra={"remark": Remark(code, NOTE, subject, figures, sentence)})


def warn(log: logging.Logger, code: str, sentence: str, *, subject: str = "", **figures: Any) -> None:
    """Log a remark for whose reason results may be wrong; the subject is as for :func:`note`."""
    log.warning(sentence, extra={"remark": Remark(code, WARNING, subject, figures, sentence)})


class Collector(logging.Handler):
    """Keeps the remarks of a run of a script, in order."""

    def __init__(self) -> None:
        super().__init__()
        self.remarks: list[Remark] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the record's remark, if it carries one."""
        remark = getattr(record, "remark", None)
        if remark is not None:
            self.remarks.append(remark)

    def about(self, subject: str) -> list[Remark]:
        """Return all remarks; those that name no subject are about this one."""
        return [one if one.subject else dataclasses.replace(one, subject=subject) for one in self.remarks]


def as_records(remarks: Iterable[Remark]) -> list[dict[str, Any]]:
    """Return the remarks as dictionaries of JSON's own types; numbers of NumPy become Python's."""
    return json.loads(json.dumps([dataclasses.asdict(one) for one in remarks], default=lambda value: value.item()))


def from_records(records: Iterable[Mapping[str, Any]]) -> list[Remark]:
    """Return what :func:`as_records` took apart."""
    return [Remark(**record) for record in records]


def dumps(remarks: Iterable[Remark]) -> str:
    """Return the remarks as JSON, for ``uns["remarks"]``."""
    return json.dumps(as_records(remarks), ensure_ascii=False)


def loads(text: str) -> list[Remark]:
    """Return the remarks in the JSON of ``uns["remarks"]``."""
    return from_records(json.loads(text))
