"""What the description of a section and the report agree on."""

SURE = 0.05
"""Adjusted p value below which a pattern counts as found."""
TOGETHER, APART = "together", "apart"
"""Findings on a pair of cell types."""
PROPORTION, EXPRESSION = "proportion", "expression"
"""Levels at which regions are compared."""
