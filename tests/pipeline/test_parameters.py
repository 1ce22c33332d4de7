"""--help, --version, and one sentence for each wrong parameter, all in one message, before anything runs."""

import json

import pytest
from conftest import ROOT, nextflow

SCHEMA = json.loads((ROOT / "nextflow_schema.json").read_text())
PARAMETERS = {
    name: definition for group in SCHEMA["$defs"].values() for name, definition in group["properties"].items()
}

# What is given, and the sentence that answers it.
WRONG = [
    (["--inptu", "x"], "--inptu is not a parameter of this pipeline: did you mean --input?"),
    (["--vae-epochs", "5"], "--vae-epochs is not a parameter of this pipeline: did you mean --vae_epochs?"),
    (["--cellTypeKey", "x"], "--cellTypeKey is not a parameter of this pipeline: did you mean --celltype_key?"),
    (["--resolution", "2"], "--resolution is not a parameter of this pipeline: see --help for all parameters."),
    ([], "--input is missing: the samplesheet: a CSV file with one row per sample."),
    ([], "--outdir is missing: the folder for the results."),
    (["--truth", "nowhere"], "--truth: there is no folder 'nowhere'."),
    (["--mrna_content", "nowhere.csv"], "--mrna_content: there is no file 'nowhere.csv'."),
    (["--check_only", "maybe"], "--check_only must be true or false, but is 'maybe'."),
    (["--seed", "1.5"], "--seed must be a whole number from 0 to 4294967295, but is '1.5'."),
    (["--celltype_key"], "--celltype_key needs a value: the name of a column, without quotation marks."),
    (["--markers_per_type", "many"], "--markers_per_type must be a whole number of at least 1, but is 'many'."),
    (["--vae_epochs", "0"], "--vae_epochs must be a whole number of at least 1, but is '0'."),
    (["--vae_beta", "-1"], "--vae_beta must be a number of at least 0, but is '-1'."),
    (["--cell_ratio", "0"], "--cell_ratio must be a number above 0, but is '0'."),
    (["--scorer", "forest"], "--scorer must be one of deep_forest, published, cosine, random, but is 'forest'."),
]


@pytest.fixture(scope="module")
def refused(tmp_path_factory):
    arguments = [argument for given, _sentence in WRONG for argument in given]
    folder = tmp_path_factory.mktemp("wrong")
    result = nextflow("run", ROOT, *arguments, cwd=folder)
    return result, folder


@pytest.mark.parametrize("sentence", [sentence for _given, sentence in WRONG])
def test_sentence(refused, sentence):
    result, _folder = refused
    assert result.stdout.splitlines().count(f"  - {sentence}") == 1, result.stdout


def test_one_message_and_nothing_else(refused):
    result, folder = refused
    assert result.returncode != 0
    assert f"The parameters have {len(WRONG)} problems:" in result.stdout
    assert "Exception" not in result.stdout + result.stderr
    assert sorted(path.name for path in folder.iterdir() if not path.name.startswith(".")) in ([], ["work"])


def test_good_values_pass(tmp_path):
    # 1e-3 reaches the pipeline as text and 7 as a number: both are what the schema asks for
    (tmp_path / "sheet.csv").write_text("sample,bulk,reference\n")
    result = nextflow(
        "run", ROOT, "-preview", "--input", "sheet.csv", "--outdir", "out", "--vae_beta", "1e-3", "--celltype_key", "7",
        "--cell_ratio", "2", "--registry", "mirror.example.org:5000", cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    assert "problem" not in result.stdout


def test_help(tmp_path):
    result = nextflow("run", ROOT, "--help", cwd=tmp_path)
    assert result.returncode == 0
    shown = [line.split()[0] for line in result.stdout.splitlines() if line.startswith("  --")]
    assert shown == [f"--{name}" for name, definition in PARAMETERS.items() if not definition.get("hidden")]
    assert "--seed  [a whole number from 0 to 4294967295; default 42]" in result.stdout
    assert sorted(path.name for path in tmp_path.iterdir() if not path.name.startswith(".")) in ([], ["work"])


def test_version(tmp_path):
    result = nextflow("run", ROOT, "--version", cwd=tmp_path)
    assert result.returncode == 0
    assert result.stdout.splitlines()[-1] == "org/bulk2space 1.0.0dev"
