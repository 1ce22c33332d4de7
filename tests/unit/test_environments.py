"""Each step's environment holds the packages that its script can import, in the versions of the lock file."""

import re
from pathlib import Path

import pytest
import yaml
from reach import Reach

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "bin" / "bulk2space"
MODULES = sorted((ROOT / "modules" / "local").rglob("main.nf"))
LOCK = dict(re.findall(r"^([a-z0-9-]+)==(\S+)", (ROOT / "requirements.lock").read_text(), re.MULTILINE))
# Names of imports -> names of packages, where they differ
PACKAGES = {
    "array_api_compat": "array-api-compat",
    "sklearn": "scikit-learn",
    "deepforest": "deep-forest-py310",
    "umap": "umap-learn",
    "yaml": "pyyaml",
    "PIL": "pillow",
}

each_module = pytest.mark.parametrize("main", MODULES, ids=lambda main: main.parent.name)


def reported(main: Path) -> list[str]:
    """Return the packages whose versions the module writes, the same in its script and its stub."""
    lines = re.findall(r"versions\.py python ?(.*)\)", main.read_text())
    assert len(lines) == 2
    assert lines[0] == lines[1]
    return lines[0].split()


@each_module
def test_environment_equals_the_lock(main):
    environment = yaml.safe_load((main.parent / "environment.yml").read_text())
    pins = [pin for entry in environment["dependencies"] if isinstance(entry, dict) for pin in entry["pip"]]
    assert "conda-forge::python=3.11" in environment["dependencies"]
    assert pins == [f"{name}=={LOCK[name]}" for name in sorted(reported(main))]
    assert reported(main) == sorted(reported(main))


@pytest.mark.parametrize(
    "main", [main for main in MODULES if main.parent.name != "multiqc"], ids=lambda m: m.parent.name
)
def test_packages_are_those_that_the_script_can_import(main):
    reach = Reach(ROOT / "bin" / f"{main.parent.name}.py", PACKAGE)
    assert reported(main) == sorted(PACKAGES.get(name, name) for name in reach.packages)


@pytest.fixture
def project(tmp_path):
    """Return a small project: one file with a slow function beside a quick one, a constant and a class."""
    package = tmp_path / "mine"
    (package / "room").mkdir(parents=True)
    (package / "room" / "both.py").write_text(
        "import numpy as np\n"
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    import pandas\n"
        "def slow():\n    import scanpy\n"
        "def quick(x: 'slow'):\n    return np.sum(x)\n"
        "class Both:\n    def go(self):\n        return slow()\n"
        "TABLE = {'both': Both}\n"
    )
    (package / "again.py").write_text("from .room.both import slow as lazy\nfrom .room import both\n")
    return tmp_path


@pytest.mark.parametrize(
    ("script", "packages"),
    [
        ("from mine.room.both import quick\nquick(1)", {"numpy"}),
        ("from mine.room import both\nboth.quick(1)", {"numpy"}),
        ("from mine.room import both\nboth.slow()", {"numpy", "scanpy"}),
        ("from mine.room.both import TABLE\nTABLE['both']().go()", {"numpy", "scanpy"}),
        (
            "from mine.again import lazy\ndef main():\n    lazy()\nif __name__ == '__main__':\n    main()",
            {"numpy", "scanpy"},
        ),
        ("from mine import again\nimport json, h5py.h5\nagain.both", {"numpy", "h5py"}),
        ("def main():\n    from mine.room.both import slow as late\n    late()\nmain()", {"numpy", "scanpy"}),
        ("import pandas as pd\npd.read_parquet('x')", {"pandas", "pyarrow"}),
    ],
)
def test_reach_of_scripts(project, script, packages):
    (project / "script.py").write_text(script)
    assert Reach(project / "script.py", project / "mine").packages == packages
