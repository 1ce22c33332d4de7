"""Tables that the judges read: other tools' and the benchmark's own, whose columns differ."""

from pathlib import Path

import pandas as pd


def read_table(path: Path) -> pd.DataFrame:
    """Read a table of the pipeline or of the benchmark: names stay text, whatever they look like."""
    text = dict.fromkeys(("sample", "spot", "cell", "cell_type", "gene"), str)
    return pd.read_csv(path, dtype=text, keep_default_na=False)
