"""Data sets, splits of them, and simulations whose ground truth is known."""
