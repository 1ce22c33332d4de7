"""The benchmarks: cases to measure on, rivals, judges, a runner of processes, and the pages of results."""
