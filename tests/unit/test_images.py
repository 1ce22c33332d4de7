"""Each step runs in the smallest image that holds its packages; images hold the lock and nothing to build with."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from check_image import steps
from pins import names, needed, pins

ROOT = Path(__file__).parents[2]

LOCK = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))
LISTS = {file.stem: names(file.read_text(encoding="utf-8")) for file in (ROOT / "containers").glob("*.txt")}
ROOMS = {room: needed(LISTS[room] | LISTS["base"], LOCK) for room in LISTS}
MODULES = sorted((ROOT / "modules" / "local").rglob("main.nf"))
DOCKERFILE = (ROOT / "containers" / "Dockerfile").read_text(encoding="utf-8")
STAGES = {
    name: (parent, text)
    for parent, name, text in re.findall(
        r"^FROM (\S+) AS (\S+)\n(.*?)(?=^FROM|\Z)", DOCKERFILE, re.MULTILINE | re.DOTALL
    )
}
PUBLISHED = ["base", "generator", "generator-cuda", "report", "spots"]

each_module = pytest.mark.parametrize("main", MODULES, ids=lambda main: main.parent.name)
each_image = pytest.mark.parametrize("target", PUBLISHED)


def images(main: Path) -> list[str]:
    """Return the images that a module names."""
    line = re.search(r"^    container (.*)$", main.read_text(encoding="utf-8"), re.MULTILINE).group(1)
    return re.findall(r"bulk2space/([a-z0-9]+:[0-9a-z.-]+)", line)


def environment(main: Path) -> dict[str, str]:
    """Return the packages of a module's environment and their versions."""
    listed = yaml.safe_load((main.parent / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    return dict(pin.split("==") for entry in listed if isinstance(entry, dict) for pin in entry["pip"])


def instructions(target: str) -> str:
    """Return what makes a published image, from its base on."""
    parent, text = STAGES[target]
    return (instructions(parent) if parent in STAGES else "") + text


@each_module
def test_a_module_names_the_smallest_image_whose_lists_name_its_packages(main):
    packages = environment(main)
    room = images(main)[0].split(":")[0]
    holding = [name for name in LISTS if packages.keys() <= LISTS[name] | LISTS["base"]]
    assert min(holding, key=lambda name: len(ROOMS[name])) == room


@each_module
def test_the_image_has_the_versions_of_the_environment(main):
    assert all(LOCK[name].startswith(f"{name}=={version} ") for name, version in environment(main).items())


@each_module
def test_only_steps_for_a_gpu_have_the_libraries_of_cuda(main):
    text = main.read_text(encoding="utf-8")
    on_gpu = "label 'process_gpu'" in text
    assert len(images(main)) == (2 if on_gpu else 1)
    for image in images(main):
        assert re.fullmatch(r"[a-z]+:\d+\.\d+\.\d+(-cuda)?", image), "the image is pinned"
    if on_gpu:
        with_gpu, without = images(main)
        assert with_gpu == f"{without}-cuda"
        assert f"task.ext.use_gpu ? 'bulk2space/{with_gpu}' : 'bulk2space/{without}'" in text


def test_the_images_are_of_one_version():
    assert len({image.split(":")[1].removesuffix("-cuda") for main in MODULES for image in images(main)}) == 1


def test_lists_name_what_steps_use_and_the_images_together_are_the_lock():
    used = {name for main in MODULES for name in environment(main)}
    assert set().union(*LISTS.values()) == used
    assert set().union(*ROOMS.values()) == LOCK.keys()


def test_every_package_of_the_lock_has_hashes():
    assert all("--hash=sha256:" in entry for entry in LOCK.values())


def test_published_images_are_those_that_modules_name():
    named = {image.split(":")[0] + ("-cuda" if "-cuda" in image else "") for main in MODULES for image in images(main)}
    assert named == set(PUBLISHED) <= STAGES.keys()
    assert sorted(step for target in PUBLISHED for step in steps(target) if "-" not in target) == [
        main.parent for main in MODULES
    ]


@each_image
def test_images_run_without_root_and_hold_no_compiler(target):
    made = instructions(target)
    assert re.findall(r"^USER (\S+)$", made, re.MULTILINE)[-1] == "1000"
    assert "g++" not in made
    assert "procps" in made
    assert STAGES["system"][0] == "${BASE}"


@each_image
def test_packages_come_from_the_lock_alone(target):
    installs = re.findall(r"uv/install (?:/\S+/)?(\S+)", instructions(target) + STAGES["compiler"][1])
    room = target.removesuffix("-cuda")
    assert {"base.lock", f"{room}.lock"} <= set(installs)
    assert re.findall(r"pip install .*", DOCKERFILE) == ["pip install --no-cache-dir uv==0.13.9"]
    assert "uv==0.13.9" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--no-deps --require-hashes" in (ROOT / "containers" / "install").read_text(encoding="utf-8")


def test_needed_follows_the_lock():
    entries = pins(
        "# how it was made\n"
        "alpha==1.0 \\\n    --hash=sha256:aa\n    # via -r requirements.in\n"
        "beta==2.0 \\\n    --hash=sha256:bb\n    # via alpha\n"
        "gamma==3.0 \\\n    --hash=sha256:cc\n    # via\n    #   beta\n    #   delta\n"
        "delta==4.0 \\\n    --hash=sha256:dd\n    # via -r requirements.in\n"
    )
    assert entries["beta"] == "beta==2.0 \\\n    --hash=sha256:bb\n    # via alpha\n"
    assert needed({"alpha"}, entries) == {"alpha", "beta", "gamma"}
    assert needed({"delta"}, entries) == {"delta", "gamma"}
    with pytest.raises(KeyError, match="epsilon"):
        needed({"epsilon"}, entries)


@pytest.mark.parametrize(
    ("table", "answer"),
    [
        ("epoch,loss,seconds\n1,0.5,9.9\n", "All 1 tables are equal"),
        ("epoch,loss,seconds\n1,0.51,2.0\n", "1 of 1 tables differ: training.csv"),
        (None, "in one run only: ['training.csv']"),
    ],
)
def test_tables_of_two_runs_are_equal_but_for_times(tmp_path, table, answer):
    (tmp_path / "here").mkdir()
    (tmp_path / "there").mkdir()
    (tmp_path / "here" / "training.csv").write_text("epoch,loss,seconds\n1,0.5,2.0\n")
    if table:
        (tmp_path / "there" / "training.csv").write_text(table)
    command = [sys.executable, ROOT / "tools" / "containers" / "compare.py", tmp_path / "here", tmp_path / "there"]
    compared = subprocess.run(command, capture_output=True, text=True, check=False)
    assert answer in compared.stdout + compared.stderr
    assert (compared.returncode == 0) == answer.startswith("All")


def test_the_page_tells_the_sizes_of_the_images(tmp_path):
    page = tmp_path / "containers.md"
    page.write_text(
        "Before\n<!-- sizes: `make test-containers` writes this table -->\n\nold\n\n<!-- /sizes -->\nAfter\n"
    )
    listed = [
        {"names": ["ghcr.io/bulk2space/spots:1.0.0"], "size": "1.75 GB"},
        {"names": ["ghcr.io/bulk2space/base:1.0.0"], "size": "950 MB"},
        {"names": ["localhost/debian-python:latest"], "size": "272 MB"},
        {"names": None, "size": "1 GB"},
    ]
    command = [sys.executable, ROOT / "tools" / "containers" / "write_sizes.py", page]
    subprocess.run(command, input=json.dumps(listed), capture_output=True, text=True, check=True)
    before, header, _, base, spots, *after = [line for line in page.read_text().splitlines() if line][1:]
    assert before.startswith("<!-- sizes")
    assert header.startswith("| image | size | beyond the base |")
    assert base.startswith("| `bulk2space/base:1.0.0` | 0.95 GB |  | anndata")
    assert spots == "| `bulk2space/spots:1.0.0` | 1.75 GB | 0.80 GB | deep-forest-py310 | MAP_SPOTS |"
    assert after == ["<!-- /sizes -->", "After"]
