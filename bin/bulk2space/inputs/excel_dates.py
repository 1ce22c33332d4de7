"""Gene names that Excel has turned to dates or numbers (Ziemann et al. 2016, Genome Biol 17:177)."""

import logging
import re

import pandas as pd

from ..contract import remarks

log = logging.getLogger(__name__)

MONTH = "(jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)"
DAY_AND_MONTH = r"\d\d?[-. ]" + MONTH + "|" + MONTH + r"[-. ]\d\d?\d?\d?"
OTHER_DATE = r"\d\d\d\d-\d\d-\d\d([ T].*)?|\d\d?[./]\d\d?[./](\d\d)?\d\d"
NUMBER = r"\d[.,]\d+E\+\d+"
CHANGED = re.compile(f"{DAY_AND_MONTH}|{OTHER_DATE}|{NUMBER}", re.IGNORECASE)
"""Names such as 2-Sep (SEPTIN2), Mar-01 (MARCHF1), 2001-03-01 and 2.31E+19 (2310009E13Rik)."""
MOST_NAMES = 10
"""Names that a sentence lists, at most."""


def warn_of_dates(names: pd.Index, source: str) -> None:
    """Warn of names that are dates: their genes are lost, although their expression stays in the totals."""
    found = names[names.str.fullmatch(CHANGED)]
    if not len(found):
        return
    distinct = list(dict.fromkeys(found))
    listed = ", ".join(map(repr, distinct[:MOST_NAMES])) + (" …" if len(distinct) > MOST_NAMES else "")
    remarks.warn(
        log,
        "gene_names_are_dates",
        f"{source}: {len(found)} gene names were turned to dates or numbers by Excel: {listed}; these genes "
        f"(such as SEPTIN2 and MARCHF1) are lost, unless you give the file as it was before Excel",
        names=distinct,
    )
