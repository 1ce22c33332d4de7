"""Which types of blood cells different laboratories call the same."""

ROUGH = "sc_pbmc68k_reduced"
"""A reference whose labels of T cells are noisy, so that they are judged together."""
GROUPS = {
    "sc_pbmc3k_10x": {
        "Naive CD4 T": "T cells CD4 conv", "Memory CD4 T": "T cells CD4 conv", "CD8 T": "T cells CD8", "B": "B cells",
        "CD14+ Mono": "Monocytes", "FCGR3A+ Mono": "Monocytes", "NK": "NK cells", "DC": "mDC",
    },
    "sc_pbmc_hao_small": {
        "T cells CD4 conv": "T cells CD4 conv", "Tregs": "Tregs", "T cells CD8": "T cells CD8", "B cells": "B cells",
        "Plasma cells": "B cells", "Monocytes": "Monocytes", "NK cells": "NK cells", "ILC": "NK cells", "mDC": "mDC",
        "pDC": "mDC",
    },
    ROUGH: {
        "CD4+/CD25 T Reg": "Tregs", "CD4+/CD45RO+ Memory": "T cells CD4 conv",
        "CD4+/CD45RA+/CD25- Naive T": "T cells CD4 conv", "CD8+ Cytotoxic T": "T cells CD8",
        "CD8+/CD45RA+ Naive Cytotoxic": "T cells CD8", "CD19+ B": "B cells", "CD14+ Monocyte": "Monocytes",
        "CD56+ NK": "NK cells", "Dendritic": "mDC",
    },
    "sc_lymphoid_ref": {
        "T_CD4": "T cells CD4 conv", "T_CD8": "T cells CD8", "B": "B cells", "B_Plasma": "B cells",
        "Monocytes": "Monocytes", "Macrophages": "Monocytes", "NK": "NK cells", "ILC": "NK cells", "DC": "mDC",
    },
}  # fmt: skip
"""Of each set, the group of each type, as they are called where cells were counted by flow cytometry (FACS)."""
FINE = {
    "T cells CD4 conv": "CD4 T", "Tregs": "CD4 T", "T cells CD8": "CD8 T", "B cells": "B", "Monocytes": "monocyte",
    "NK cells": "NK", "mDC": "dendritic",
}  # fmt: skip
"""Shorter names of the groups."""
BROAD = FINE | {"T cells CD4 conv": "T", "Tregs": "T", "T cells CD8": "T"}
"""The groups with all T cells together."""
