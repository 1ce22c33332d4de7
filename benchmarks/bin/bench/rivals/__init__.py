"""What the pipeline is compared with: published methods, simple baselines, and tools of other authors."""
