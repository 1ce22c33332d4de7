"""What stands among the values and is no expression: annotation, counters of reads, controls, totals."""
