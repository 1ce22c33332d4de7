"""--help, --version, and one sentence for each wrong parameter, all in one message, before anything runs."""

import json

import pytest
from conftest import ROOT, nextflow, run, tasks

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
    (["--max_cell_reuse", ""], "--max_cell_reuse needs a value: a whole number of at least 1."),
    (["--cells_per_spot", "0"], "--cells_per_spot must be a whole number of at least 1, but is '0'."),
    (["--vae_epochs", "0"], "--vae_epochs must be a whole number of at least 1, but is '0'."),
    (["--vae_beta", "-1"], "--vae_beta must be a number of at least 0, but is '-1'."),
    (["--cell_ratio", "0"], "--cell_ratio must be a number above 0, but is '0'."),
    (
        ["--account", "lab"],
        "--account does nothing without one of the profiles slurm, googlebatch: add it with -profile, or leave "
        "--account out.",
    ),
    (
        ["--storage_claim", "x"],
        "--storage_claim does nothing without the profile k8s: add it with -profile, or leave --storage_claim out.",
    ),
    (["--spot_retries", "-1"], "--spot_retries must be a whole number of at least 0, but is '-1'."),
    (["--scorer", "forest"], "--scorer must be one of auto, deep_forest, published, cosine, random, but is 'forest'."),
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
    as_26_04 = sentence.replace("--vae-epochs is", "--vaeEpochs is")  # Nextflow 26.04 changes hyphens itself
    lines = result.stdout.splitlines()
    assert sum(line in (f"  - {sentence}", f"  - {as_26_04}") for line in lines) == 1, result.stdout


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
        "--cell_ratio", "2", "--registry", "mirror.example.org:5000", "-profile", "slurm,local", "--queue", "long",
        "--account", "lab", cwd=tmp_path,
    )  # fmt: skip
    assert result.returncode == 0, result.stdout
    assert "problem" not in result.stdout


def other_value(definition: dict) -> bool | float:
    """Return a value that the parameter may have and that is not its default."""
    if definition["type"] == "boolean":
        return not definition["default"]
    value = definition.get("minimum", definition.get("exclusiveMinimum")) + (
        3 if definition["type"] == "integer" else 0.25
    )
    assert value != definition.get("default")
    return value


ENDING = {"check_only", "help", "version", "skip_cells"}  # these end the run before its tasks, or refuse its sections
TYPED = {
    name: other_value(definition) if name not in ENDING else definition["default"]
    for name, definition in PARAMETERS.items()
    if definition["type"] in {"boolean", "integer", "number"} and "profiles" not in definition
}


def as_text(value: object) -> str:
    return json.dumps(value)


@pytest.fixture(scope="module")
def typed_and_text(inputs, arguments_as_tags, tmp_path_factory):
    """Return what became of two runs whose parameters differ in their types alone: tasks and recorded parameters.

    From 26.04 on Nextflow hands over every value of its command line as text. A file of parameters can always do so.
    """
    folder = tmp_path_factory.mktemp("types")
    found = []
    for name, values in (("typed", TYPED), ("text", {name: as_text(value) for name, value in TYPED.items()})):
        (folder / f"{name}.json").write_text(json.dumps(values))
        options = ("-stub-run", "-resume", "-c", arguments_as_tags, "-params-file", f"{name}.json")
        result = run(*options, "--input", inputs / "samplesheet.csv", cwd=folder)
        assert result.returncode == 0, result.stdout
        found.append((tasks(folder), json.loads((folder / "out/pipeline_info/params.json").read_text())))
    return found


def test_numbers_and_booleans_given_as_text_behave_as_if_typed(typed_and_text):
    (typed, recorded), (text, recorded_of_text) = typed_and_text
    assert set(typed) == set(text), "a task's arguments differ"
    assert set(typed.values()) == {"COMPLETED"}
    assert set(text.values()) == {"CACHED"}
    assert recorded_of_text == recorded


@pytest.mark.parametrize("name", TYPED)
def test_text_gets_its_type(typed_and_text, name):
    _typed, (text, recorded) = typed_and_text
    assert type(recorded[name]) is type(TYPED[name])
    assert recorded[name] == TYPED[name]
    if not isinstance(TYPED[name], bool):
        option = "--" + name.removeprefix("vae_").replace("_", "-")
        assert any(f"{option} {as_text(TYPED[name])}" in task for task in text), f"no task is given {option}"


def test_false_as_text_is_false(typed_and_text):
    _typed, (text, recorded) = typed_and_text
    assert recorded["calibrate"] is False
    assert not [task for task in text if "--calibrate" in task]
    assert [task for task in text if task.startswith("VALIDATE_GENES")]


@pytest.mark.parametrize(
    ("name", "answer"), [("help", "  --seed  [a whole number"), ("version", "org/bulk2space 1.0.0dev")]
)
def test_text_asks_for_an_answer(name, answer, tmp_path):
    (tmp_path / "text.json").write_text(json.dumps({name: "true"}))
    result = nextflow("run", ROOT, "-params-file", "text.json", cwd=tmp_path)
    assert result.returncode == 0, result.stdout
    assert answer in result.stdout


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
