"""Readers of the file formats that users bring, one module per format."""
