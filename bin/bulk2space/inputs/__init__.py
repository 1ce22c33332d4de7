"""From what users bring to the pipeline's own files and the plan of the samples."""
