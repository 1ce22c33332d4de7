"""From cells to a section of spots."""
