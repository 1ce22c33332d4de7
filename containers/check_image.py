"""Look into an image from within: does it hold what its steps import, in the pinned versions, and no compiler?

docker run --rm --volume "$PWD:/project:ro" IMAGE python3 /project/containers/check_image.py base
"""

import importlib
import importlib.metadata
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).parents[1]
TOOLS = ["cc", "c++", "gcc", "g++", "make"]


def steps(target: str) -> list[Path]:
    """Return the folders of the modules that run in the image of a target of the Dockerfile."""
    room, dash, variant = target.partition("-")
    image = re.compile(rf"container .*[\"']bulk2space/{room}:[0-9.]+{dash}{variant}[\"']")
    modules = sorted((PROJECT / "modules" / "local").rglob("main.nf"))
    return [main.parent for main in modules if image.search(main.read_text(encoding="utf-8"))]


def wrong_packages(step: Path) -> list[str]:
    """Return a sentence for each package of a step's environment that has another version or cannot be imported."""
    imports = importlib.metadata.packages_distributions()
    wrong = []
    for name, version in re.findall(r"^ +- ([a-z0-9-]+)==(\S+)$", (step / "environment.yml").read_text(), re.MULTILINE):
        try:
            found = importlib.metadata.version(name)
            for module in (module for module, by in imports.items() if name in by and not module.startswith("_")):
                importlib.import_module(module)
        except ImportError as error:
            wrong.append(f"{step.name}: {name} cannot be imported: {error}")
        else:
            wrong += [f"{step.name}: {name} is {found}, not {version}"] if found != version else []
    return wrong


def wrong_script(step: Path) -> list[str]:
    """Return a sentence if the step's script does not start."""
    script = PROJECT / "bin" / f"{step.name}.py"
    command = [sys.executable, str(script), "--help"] if script.exists() else [step.name, "--version"]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return [f"{step.name} does not start: {answer.stderr}"] if answer.returncode else []


def main() -> None:
    """Check, and say so."""
    target = sys.argv[1]
    found = steps(target)
    wrong = [] if found else ["No module names this image"]
    wrong += [] if os.getuid() else ["The image's user is root"]
    wrong += [f"It holds {tool}" for tool in TOOLS if shutil.which(tool)]
    wrong += [] if shutil.which("ps") else ["It lacks ps, with which Nextflow measures tasks"]
    for step in found:
        wrong += wrong_packages(step) + wrong_script(step)
    if wrong:
        sys.exit("\n".join(f"{target}: {sentence}" for sentence in wrong))
    print(f"{target}: {len(found)} steps start in it")


if __name__ == "__main__":
    main()
