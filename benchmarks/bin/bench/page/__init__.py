"""The pages of results, written from tables alone."""
