"""What the report shows of each sample: chapters of its own, its line in the table, or its row in a cohort."""

import dataclasses
from collections import Counter
from collections.abc import Sequence

from .plan import Sample


def shown(samples: Sequence[Sample], most: int) -> list[Sample]:
    """Return the samples with what the report shows of each.

    The first of the samplesheet have chapters of their own. More than these of one bulk and reference are a cohort.

    Parameters
    ----------
    samples
        All samples of the run.
    most
        Most samples with chapters of their own.
    """
    together = Counter((sample.bulk, sample.reference) for sample in samples)
    cohorts = {pair for pair, number in together.items() if number > most}
    return [
        dataclasses.replace(
            sample,
            chapters=place < most,
            cohort=f"{sample.bulk}.{sample.reference}" if (sample.bulk, sample.reference) in cohorts else None,
        )
        for place, sample in enumerate(samples)
    ]
