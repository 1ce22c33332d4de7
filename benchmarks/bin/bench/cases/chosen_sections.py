"""The simulated sections of the grid of benchmarks: which sets they are made of, and how."""

SETS = {
    "mob": "sc_mob_tepe",
    "panc8": "sc_pancreas_panc8_small",
    "pbmc3k": "sc_pbmc3k_10x",
    "baron": "sc_pancreas_baron_subset",
    "lymphoid": "sc_lymphoid_ref",
    "zeisel": "sc_brain_zeisel_subset",
}
TWO_TECHNOLOGIES = {"panc8": ("--technologies", "indrop", "celseq2", "--max-cells", 2000, "--max-genes", 1500)}
SECTIONS = (("dirichlet", 500), ("random", 100), ("random", 500))
CELLS_PER_SPOT, SEED = 10, 42
