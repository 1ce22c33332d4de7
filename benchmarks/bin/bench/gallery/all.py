"""All tissues of the gallery, in the order of its first page."""

from . import (
    blood,
    bulb,
    cerebellum,
    hypothalamus,
    lymph_node,
    pancreatic_cancer,
    somatosensory_cortex,
    visual_cortex,
    wrong_reference,
)

TISSUES = tuple(
    module.TISSUE
    for module in (
        bulb, visual_cortex, somatosensory_cortex, hypothalamus, cerebellum, lymph_node, pancreatic_cancer, blood,
        wrong_reference,
    )
)  # fmt: skip
