#!/usr/bin/env python3
"""Print `    package: version` for each package named, the lines of a versions.yml."""

import platform
import sys
from importlib.metadata import version

for package in sys.argv[1:]:
    print(f"    {package}: {platform.python_version() if package == 'python' else version(package)}")
