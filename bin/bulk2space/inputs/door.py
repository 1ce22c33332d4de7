"""The door: from a user's file to one of the pipeline's own, one function per kind of input.

Each function reads the file in any format, checks it, brings its values to counts or to a linear scale, normalises
them, and sorts genes, a reference's cells and a section's spots by name, so that no result depends on the order of a
file. What was left out or changed on the way is logged as a remark (contract/remarks.py). ``uns["units"]`` holds the
units that came in and what was done with them.
"""

from .bulk import bulk
from .reference import Labels, reference
from .section import section
from .values import Naming

__all__ = ["Labels", "Naming", "bulk", "reference", "section"]
