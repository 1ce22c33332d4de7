"""The files around the code say what the project is: its version, its results, its images."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest
import yaml
from bulk2space.contract.version import VERSION

ROOT = Path(__file__).parents[2]
CONFIG = (ROOT / "nextflow.config").read_text(encoding="utf-8")
HOOKS = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text())["repos"][0]["hooks"]


def manifest(name: str) -> str:
    return re.search(rf"^    {name} += '(?:!>=)?([^']+)'", CONFIG, flags=re.MULTILINE).group(1)


def workflow(name: str) -> str:
    return (ROOT / ".github" / "workflows" / name).read_text(encoding="utf-8")


def test_results_name_the_version_of_the_manifest():
    assert manifest("version") == VERSION


@pytest.fixture(scope="module")
def crate() -> dict[str, dict]:
    return {entity["@id"]: entity for entity in json.loads((ROOT / "ro-crate-metadata.json").read_text())["@graph"]}


def test_the_crate_is_of_this_version_and_its_files_exist(crate):
    assert crate["main.nf"]["version"] == manifest("version")
    for part in crate["./"]["hasPart"]:
        assert (ROOT / part["@id"]).exists(), part


def test_the_crate_is_what_its_tool_writes(crate):
    spec = importlib.util.spec_from_file_location("write_rocrate", ROOT / "tools" / "write_rocrate.py")
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    written = (ROOT / "ro-crate-metadata.json").read_text(encoding="utf-8")
    assert written == tool.crate(crate["./"]["datePublished"]), "run .venv/bin/python tools/write_rocrate.py"


def test_reports_on_seqera_platform_are_files_of_the_results():
    described = (ROOT / "docs" / "output.md").read_text(encoding="utf-8")
    for name, report in yaml.safe_load((ROOT / "tower.yml").read_text())["reports"].items():
        assert f"─ {name} " in described
        assert report["display"]


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_hooks_are_programs_of_the_environment(hook):
    program = hook["entry"].split()[0]
    assert program.startswith(".venv/bin/")
    assert Path(sys.executable).with_name(program.removeprefix(".venv/bin/")).exists()


def test_workflows_run_the_oldest_nextflow_and_the_commands_of_ci():
    jobs = yaml.safe_load(workflow("test.yml"))["jobs"]
    assert manifest("nextflowVersion") in jobs["test"]["strategy"]["matrix"]["nextflow"]
    commands = re.findall(r"^make .*", (ROOT / ".ci" / "run").read_text(), flags=re.MULTILINE)
    assert [f"- run: {command}" for command in commands] == [
        re.search(r"- run: make .*", workflow(name)).group() for name in ("linting.yml", "test.yml")
    ]


def test_images_that_are_pushed_are_those_that_modules_name():
    matrix = yaml.safe_load(workflow("images.yml"))["jobs"]["build"]["strategy"]["matrix"]["include"]
    pushed = {job["image"] + job["variant"] for job in matrix}
    named = {
        image + variant
        for main in (ROOT / "modules" / "local").rglob("main.nf")
        for image, variant in re.findall(r"[\"'](bulk2space/\w+):[\d.]+(-cuda)?[\"']", main.read_text())
    }
    assert named == pushed
    assert all(job["target"] == job["image"].removeprefix("bulk2space/") + job["variant"] for job in matrix)
    assert "tags: ${{ env.REGISTRY }}/${{ matrix.image }}:${{ github.ref_name }}${{ matrix.variant }}" in workflow(
        "images.yml"
    )
