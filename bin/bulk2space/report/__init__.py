"""The report: figures and chapters."""
