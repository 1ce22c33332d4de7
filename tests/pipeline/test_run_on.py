"""The first command of each page on clusters and clouds is complete, and its parameters reach Nextflow's settings."""

import json
import re
import shlex
import shutil
from pathlib import Path

import pytest
from conftest import ROOT, nextflow

PAGES = ROOT / "docs" / "run_on"
SCHEMA = json.loads((ROOT / "nextflow_schema.json").read_text())
PARAMETERS = {name: entry for group in SCHEMA["$defs"].values() for name, entry in group["properties"].items()}
OF_NEXTFLOW = {"-profile", "-work-dir"}

# What the first command of each page becomes, and the profile that gives tasks a GPU with it.
RESOLVED = {
    "slurm.md": [
        "process.executor = 'slurm'",
        "executor.account = 'lab'",
        "executor.queueSize = 100",
    ],
    "aws_batch.md": [
        "process.executor = 'awsbatch'",
        "aws.region = 'eu-west-1'",
        "aws.batch.cliPath = '/home/ec2-user/miniconda/bin/aws'",
        "aws.batch.maxSpotAttempts = 3",
    ],
    "google_batch.md": [
        "process.executor = 'google-batch'",
        "google.project = 'my-project'",
        "google.location = 'europe-west4'",
        "google.batch.spot = true",
        "google.batch.maxSpotAttempts = 3",
        "process.'withLabel:process_gpu'.accelerator = [request:1, type:'nvidia-tesla-t4']",
    ],
    "azure_batch.md": ["process.executor = 'azurebatch'", "azure.batch.location = 'westeurope'"],
    "kubernetes.md": [
        "process.executor = 'k8s'",
        "k8s.storageClaimName = 'my-claim'",
        "k8s.storageMountPath = '/workspace'",
        "process.'withLabel:process_gpu'.accelerator = [request:1, type:'nvidia-tesla-t4']",
    ],
}
WITH_QUEUES = {"slurm", "awsbatch", "azurebatch"}


def command(page: str) -> dict[str, str]:
    """Return the options of a page's first command with their values."""
    block = re.search(r"^```bash\n(.*?)^```$", (PAGES / page).read_text(), re.MULTILINE | re.DOTALL)[1]
    words = shlex.split(block)
    assert words[:3] == ["nextflow", "run", "org/bulk2space"]
    found, name = {}, ""
    for word in words[3:]:
        if word.startswith("-"):
            name = word
            found[name] = "true"
        else:
            assert found[name] == "true", f"{word} belongs to no option"
            found[name] = word
    return found


def resolved(options: dict[str, str], folder: Path) -> str:
    """Return the settings of a run with these options: its parameters as defaults, which is what Nextflow can show."""
    shutil.copytree(ROOT / "conf", folder / "conf")
    text = (ROOT / "nextflow.config").read_text()
    for name, value in options.items():
        if name.startswith("--"):
            written = value if PARAMETERS[name[2:]]["type"] == "boolean" else f"'{value}'"
            text, changed = re.subn(rf"^    {name[2:]} +=.*$", f"    {name[2:]} = {written}", text, flags=re.MULTILINE)
            assert changed == 1, name
    (folder / "nextflow.config").write_text(text)
    (folder / "main.nf").touch()
    found = nextflow("config", "-flat", folder, "-profile", options["-profile"], cwd=folder)
    assert found.returncode == 0, found.stderr
    return found.stdout


@pytest.mark.parametrize("page", RESOLVED)
def test_the_first_command_is_complete(page):
    options = command(page)
    parameters = {name[2:] for name in options if name.startswith("--")}
    assert set(options) - {f"--{name}" for name in parameters} <= OF_NEXTFLOW
    assert {"input", "outdir"} <= parameters <= set(PARAMETERS)
    profiles = set(options["-profile"].split(","))
    for name in parameters:
        assert profiles & set(PARAMETERS[name].get("profiles", profiles)), f"--{name} does nothing in {profiles}"
    assert ("queue" in parameters) == bool(profiles & WITH_QUEUES)


@pytest.mark.parametrize("page", RESOLVED)
def test_its_parameters_are_settings_of_nextflow(page, tmp_path):
    options = command(page)
    gpu = {"-profile": options["-profile"] + ",gpu", "--gpu_type": "nvidia-tesla-t4"}
    lines = resolved(options | gpu, tmp_path).splitlines()
    for line in RESOLVED[page]:
        assert line in lines


def test_a_page_for_each_profile_that_says_where_tasks_run():
    used = {profile for page in RESOLVED for profile in command(page)["-profile"].split(",")}
    named = {profile for entry in PARAMETERS.values() for profile in entry.get("profiles", ())}
    assert {path.name for path in PAGES.glob("*.md")} == set(RESOLVED)
    assert named - {"gpu"} <= used


@pytest.fixture(scope="module")
def queues(tmp_path_factory):
    """Return the queue of each process of a small workflow that runs here with the queues of the profile slurm."""
    folder = tmp_path_factory.mktemp("queues")
    (folder / "main.nf").write_text(
        'process CPU { output: stdout\n script: "echo CPU ${task.queue} ${task.clusterOptions}" }\n'
        "process TRAIN_VAE { label 'process_gpu'\n output: stdout\n"
        ' script: "echo TRAIN_VAE ${task.queue} ${task.clusterOptions}" }\n'
        "workflow { CPU | view\n TRAIN_VAE | view }\n"
    )
    options = ("--queue", "long", "--gpu_queue", "fast", "--gpu_type", "h100", "-process.executor", "local")

    def go(profiles: str) -> list[str]:
        found = nextflow("run", "main.nf", "-c", ROOT / "nextflow.config", "-profile", profiles, *options, cwd=folder)
        assert found.returncode == 0, found.stdout
        return sorted(line for line in found.stdout.splitlines() if line.startswith(("CPU", "TRAIN_VAE")))

    return go


def test_tasks_with_a_gpu_have_a_queue_of_their_own(queues):
    assert queues("slurm,gpu") == ["CPU long null", "TRAIN_VAE fast --gres=gpu:h100:1"]
    assert queues("slurm") == ["CPU long null", "TRAIN_VAE long null"]
