"""Cell-type proportions of bulk samples and of spots."""
