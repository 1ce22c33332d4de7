"""The samplesheet: its rows, the inputs that they name, and the plan of the run."""
