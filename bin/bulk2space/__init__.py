"""Bulk RNA-seq to single cells in space: the numerics behind the pipeline's steps."""
