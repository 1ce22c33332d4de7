"""From cells to a section of imaged cells."""
