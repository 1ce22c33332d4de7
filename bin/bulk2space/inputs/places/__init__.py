"""Where the spots or cells of a section lie, and to which section they belong."""
