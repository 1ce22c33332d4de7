"""Cells that stand for profiles: those of a type are equal, so that nothing but their mean can be judged."""

PROFILES_ONLY = "profiles_only"  # entry of uns
