"""The report's methods text describes the run that was asked for: its profile and its parameters."""

import html
import json
import re

import pytest
from conftest import nextflow

ALONE = """
workflow {
    def template = projectDir.resolve('assets/methods_description_template.yml')
    def options  = new ParameterSchema(projectDir.resolve('nextflow_schema.json')).typed(params)
    println(MethodsText.section(template, options + [pipeline: 'org/bulk2space 1.2.3']))
}
"""


@pytest.fixture(scope="module")
def methods(project, tmp_path_factory):
    """Return a function that gives the text, and its list of works, for a profile and options."""
    (project / "main.nf").write_text(ALONE)

    def text(profile: str, *options: str) -> tuple[str, str]:
        folder = tmp_path_factory.mktemp("run")
        result = nextflow("run", project, "-profile", profile, "--outdir", "out", *options, cwd=folder)
        assert result.returncode == 0, result.stdout
        (section,) = (json.loads(line) for line in result.stdout.splitlines() if line.startswith("{"))
        assert section["id"] == "b2s_methods"
        said, works = html.unescape(re.sub("</?em>", "", section["data"])).split("<h4>References</h4>")
        assert not re.search(r"\\{|\\}|null|none", said)
        return said, works

    return text


def test_default(methods):
    said, works = methods("test,local")
    assert "by org/bulk2space 1.2.3," in said
    assert "likelihood was negative binomial" in said
    assert "the first 100 genes of each type" in said
    assert "ridge regression of the bulk (Hoerl & Kennard, 1970)" in said
    assert "contradicted the interval of its bulk sample" in said
    assert "Where genes left out of the fit were predicted better so, the composition of each spot was mixed" in said
    assert "Tipping ME" in works
    for absent in ("ComBat", "least squares", "Gaussian β", "Leiden", "Libraries", "with weight", "linear assignment"):
        assert absent not in said
    assert "Johnson WE" not in works


def test_paper(methods):
    said, works = methods("test,paper,local")
    assert "the first 500 genes of each type" in said
    assert "non-negative least squares on log-transformed expression" in said
    assert "A Gaussian β-variational autoencoder" in said
    assert "All reference cells of a type were used equally often" in said
    assert "adjusted to the section by ComBat (Johnson et al., 2007)" in said
    for absent in (
        "contradicted",
        "rescaled",
        "binomial",
        "ridge",
        "prior",
        "posterior of their rates",
        "shrunk by empirical Bayes",
        "principal components",
        "factor",
    ):
        assert absent not in said
    for absent in ("Tipping", "Lopez", "Hoerl", "Cable"):
        assert absent not in works


def test_parameters_of_the_command_line(methods):
    said, works = methods(
        "test,local", "--batch_key", "a<b", "--annotate", "leiden", "--calibrate", "false", "--smoothing", "0.50",
        "--composition", "bulk", "--image_assignment", "one_to_one", "--vae_epochs", "7", "--seed", "11",
    )  # fmt: skip
    assert "Libraries of the reference (a<b) were a covariate" in said
    assert "Leiden algorithm (Traag et al., 2019)" in said
    assert "Traag VA" in works
    assert "used equally often" in said
    assert "nearest spots, with weight 0.5." in said
    assert "proportions of its bulk sample" in said
    assert "linear assignment" in said
    assert "at most 7 epochs" in said
    assert "was 11." in said
