"""The size of a Visium spot (10x Genomics)."""

SPOT_MICROMETERS = 55.0  # its diameter
DRAWN_SPOT_MICROMETERS = 65.0
"""Diameter of the spot whose pixels Space Ranger's `spot_diameter_fullres` counts. Centres lie 100 µm apart, and in its
folders that is 1.54 of these diameters."""
