"""Proportions in words: what is more than nothing is not 0%, and what is less than all is not 100%."""

import math

ROUNDING = 1e-9  # so near to 0 or 1, only the computer's arithmetic differs


def percent(part: float, digits: int = 0) -> str:
    """Return a proportion in percent; an undefined one is an en dash.

    A digit more is given where rounding would make 0% or 100% of something else. Where that is not enough, the text
    says below or above which percentage it lies.

    Parameters
    ----------
    part
        Usually 0 to 1.
    digits
        Behind the decimal point.
    """
    if not math.isfinite(part):
        return "–"
    if abs(part) < ROUNDING or abs(part - 1) < ROUNDING:
        return f"{part:.{digits}%}"
    if not digits and f"{part:.0%}" in ("0%", "100%"):
        digits = 1
    least = 10.0 ** -(digits + 2)
    if 0 < part < least / 2:
        return f"<{least:.{digits}%}"
    if 1 - least / 2 < part < 1:
        return f">{1 - least:.{digits}%}"
    return f"{part:.{digits}%}"
