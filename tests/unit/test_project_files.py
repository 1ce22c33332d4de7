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


def test_the_image_that_is_pushed_is_the_one_that_modules_name():
    pushed = re.search(r"tags: \$\{\{ env\.REGISTRY \}\}/(\S+):", workflow("images.yml")).group(1)
    named = {
        image
        for main in (ROOT / "modules" / "local").rglob("main.nf")
        for image in re.findall(r'container "([^:"]+):', main.read_text())
    }
    assert named == {pushed}
