"""Bulk RNA-seq to single cells in space: the numerics behind the pipeline's steps."""

__version__ = "1.0.0dev"
