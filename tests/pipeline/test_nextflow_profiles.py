"""Every profile parses offline and says what it should."""

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
    "googlebatch": "process.executor = 'google-batch'",
    "k8s": "process.executor = 'k8s'",
    "test": "assets/demo/samplesheet.csv",
    "test_full": "assets/demo/samplesheet.csv",
    "test_gpu,gpu": "ext.use_gpu = true",
    "paper": "params.vae_model = 'published'",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory) -> str:
    return nextflow("config", "-flat", ROOT, cwd=tmp_path_factory.mktemp("config")).stdout


@pytest.mark.parametrize("profile", PROFILES)
def test_profile(profile, plain, tmp_path):
    found = nextflow("config", "-flat", ROOT, "-profile", profile, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert PROFILES[profile] in found.stdout
    assert PROFILES[profile] not in plain


def test_all_profiles_are_in_the_table():
    config = (ROOT / "nextflow.config").read_text()
    block = config[config.index("profiles {") : config.index("docker.registry ")]
    declared = set(re.findall(r"^    (\w+) +\{", block, re.MULTILINE))
    assert declared == {name for profile in PROFILES for name in profile.split(",")}
