"""What differs between the samples of a cohort: tests of proportions and expression, and samples that lie apart."""
