"""Arrays in, arrays out: nothing here knows of files or of AnnData."""
