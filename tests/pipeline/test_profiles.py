"""Every profile parses offline and says what it should."""

import re

import pytest
from conftest import ROOT, nextflow

# What stands in the resolved configuration of each profile and not without it.
PROFILES = {
    "local": r"PATH = '\S+/\.venv/bin:\$PATH'",
    "docker": r"docker \{\s+enabled = true",
    "podman": r"podman \{\s+enabled = true",
    "charliecloud": r"charliecloud \{\s+enabled = true",
    "singularity": r"singularity \{\s+enabled = true",
    "apptainer": r"apptainer \{\s+enabled = true",
    "conda": r"conda \{\s+enabled = true",
    "mamba": r"useMamba = true",
    "docker,gpu": r"--gpus all",
    "slurm,local": r"executor = 'slurm'",
    "awsbatch": r"executor = 'awsbatch'",
    "googlebatch": r"executor = 'google-batch'",
    "k8s": r"executor = 'k8s'",
    "test": r"input = '\S+/assets/demo/samplesheet.csv'",
    "test_full": r"input = '\S+/assets/demo/samplesheet.csv'",
    "test_gpu,gpu": r"use_gpu = true",
    "paper": r"vae_model = 'published'",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> str:
    return nextflow("config", ROOT, cwd=tmp_path_factory.mktemp("config")).stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(profile, plain, tmp_path):
    found = nextflow("config", ROOT, "-profile", profile, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert re.search(PROFILES[profile], found.stdout)
    assert not re.search(PROFILES[profile], plain)


def test_all_profiles_are_in_the_table():
    config = (ROOT / "nextflow.config").read_text()
    block = config[config.index("profiles {") : config.index("docker.registry ")]
    declared = set(re.findall(r"^    (\w+) +\{", block, re.MULTILINE))
    assert declared == {name for profile in PROFILES for name in profile.split(",")}
