"""Write the table of the images into a page: steps, packages, size. Print it too.

buildah images --json | python3 tools/containers/write_sizes.py docs/containers.md
"""

import json
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
FIRST, LAST = "<!-- sizes: `make test-containers` writes this table -->", "<!-- /sizes -->"
UNITS = {"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9}
sys.path.insert(0, str(ROOT / "containers"))
from check_image import steps  # noqa: E402
from pins import names  # noqa: E402


def sizes(listed: list[dict]) -> dict[str, float]:
    """Return the uncompressed size in bytes of each image of the project, without its registry."""
    found = {}
    for image in listed:
        for name in image["names"] or []:
            if "/bulk2space/" in name:
                value, unit = image["size"].split()
                found[name.split("/", 1)[1]] = float(value) * UNITS[unit]
    return found


def table(size: dict[str, float]) -> str:
    """Return the table, the base first."""
    rows = ["| image | size | beyond the base | packages | steps |", "| --- | --- | --- | --- | --- |"]
    base = next(name for name in size if name.startswith("bulk2space/base:"))
    for name in sorted(size, key=lambda name: (name != base, name)):
        room = name.split("/")[1].split(":")[0]
        target = f"{room}-cuda" if name.endswith("-cuda") else room
        packages = sorted(names((ROOT / "containers" / f"{room}.txt").read_text(encoding="utf-8")))
        beyond = "" if name == base else f"{(size[name] - size[base]) / 1e9:.2f} GB"
        found = ", ".join(step.name.upper() for step in steps(target))
        rows.append(f"| `{name}` | {size[name] / 1e9:.2f} GB | {beyond} | {', '.join(packages)} | {found} |")
    return "\n".join(rows)


def main() -> None:
    """Read the list, write the table between its marks."""
    page = Path(sys.argv[1])
    text = table(sizes(json.load(sys.stdin)))
    before, mark, rest = page.read_text(encoding="utf-8").partition(FIRST)
    page.write_text(f"{before}{mark}\n\n{text}\n\n{LAST}{rest.partition(LAST)[2]}", encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
