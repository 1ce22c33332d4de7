"""Tables in Markdown."""

import pandas as pd


def markdown(table: pd.DataFrame) -> list[str]:
    """Return a table in Markdown; numbers with three decimals, what is missing as a dash."""
    lines = ["| " + " | ".join(map(str, table.columns)) + " |", "|" + " --- |" * len(table.columns)]
    return lines + ["| " + " | ".join(_cell(value) for value in row) + " |" for row in table.itertuples(index=False)]


def _cell(value: object) -> str:
    if isinstance(value, float):
        return "–" if pd.isna(value) else f"{value:.0f}" if value == int(value) and abs(value) > 1 else f"{value:.3f}"
    return "–" if value is None else str(value)
