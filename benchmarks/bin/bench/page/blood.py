"""The page on real blood whose cells were counted."""

import pandas as pd

from .markdown import filled

TABLE = "Blood whose cells were counted"  # the heading above the table of errors
DEFAULT, RECTANGLE = "default", "rectangle"


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown (table: blood.csv)."""
    absent = table.loc[table["rmse"].isna(), "method"].unique()
    measured = table.dropna(subset="rmse")
    best = measured.loc[measured.groupby("reference")["rmse"].idxmin()]
    left_out = f"Left out, because not installed in this run (`make bench-tools`): {', '.join(absent)}."
    sentence = "; ".join(f"{row.method} with {row.reference} ({row.rmse:.3f})" for row in best.itertuples())
    return filled(
        "blood",
        best=sentence,
        absent=left_out if len(absent) else "",
        errors=measured[["reference", "method", "rmse", "pcc"]],
        bias=measured.drop(columns=["rmse", "pcc"]),
    )
