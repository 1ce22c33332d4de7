"""The unit of values: recognised, and brought to a linear scale."""
