"""The page on the time of the published configuration on the olfactory bulb."""

import pandas as pd

from .markdown import filled

ONE = "one epoch"
NAMES = ["step", "configuration", "what", "seconds", "seconds of the processor", "how"]


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; the table has one row per measurement or extrapolation."""
    whole = table[table["what"] != ONE].drop_duplicates(["step", "configuration"], keep="last")
    load = table["load of the machine"]
    return filled(
        "published_bulb", table=table[NAMES], times=ratios(table), lowest=f"{load.min():.0f}",
        highest=f"{load.max():.0f}", said=[said(step, own) for step, own in whole.groupby("step")],
    )  # fmt: skip


def ratios(table: pd.DataFrame) -> pd.DataFrame:
    """Return how many times as long the published configuration takes: an epoch, the whole training, the spots."""
    rows = []
    for step, name in (("training", ONE), ("training", "whole"), ("spots", "whole")):
        own = table[(table["step"] == step) & ((table["what"] == ONE) == (name == ONE))]
        both = own.drop_duplicates("configuration", keep="last").set_index("configuration")
        clock, processor = (
            both.loc["published", of] / both.loc["default", of] for of in ("seconds", "seconds of the processor")
        )
        rows.append({"step": step, "of": name, "times by the clock": clock, "times of the processor": processor})
    return pd.DataFrame(rows)


def said(step: str, whole: pd.DataFrame) -> str:
    """Return in words what a whole step takes as published and by default."""
    by = whole.set_index("configuration")
    ours, published = by.loc["default"], by.loc["published"]
    seconds, hours = ours["seconds of the processor"], published["hours of the processor"]
    return (
        f"- {step}: the default takes {seconds:.0f} s of the processor ({ours['how']}), the published configuration "
        f"{hours:.1f} h ({published['how']}: {published['what']})."
    )
