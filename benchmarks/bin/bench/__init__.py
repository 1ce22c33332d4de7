"""What the benchmark pipeline's scripts share."""
