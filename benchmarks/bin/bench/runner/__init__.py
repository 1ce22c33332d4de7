"""Starts everything that is measured as a process of its own."""
