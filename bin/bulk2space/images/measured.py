"""What an image measured, beside what is predicted of its cells."""

import anndata as ad

from ..contract.expression import has_counts, on_genes
from ..contract.keys import Layers, Var


def add_measured(spatial: ad.AnnData, section: ad.AnnData) -> None:
    """Add what the section measured of the genes of a prediction; genes that it lacks are 0.

    Parameters
    ----------
    spatial
        The prediction, imaged cells × genes. It gets ``layers['measured']``, log values, ``layers['measured_counts']``
        where the section has counts, and ``var['measured']``.
    section
        The same cells as they were measured.
    """
    own, wanted = section.var_names, spatial.var_names
    spatial.var[Var.MEASURED] = wanted.isin(own)
    spatial.layers[Layers.MEASURED] = on_genes(section.X, own, wanted)
    if has_counts(section):
        spatial.layers[Layers.MEASURED_COUNTS] = on_genes(section.layers[Layers.COUNTS], own, wanted)
