"""Every profile parses offline and says what it should."""

import functools
import itertools
import json
import re

import pytest
from conftest import ROOT, nextflow

# What stands in the resolved configuration of each profile and not without it.
PROFILES = {
    "local": ".venv/bin:$PATH",
    "docker": "docker.enabled = true",
    "podman": "podman.enabled = true",
    "charliecloud": "charliecloud.enabled = true",
    "singularity": "singularity.enabled = true",
    "apptainer": "apptainer.enabled = true",
    "conda": "conda.enabled = true",
    "mamba": "conda.useMamba = true",
    "docker,gpu": "--gpus all",
    "slurm,local": "process.executor = 'slurm'",
    "awsbatch": "process.executor = 'awsbatch'",
    "azurebatch": "process.executor = 'azurebatch'",
    "googlebatch": "process.executor = 'google-batch'",
    "k8s": "process.executor = 'k8s'",
    "test": "assets/demo/samplesheet.csv",
    "test_full": "assets/demo/samplesheet.csv",
    "test_gpu,gpu": "ext.use_gpu = true",
    "paper": "params.vae_model = 'published'",
}


# Profiles of one group stand in each other's place; those of different groups go together, in any order.
GROUPS = {
    "packages": ["local", "docker", "podman", "charliecloud", "singularity", "apptainer", "conda", "mamba"],
    "hardware": ["gpu"],
    "executor": ["slurm", "awsbatch", "azurebatch", "googlebatch", "k8s"],
    "data": ["test", "test_full", "test_gpu"],
    "method": ["paper"],
}


@pytest.fixture(scope="module")
def resolved(tmp_path_factory):
    """Return a function that gives the settings of a run with some profiles: one line each, name = value."""

    @functools.cache
    def settings(profiles: str) -> tuple[str, ...]:
        choice = ["-profile", profiles] if profiles else []
        found = nextflow("config", "-flat", ROOT, *choice, cwd=tmp_path_factory.mktemp("config"))
        assert found.returncode == 0, found.stderr
        return tuple(found.stdout.splitlines())

    return settings


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(profile, resolved):
    assert PROFILES[profile] in "\n".join(resolved(profile))
    assert PROFILES[profile] not in "\n".join(resolved(""))


def test_a_gpu_is_asked_for_in_any_order_of_profiles(resolved):
    assert sorted(resolved("gpu,docker")) == sorted(resolved("docker,gpu"))
    assert "docker.runOptions = '-u $(id -u):$(id -g) --gpus all'" in resolved("gpu,docker")
    assert "singularity.runOptions = '--nv'" in resolved("gpu,singularity")


def test_one_gpu_task_at_a_time_where_nobody_shares_the_gpu_out(resolved):
    label, name = "process.'withLabel:process_gpu'.maxForks = 1", "process.'withName:TRAIN_VAE|FIT_SPOTS'.maxForks = 0"
    assert label in resolved("docker,gpu")
    assert name not in resolved("docker,gpu")
    for executor in GROUPS["executor"]:
        assert name in resolved(f"{executor},gpu"), "a name counts more than a label"


def test_profiles_that_go_together_set_different_things(resolved):
    """Nextflow before 26.04 applies profiles in the order of the file, newer ones in that of -profile."""
    changed = {
        profile: {line.split(" = ")[0] for line in set(resolved(profile)) - set(resolved(""))}
        for profiles in GROUPS.values()
        for profile in profiles
    }
    assert all(changed.values())
    for (_, ones), (_, others) in itertools.combinations(GROUPS.items(), 2):
        for one, other in itertools.product(ones, others):
            assert not changed[one] & changed[other], (one, other)


def test_all_profiles_are_in_the_table():
    config = (ROOT / "nextflow.config").read_text()
    block = config[config.index("\nprofiles {") : config.index("docker.registry ")]
    declared = set(re.findall(r"^    (\w+) +\{", block, re.MULTILINE))
    assert declared == {name for profile in PROFILES for name in profile.split(",")}
    assert declared == {name for group in GROUPS.values() for name in group}


@pytest.fixture(scope="module")
def containers(tmp_path_factory):
    """Return a function that gives the image in which each process runs with some profiles, as Nextflow resolves it."""

    def images(*arguments: str) -> dict[str, str]:
        folder = tmp_path_factory.mktemp("images")
        found = nextflow("inspect", ROOT, *arguments, "--outdir", "out", "-format", "json", cwd=folder)
        assert found.returncode == 0, found.stderr
        listed = json.loads(found.stdout[found.stdout.index("{") :])["processes"]
        return {process["name"].split(":")[-1]: process["container"] for process in listed}

    return images


def test_a_gpu_gets_the_images_with_cuda_from_the_registry(containers):
    found = containers("-profile", "test,docker,gpu", "--registry", "registry.example.org")
    cuda = {name for name, image in found.items() if image.endswith("-cuda")}
    assert cuda == {"TRAIN_VAE", "FIT_SPOTS"}
    assert found["TRAIN_VAE"].startswith("registry.example.org/bulk2space/generator:")
    assert found["NORMALIZE_BULK"].startswith("registry.example.org/bulk2space/base:")


@pytest.mark.slow
def test_without_a_gpu_no_image_has_cuda(containers):
    found = containers("-profile", "test,docker")
    assert found["TRAIN_VAE"] == found["FIT_SPOTS"] == found["GENERATE_CELLS"]
    assert not any("cuda" in image for image in found.values())
    assert all(image.startswith("ghcr.io/bulk2space/") for image in found.values())
