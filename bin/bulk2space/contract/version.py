"""The version of the pipeline, as nextflow.config has it: results name it, also those of a script that runs alone."""

VERSION = "1.0.0dev"
