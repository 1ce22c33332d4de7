"""The gallery: real tissues through the pipeline, a module each, and the page that each of them becomes."""
