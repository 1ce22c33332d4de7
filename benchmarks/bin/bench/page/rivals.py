"""The page on the rows of the paper: which methods that it compares itself with are there, and which cannot be."""

import pandas as pd

from ..cases.small_case import CELLS_PER_SPOT, GENES, SPOTS
from .markdown import filled

ROWS = "Rows of the paper"
MEASURED, IMPOSSIBLE = "there and measured", "not run"
NO_PACKAGE = "the R package {package} was not installed"
METRICS = {
    "pcc_mean": "PCC, mean expression of types", "pcc_expression": "PCC, expression of spots",
    "pcc_whole": "PCC, composition of spots",
}  # fmt: skip
CLASSIFIERS = {
    "logistic_regression": "logistic regression", "decision_tree": "decision tree",
    "gradient_boosting": "gradient boosting", "perceptron": "multi-layer perceptron", "deepgbm": "DeepGBM",
}  # fmt: skip
OF_CLASSIFIERS = dict.fromkeys(CLASSIFIERS, "scikit-learn") | {
    "perceptron": "own network, after the paper's description",
    "deepgbm": "own code: boosted trees distilled into networks",
}


def text(table: pd.DataFrame) -> str:
    """Return the page in Markdown; one row per method."""
    table = table.reindex(columns=["step", "row", "what it is", "state", "because", "metric", "value", "seconds"])
    return filled("rivals", rows=table, heading=ROWS, genes=GENES, spots=SPOTS, cells=CELLS_PER_SPOT)


def shown(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table for the summary: one row per method, and why it is not there."""
    state = table["state"].where(table["state"] == MEASURED, table["state"] + ": " + table["because"].astype(str))
    return pd.DataFrame({"step": table["step"], "row of the paper": table["row"], "state": state})
