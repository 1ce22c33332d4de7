"""Metrics: how close a result comes to the ground truth."""
