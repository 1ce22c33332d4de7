"""Remarks on conditions and covariates that may not be meant as they are written."""

import logging
import re
from collections.abc import Sequence

from ...contract import remarks
from ...contract.comparisons import factors, varying
from ...contract.problems import few
from .plan import Sample

log = logging.getLogger(__name__)

FEW_NUMBERS = range(3, 11)  # different whole numbers that may be names of groups; two are the same either way
SAMPLES_OF_EACH = 3  # on average, from which numbers look like groups


def note_factors(samples: Sequence[Sample]) -> None:
    """Remark on words that differ in spelling alone, and on numbers that may be names of groups."""
    given = [factors(sample.condition, sample.covariates) for sample in samples]
    for name in varying(given):
        values = [of_sample[name] for of_sample in given if of_sample.get(name) is not None]
        words = dict.fromkeys(value for value in values if isinstance(value, str))
        numbers = {value for value in values if isinstance(value, float)}
        _note_spelling(name, list(words))
        if len(numbers) in FEW_NUMBERS and len(values) >= SAMPLES_OF_EACH * len(numbers) and _are_whole(numbers):
            sentence = (
                f"{name} holds {len(numbers)} different whole numbers, and is taken for a quantity with one effect per "
                "unit; if they are names of groups, write them with a letter (b1, b2)"
            )
            remarks.note(log, "numbers_as_quantity", sentence, factor=name, numbers=sorted(numbers))


def _note_spelling(name: str, words: Sequence[str]) -> None:
    """Remark on words of a factor that count as different groups, and are the same word to a reader."""
    alike: dict[str, list[str]] = {}
    for word in words:
        alike.setdefault(re.sub(r"[\s_-]+", " ", word).casefold(), []).append(word)
    for same in alike.values():
        if len(same) > 1:
            sentence = (
                f"{name}: {few(same)} differ in capitals, spaces or hyphens alone, and count as {len(same)} groups; if "
                "they are one, write them alike"
            )
            remarks.warn(log, "words_alike", sentence, factor=name, words=same)


def _are_whole(numbers: set[float]) -> bool:
    return all(float(number).is_integer() for number in numbers)
